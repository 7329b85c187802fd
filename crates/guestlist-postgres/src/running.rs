//! A statement on a connection of the pool, and what happens when its caller gives up.
//!
//! A caller can give up while the server still works. Then the connection must not go back to the
//! pool at once: the next statement would wait behind the abandoned one.

use std::{ops::Deref, ops::DerefMut, sync::Arc, time::Duration};

use deadpool_postgres::Object;
use guestlist::Turn;
use tokio::{runtime::Handle, time::timeout};

use crate::connector::Connector;

/// How long a list may run after its caller gave up. Most lists end in this time, and their
/// connection is kept.
const GRACE: Duration = Duration::from_millis(100);
/// How long to wait until the server accepts a cancellation.
const CANCELLING: Duration = Duration::from_secs(1);
/// How long a change may run after its caller gave up. A little longer than the server's own limit
/// for a statement.
const CHANGING: Duration = Duration::from_millis(2_500);

/// The kind of a statement, which decides what happens when its caller gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// The server cancels a list.
    List,
    /// A change runs to its end, because it may be done already.
    Change,
}

/// A connection of the pool on which a statement runs.
pub(crate) struct Running {
    /// `None` after the connection has been given back or closed.
    client: Option<Object>,
    connector: Arc<Connector>,
    work: Work,
    /// Held until the server has finished the statement.
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

    /// Notes that the server has answered, so the connection can go back to the pool.
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

/// Cancels the statement that the server still runs. Then closes the connection: a late
/// cancellation must not stop the next statement on it.
async fn cancel(client: Object, connector: Arc<Connector>, turn: Option<Turn>) {
    if is_idle_within(GRACE, &client).await {
        return;
    }
    let token = client.cancel_token();
    let cancelled = timeout(CANCELLING, token.cancel_query(connector.tls())).await;
    if !matches!(cancelled, Ok(Ok(()))) {
        tracing::warn!("cannot cancel a list whose caller has given up");
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

/// Whether the server has finished everything that was sent on this connection. An empty statement
/// is sent, and its answer comes last.
async fn is_idle_within(time: Duration, client: &Object) -> bool {
    matches!(timeout(time, client.batch_execute("")).await, Ok(Ok(())))
}

/// Closes a connection that does not answer, instead of giving it back to the pool.
pub(crate) fn give_up(client: Object) {
    drop(Object::take(client));
}
