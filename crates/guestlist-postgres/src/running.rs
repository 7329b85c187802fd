//! One statement on a connection of the pool, and what becomes of it when nobody waits for it any more.
//!
//! A caller can give up while the server still works. The connection must not go back to the pool then: the next
//! statement on it would wait behind the one that was given up.

use std::{ops::Deref, ops::DerefMut, sync::Arc, time::Duration};

use deadpool_postgres::Object;
use guestlist::Turn;
use tokio::{runtime::Handle, time::timeout};

use crate::{connector::Connector, database::give_up};

/// So long a list may still run after its caller gave up: most end by themselves, and the connection is kept.
const GRACE: Duration = Duration::from_millis(100);
/// So long the server is waited for to take a cancellation.
const CANCELLING: Duration = Duration::from_secs(1);
/// So long a change that was given up may still run: a little longer than the server lets a statement run.
const CHANGING: Duration = Duration::from_millis(2_500);

/// What a statement does, which decides what happens when it is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A list is cancelled on the server.
    List,
    /// A change runs to its end: it may be done already.
    Change,
}

/// A connection of the pool on which a statement runs.
pub(crate) struct Running {
    /// There until the connection goes.
    client: Option<Object>,
    connector: Arc<Connector>,
    work: Work,
    /// Held until the server is done with the statement.
    turn: Option<Turn>,
    is_done: bool,
}

impl Running {
    pub(crate) fn new(
        client: Object,
        connector: Arc<Connector>,
        work: Work,
        turn: Option<Turn>,
    ) -> Self {
        Self {
            client: Some(client),
            connector,
            work,
            turn,
            is_done: false,
        }
    }

    /// Notes that the server has answered: the connection may go back to the pool.
    pub(crate) fn done(mut self) {
        self.is_done = true;
    }

    /// Closes the connection because the server does not answer.
    pub(crate) fn close(mut self) {
        if let Some(client) = self.client.take() {
            give_up(client);
        }
    }
}

impl Deref for Running {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.client
            .as_ref()
            .expect("it is there until it is dropped")
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Object {
        self.client
            .as_mut()
            .expect("it is there until it is dropped")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let Some(client) = self.client.take().filter(|_| !self.is_done) else {
            return;
        };
        let (connector, turn) = (Arc::clone(&self.connector), self.turn.take());
        let Ok(runtime) = Handle::try_current() else {
            return give_up(client);
        };
        match self.work {
            Work::List => runtime.spawn(cancel(client, connector, turn)),
            Work::Change => runtime.spawn(finish(client, turn)),
        };
    }
}

/// Cancels what the server still works on. The connection is closed then: a cancellation that comes late must not hit
/// the next statement on it.
async fn cancel(client: Object, connector: Arc<Connector>, turn: Option<Turn>) {
    if is_idle_within(GRACE, &client).await {
        return;
    }
    let token = client.cancel_token();
    let cancelled = timeout(CANCELLING, token.cancel_query(connector.tls())).await;
    if !matches!(cancelled, Ok(Ok(()))) {
        tracing::warn!("a list that nobody waits for could not be cancelled");
    }
    give_up(client);
    drop(turn);
}

async fn finish(client: Object, turn: Option<Turn>) {
    if !is_idle_within(CHANGING, &client).await {
        give_up(client);
    }
    drop(turn);
}

/// Whether the server has done everything that was sent on this connection: an empty statement comes after it.
async fn is_idle_within(time: Duration, client: &Object) -> bool {
    matches!(timeout(time, client.batch_execute("")).await, Ok(Ok(())))
}
