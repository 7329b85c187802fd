//! How long a step of a store may take: nobody hangs on a store that never answers.
//!
//! The engines of ours bound what they do themselves, and can tell more of why. This holds for any store.

use std::time::Duration;

use tokio::time::timeout;

use super::steps::with_steps;
use crate::{
    Census, Email, EmailChange, Ended, Epoch, EpochRaise, Extent, HashExchange, ImportedUser, Key,
    KeyCensus, KeyInsertion, NameChange, OnConflict, PasswordHash, Rotation, SecretExchange,
    Session, SessionId, SessionInsertion, SessionProof, SessionRotation, Store, StoreError,
    Timestamp, Token, TokenHash, TokenId, TokenInsertion, TokenKeyId, User, UserId, UserImport,
    UserInsertion, UserName,
};

/// Longer than our engines take to find out that their server is gone; with the two seconds that a password waits for
/// its turn it makes five.
const LIMIT: Duration = Duration::from_secs(3);

/// What becomes of a step, if that is known soon enough. One that is given up may have been done.
pub(crate) async fn bounded<T>(
    step: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let done = timeout(LIMIT, step).await;
    done.unwrap_or_else(|_| Err(StoreError::unknown("it did not answer for three seconds")))
}

/// What becomes of the step of that name: there are some for which nobody waits at the door, and which take as long as
/// there is much to do. It is for stores that [`bounded_store!`](crate::bounded_store) makes.
#[doc(hidden)]
pub async fn bounded_step<T>(
    name: &str,
    step: impl Future<Output = Result<T, StoreError>> + Send,
) -> Result<T, StoreError> {
    match name {
        "ImportUsers" | "EndEverything" | "Sweep" | "Census" | "CensusOfKey" => step.await,
        _ => bounded(step).await,
    }
}

/// Makes a store that gives up what takes too long, of a trait whose methods are all listed, as
/// `faulty_store!` does. The crate needs `async-trait`.
#[doc(hidden)]
#[macro_export]
macro_rules! bounded_store {
    (
        $(#[$about:meta])* $name:ident over $store:ident;
        $($step:ident $method:ident($($argument:ident: $type:ty),*) -> $outcome:ty;)+
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        pub(crate) struct $name(pub(crate) std::sync::Arc<dyn $store>);

        #[async_trait::async_trait]
        impl $store for $name {
            $(
                async fn $method(
                    &self,
                    $($argument: $type),*
                ) -> Result<$outcome, $crate::StoreError> {
                    let step = self.0.$method($($argument),*);
                    $crate::bounded_step(stringify!($step), step).await
                }
            )+
        }
    };
}

with_steps! {
    bounded_store,
    /// The store of a door: any other, whose steps are given up after [`LIMIT`].
    BoundedStore over Store;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{Instant, pause};

    use super::*;
    use crate::testing::{Fault, FaultyStore, MemoryStore, StoreStep, email};

    crate::store_contract!(async || BoundedStore(Arc::new(MemoryStore::new())));

    #[tokio::test]
    async fn a_step_without_an_answer_is_given_up_and_may_have_been_done() {
        let faulty = Arc::new(FaultyStore::over(Arc::new(MemoryStore::new())));
        let store = BoundedStore(faulty.clone());
        faulty.faults.everywhere(Fault::NoAnswer);
        pause();
        let began = Instant::now();
        let found = store.find_user_by_email(&email("ada@example.com")).await;
        assert!(matches!(found, Err(StoreError::Unknown(_))));
        assert_eq!(began.elapsed().as_secs(), LIMIT.as_secs());
    }

    #[tokio::test]
    async fn what_takes_as_long_as_there_is_to_do_is_not_given_up() {
        let faulty = Arc::new(FaultyStore::over(Arc::new(MemoryStore::new())));
        let store = BoundedStore(faulty.clone());
        pause();
        let now = Timestamp::from_millis(0);
        let key = TokenHash::from_stored(&[1; 40]).key();
        for step in [
            StoreStep::Sweep,
            StoreStep::Census,
            StoreStep::CensusOfKey,
            StoreStep::EndEverything,
            StoreStep::ImportUsers,
        ] {
            faulty.faults.at(step, Fault::NoAnswer);
            let taken = async {
                match step {
                    StoreStep::Sweep => store.sweep(now, 1).await.map(drop),
                    StoreStep::Census => store.census(now).await.map(drop),
                    StoreStep::CensusOfKey => store.census_of_key(key).await.map(drop),
                    StoreStep::EndEverything => store.end_everything(None, 1).await.map(drop),
                    _ => store.import_users(&[], OnConflict::Skip).await.map(drop),
                }
            };
            assert!(timeout(LIMIT * 100, taken).await.is_err(), "{step:?}");
        }
    }
}
