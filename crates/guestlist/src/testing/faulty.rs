//! A store that fails on purpose; it wraps another store.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{Operation, Store, StoreError, Wrapper};

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The operation is not done: [`StoreError::Failed`].
    NotDone,
    /// The operation is done, but its answer is lost: [`StoreError::Unknown`].
    AnswerLost,
    /// The operation is not done, and never answers.
    NoAnswer,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::NotDone, Self::AnswerLost, Self::NoAnswer];
}

/// Which operations fail and how, and which were called.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    fault: Option<(Which, Fault)>,
    asked: Vec<Operation>,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    All,
    One(Operation),
}

impl Faults {
    /// Makes that operation fail from now on, and no other.
    pub fn at(&self, operation: Operation, fault: Fault) {
        self.state().fault = Some((Which::One(operation), fault));
    }

    /// Makes every operation fail from now on.
    pub fn everywhere(&self, fault: Fault) {
        self.state().fault = Some((Which::All, fault));
    }

    /// Makes no operation fail from now on.
    pub fn end(&self) {
        self.state().fault = None;
    }

    /// Returns the operations that were called since the last call of this method, in their order.
    pub fn asked(&self) -> Vec<Operation> {
        std::mem::take(&mut self.state().asked)
    }

    /// Notes the call of an operation and returns its fault.
    fn of(&self, operation: Operation) -> Option<Fault> {
        let mut state = self.state();
        state.asked.push(operation);
        state.fault.and_then(|(which, fault)| match which {
            Which::One(one) => (one == operation).then_some(fault),
            Which::All => Some(fault),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store that fails on purpose. Without a fault it behaves like the store that it wraps.
#[derive(Debug)]
pub struct Faulty<S: ?Sized> {
    inner: Arc<S>,
    /// Which operations fail.
    pub faults: Faults,
}

/// A [`Store`] that fails on purpose. Its operations have names in
/// [`operations`](mod@crate::operations).
pub type FaultyStore = Faulty<dyn Store>;

impl<S: ?Sized> Faulty<S> {
    /// Wraps that store. No operation fails yet.
    pub fn over(inner: Arc<S>) -> Self {
        Self {
            inner,
            faults: Faults::default(),
        }
    }
}

impl<S: fmt::Debug + Send + Sync + ?Sized + 'static> Wrapper for Faulty<S> {
    type Inner = S;

    fn inner(&self) -> &S {
        &self.inner
    }

    async fn run<T: Send>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        match self.faults.of(operation) {
            None => call.await,
            Some(Fault::NotDone) => Err(StoreError::failed("the disk is gone")),
            Some(Fault::AnswerLost) => call
                .await
                .and(Err(StoreError::unknown("the connection broke"))),
            Some(Fault::NoAnswer) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::{
        User, UserStore, operations,
        testing::{MemoryStore, user},
    };

    crate::store_contract!(async || FaultyStore::over(Arc::new(MemoryStore::new())));

    fn fixture() -> (FaultyStore, User) {
        let store = FaultyStore::over(Arc::new(MemoryStore::new()));
        (store, user("ada@example.com"))
    }

    async fn is_there(store: &FaultyStore, user: &User) -> bool {
        store.faults.end();
        store.find_user(user.id).await.expect("answers").is_some()
    }

    #[tokio::test]
    async fn an_operation_that_is_not_done_fails() {
        let (store, ada) = fixture();
        store.faults.at(operations::insert_user(), Fault::NotDone);
        let failed = store.insert_user(&ada).await;
        assert!(matches!(failed, Err(StoreError::Failed(_))));
        assert!(store.find_user(ada.id).await.is_ok(), "another operation");
        assert!(!is_there(&store, &ada).await);
    }

    #[tokio::test]
    async fn an_operation_that_is_done_may_not_be_answered() {
        let (store, ada) = fixture();
        store.faults.everywhere(Fault::AnswerLost);
        let lost = store.insert_user(&ada).await;
        assert!(matches!(lost, Err(StoreError::Unknown(_))));
        assert!(is_there(&store, &ada).await);
    }

    #[tokio::test]
    async fn an_operation_without_an_answer_waits_for_ever_and_does_nothing() {
        let (store, ada) = fixture();
        store.faults.everywhere(Fault::NoAnswer);
        assert!(store.insert_user(&ada).now_or_never().is_none());
        assert!(!is_there(&store, &ada).await);
        let asked = [operations::insert_user(), operations::find_user()];
        assert_eq!(store.faults.asked(), asked);
        assert!(store.faults.asked().is_empty());
    }
}
