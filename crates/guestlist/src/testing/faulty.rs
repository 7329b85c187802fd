//! A store that fails where it is told to, around any other.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    Census, Email, EmailChange, Ended, Epoch, EpochRaise, Extent, HashExchange, ImportedUser, Key,
    KeyCensus, KeyInsertion, NameChange, OnConflict, PasswordHash, Rotation, SecretExchange,
    Session, SessionId, SessionInsertion, SessionProof, SessionRotation, Store, StoreError,
    Timestamp, Token, TokenHash, TokenId, TokenInsertion, TokenKeyId, User, UserId, UserImport,
    UserInsertion, UserName, store::steps::with_steps,
};

/// What goes wrong with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not done: [`StoreError::Failed`].
    NotDone,
    /// It is done, and the answer gets lost: [`StoreError::Unknown`].
    AnswerLost,
    /// It is not done, and no answer comes, ever.
    NoAnswer,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NotDone, Self::AnswerLost, Self::NoAnswer];
}

/// What goes wrong with which steps, and which were asked for.
#[derive(Debug)]
pub struct Faults<S>(Mutex<State<S>>);

#[derive(Debug)]
struct State<S> {
    fault: Option<(Which<S>, Fault)>,
    asked: Vec<S>,
}

#[derive(Clone, Copy, Debug)]
enum Which<S> {
    All,
    One(S),
}

impl<S> Default for Faults<S> {
    fn default() -> Self {
        Self(Mutex::new(State {
            fault: None,
            asked: Vec::new(),
        }))
    }
}

impl<S: Copy + PartialEq> Faults<S> {
    /// From now on that goes wrong with that step, and nothing with any other.
    pub fn at(&self, step: S, fault: Fault) {
        self.state().fault = Some((Which::One(step), fault));
    }

    /// From now on that goes wrong with every step.
    pub fn everywhere(&self, fault: Fault) {
        self.state().fault = Some((Which::All, fault));
    }

    /// From now on nothing goes wrong.
    pub fn end(&self) {
        self.state().fault = None;
    }

    /// The steps that were asked for since this was asked last, in their order.
    pub fn asked(&self) -> Vec<S> {
        std::mem::take(&mut self.state().asked)
    }

    /// Does the step, or what goes wrong with it. It is for stores that [`faulty_store!`](crate::faulty_store) makes.
    #[doc(hidden)]
    pub async fn around<T>(
        &self,
        step: S,
        done: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let fault = {
            let mut state = self.state();
            state.asked.push(step);
            state.fault.and_then(|(which, fault)| match which {
                Which::One(one) => (one == step).then_some(fault),
                Which::All => Some(fault),
            })
        };
        match fault {
            None => done.await,
            Some(Fault::NotDone) => Err(StoreError::failed("the disk is gone")),
            Some(Fault::AnswerLost) => done.await.and(Err(StoreError::unknown("the line is dead"))),
            Some(Fault::NoAnswer) => std::future::pending().await,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a store that fails where it is told to, of a trait whose methods are all listed, and an enum of its steps.
///
/// What is not listed does not compile, so the list of steps is whole. The crate needs `async-trait`.
#[doc(hidden)]
#[macro_export]
macro_rules! faulty_store {
    (
        $(#[$about:meta])* $name:ident over $store:ident by $steps:ident;
        $($step:ident $method:ident($($argument:ident: $type:ty),*) -> $outcome:ty;)+
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $name {
            inner: std::sync::Arc<dyn $store>,
            /// What goes wrong.
            pub faults: $crate::testing::Faults<$steps>,
        }

        #[doc = concat!("The steps of a [`", stringify!($store), "`], named as its methods.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is documented at the method")]
        pub enum $steps {
            $($step,)+
        }

        impl $steps {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$step),+];
        }

        impl $name {
            /// Around that store, and nothing goes wrong yet.
            pub fn over(inner: std::sync::Arc<dyn $store>) -> Self {
                Self { inner, faults: $crate::testing::Faults::default() }
            }
        }

        #[async_trait::async_trait]
        impl $store for $name {
            $(
                async fn $method(
                    &self,
                    $($argument: $type),*
                ) -> Result<$outcome, $crate::StoreError> {
                    let done = self.inner.$method($($argument),*);
                    self.faults.around($steps::$step, done).await
                }
            )+
        }
    };
}

with_steps! {
    faulty_store,
    /// A store that fails where it is told to, around any other. Without a fault it is as the other.
    FaultyStore over Store by StoreStep;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt;

    use super::*;
    use crate::testing::{MemoryStore, user};

    crate::store_contract!(async || FaultyStore::over(Arc::new(MemoryStore::new())));

    fn scene() -> (FaultyStore, User) {
        let store = FaultyStore::over(Arc::new(MemoryStore::new()));
        (store, user("ada@example.com"))
    }

    async fn is_there(store: &FaultyStore, user: &User) -> bool {
        store.faults.end();
        store.find_user(user.id).await.expect("answers").is_some()
    }

    #[tokio::test]
    async fn what_is_not_done_fails() {
        let (store, ada) = scene();
        store.faults.at(StoreStep::InsertUser, Fault::NotDone);
        let failed = store.insert_user(&ada).await;
        assert!(matches!(failed, Err(StoreError::Failed(_))));
        assert!(store.find_user(ada.id).await.is_ok(), "another step");
        assert!(!is_there(&store, &ada).await);
    }

    #[tokio::test]
    async fn what_is_done_may_not_be_answered() {
        let (store, ada) = scene();
        store.faults.everywhere(Fault::AnswerLost);
        let lost = store.insert_user(&ada).await;
        assert!(matches!(lost, Err(StoreError::Unknown(_))));
        assert!(is_there(&store, &ada).await);
    }

    #[tokio::test]
    async fn what_has_no_answer_waits_for_ever_and_does_nothing() {
        let (store, ada) = scene();
        store.faults.everywhere(Fault::NoAnswer);
        assert!(store.insert_user(&ada).now_or_never().is_none());
        assert!(!is_there(&store, &ada).await);
        let asked = [StoreStep::InsertUser, StoreStep::FindUser];
        assert_eq!(store.faults.asked(), asked);
        assert!(store.faults.asked().is_empty());
    }
}
