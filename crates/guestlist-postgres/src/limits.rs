//! How long an operation waits for the server and the network. A connection that does not answer in
//! this time is closed. Another one is opened when it is needed.

use std::time::Duration;

use deadpool_postgres::{Object, Transaction};
use tokio::time::timeout;
use tokio_postgres::Error;

/// The longest time of an operation, from the wait for a connection to the answer.
pub(crate) const LIMIT: Duration = Duration::from_millis(1_800);
/// The longest time of an operation on many rows.
const LONG_LIMIT: Duration = Duration::from_secs(60);

/// Begins a transaction whose statements may take a minute.
pub(crate) async fn long_transaction(client: &mut Object) -> Result<Transaction<'_>, Error> {
    let transaction = client.transaction().await?;
    let limit = format!("SET LOCAL statement_timeout = {}", LONG_LIMIT.as_millis());
    transaction.batch_execute(&limit).await?;
    Ok(transaction)
}

/// Runs an operation that may take a minute. Returns `None` if it takes longer.
pub(crate) async fn within_long_limit<T>(work: impl Future<Output = T>) -> Option<T> {
    timeout(LONG_LIMIT, work).await.ok()
}
