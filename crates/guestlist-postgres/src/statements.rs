//! How the statements of a record are declared: once, as constants, and listed for the tests.
//!
//! A statement names its tables without a schema: the connection's `search_path` decides.

/// Declares the statements of a record, and `STATEMENTS`, which lists them for the tests.
#[doc(hidden)]
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)+

        #[cfg(test)]
        pub(crate) const STATEMENTS: &[&str] = &[$($name),+];
    };
}

/// An id before every other id.
macro_rules! before_all {
    () => {
        "'00000000-0000-0000-0000-000000000000'::uuid"
    };
}

pub(crate) use {before_all, statements};
