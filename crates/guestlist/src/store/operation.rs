//! One declaration per operation of a store: the trait and every wrapper come from it.
//!
//! [`operations!`](macro@crate::operations) takes a trait as it would be written anyway. It makes
//! that trait, a name for each operation, and an implementation for every [`Wrapper`], so that a
//! wrapper names no operation.

use std::fmt;

use crate::StoreError;

/// One operation of a store: what a wrapper knows about a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    /// The name of the method.
    pub name: &'static str,
    /// Whether its time grows with the amount of data. No time limit applies to such an operation.
    pub takes_long: bool,
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Does something around every operation of another store, such as limiting its time.
///
/// A wrapper implements each record trait that its inner store implements.
pub trait Wrapper: fmt::Debug + Send + Sync + 'static {
    /// The wrapped store, usually `dyn Store`.
    type Inner: ?Sized;

    /// The wrapped store.
    fn inner(&self) -> &Self::Inner;

    /// Runs one operation of the inner store. Dropping `call` before its first poll does nothing.
    fn run<T: Send>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;
}

/// Declares the trait of one record. `#[takes(long)]` marks an operation without a time limit.
///
/// The module `operation` beside the trait has a function for each method, which returns its
/// [`Operation`]. The crate needs `async-trait`.
#[doc(hidden)]
#[macro_export]
macro_rules! operations {
    (@takes long) => { true };
    (
        $(#[doc = $about:literal])*
        pub trait $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $(#[takes($how:ident)])?
                async fn $method:ident(&self $(, $argument:ident: $type:ty)* $(,)?)
                    -> Result<$outcome:ty, $error:ty>;
            )+
        }
    ) => {
        $(#[doc = $about])*
        #[async_trait::async_trait]
        pub trait $name: std::fmt::Debug + Send + Sync + 'static {
            $(
                $(#[doc = $doc])*
                async fn $method(
                    &self,
                    $($argument: $type),*
                ) -> Result<$outcome, $error>;
            )+
        }

        #[async_trait::async_trait]
        impl<W> $name for W
        where
            W: $crate::Wrapper,
            W::Inner: $name,
        {
            $(
                async fn $method(
                    &self,
                    $($argument: $type),*
                ) -> Result<$outcome, $error> {
                    let call = $crate::Wrapper::inner(self).$method($($argument),*);
                    $crate::Wrapper::run(self, operation::$method(), call).await
                }
            )+
        }

        #[doc = concat!("The operations of [`", stringify!($name), "`](super::", stringify!($name), ").")]
        pub(crate) mod operation {
            $(
                #[doc = concat!("The operation `", stringify!($method), "`.")]
                pub const fn $method() -> $crate::Operation {
                    $crate::Operation {
                        name: stringify!($method),
                        takes_long: false $(|| $crate::operations!(@takes $how))?,
                    }
                }
            )+
        }

        impl dyn $name {
            /// All operations of the trait.
            pub const OPERATIONS: &'static [$crate::Operation] = &[$(operation::$method()),+];
        }
    };
}
