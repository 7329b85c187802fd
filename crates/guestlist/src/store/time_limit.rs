//! A time limit for each operation of a store: no caller waits forever for a store that never
//! answers.
//!
//! Our engines limit their own operations and can say more about the cause. This limit applies to
//! every store.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::operation::{Operation, Wrapper};
use crate::StoreError;

/// Longer than our engines take to notice that their server is gone. With the two seconds that a
/// password waits for its turn it makes five.
const LIMIT: Duration = Duration::from_secs(3);

/// Runs a store operation with a time limit. An operation that ran out of time may have been done.
pub(crate) async fn limited<T>(
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let done = timeout(LIMIT, call).await;
    done.unwrap_or_else(|_| Err(StoreError::unknown("it did not answer for three seconds")))
}

/// A store whose operations have a time limit, except those that
/// [take long](Operation::takes_long).
#[doc(hidden)]
#[derive(Debug)]
pub struct TimeLimited<S: ?Sized>(pub Arc<S>);

impl<S: std::fmt::Debug + Send + Sync + ?Sized + 'static> Wrapper for TimeLimited<S> {
    type Inner = S;

    fn inner(&self) -> &S {
        &self.0
    }

    async fn run<T: Send>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        if operation.takes_long {
            call.await
        } else {
            limited(call).await
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, pause};

    use super::*;
    use crate::{
        InvitationStore, LimitStore, Maintenance, MessageStore, OnConflict, SecurityEventStore,
        Store, Timestamp, TokenHash, UserStore, operations,
        testing::{Fault, FaultyStore, MemoryStore, email},
    };

    crate::store_contract!(async || limited_over(Arc::new(MemoryStore::new())));

    fn limited_over(store: Arc<dyn Store>) -> TimeLimited<dyn Store> {
        TimeLimited(store)
    }

    #[tokio::test]
    async fn a_call_without_an_answer_is_given_up_and_may_have_been_done() {
        let faulty = Arc::new(FaultyStore::over(Arc::new(MemoryStore::new())));
        let store = limited_over(faulty.clone());
        faulty.faults.everywhere(Fault::NoAnswer);
        pause();
        let began = Instant::now();
        let found = store.find_user_by_email(&email("ada@example.com")).await;
        assert!(matches!(found, Err(StoreError::Unknown(_))));
        assert_eq!(began.elapsed().as_secs(), LIMIT.as_secs());
    }

    #[tokio::test]
    async fn an_operation_that_takes_long_is_not_given_up() {
        let faulty = Arc::new(FaultyStore::over(Arc::new(MemoryStore::new())));
        let store = limited_over(faulty.clone());
        pause();
        let now = Timestamp::from_millis(0);
        let key = TokenHash::from_stored(&[1; 40]).key();
        faulty.faults.everywhere(Fault::NoAnswer);
        let mut asked = Vec::new();
        for number in 0..11 {
            let call = async {
                match number {
                    0 => store.import_users(&[], OnConflict::Skip).await.map(drop),
                    1 => store.end_everything(None, 1).await.map(drop),
                    2 => store.purge_counters(now, 1).await.map(drop),
                    3 => store.hold_messages(now).await.map(drop),
                    4 => store.release_held(now).await.map(drop),
                    5 => store.purge_messages(now, 1).await.map(drop),
                    6 => store.purge_invitations(now, 1).await.map(drop),
                    7 => store.purge_security_events(now, 1).await.map(drop),
                    8 => store.purge(now, 1).await.map(drop),
                    9 => store.census(now).await.map(drop),
                    _ => store.census_of_key(key).await.map(drop),
                }
            };
            assert!(timeout(LIMIT * 100, call).await.is_err(), "{number}");
            asked.extend(faulty.faults.asked());
        }
        let long = operations::all().filter(|operation| operation.takes_long);
        assert_eq!(asked, long.collect::<Vec<_>>());
    }
}
