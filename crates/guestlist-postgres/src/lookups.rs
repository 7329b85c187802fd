//! One connection for look-ups by one key, which many callers share at once.
//!
//! Look-ups are sent without waiting for the answers to earlier ones. So a look-up neither waits
//! for a connection of the pool nor takes one. Statements that may wait for a lock must not use it:
//! all later look-ups would wait too.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use deadpool_postgres::ClientWrapper;

use crate::connector::{ConnectError, Connector};

/// The shared connection, which is opened again after it broke.
pub(crate) struct Lookups {
    connector: Connector,
    current: Mutex<Option<Arc<ClientWrapper>>>,
    /// Locked by the caller that opens a connection; other callers wait for that connection.
    connecting: tokio::sync::Mutex<()>,
}

impl Lookups {
    pub(crate) fn new(connector: Connector) -> Self {
        Self {
            connector,
            current: Mutex::new(None),
            connecting: tokio::sync::Mutex::new(()),
        }
    }

    pub(crate) async fn client(
        &self,
        within: Duration,
    ) -> Result<Arc<ClientWrapper>, ConnectError> {
        if let Some(client) = self.open() {
            return Ok(client);
        }
        let _alone = self.connecting.lock().await;
        if let Some(client) = self.open() {
            return Ok(client);
        }
        let client = Arc::new(self.connector.connect(within).await?);
        self.set(Some(Arc::clone(&client)));
        Ok(client)
    }

    /// Stops using a connection that does not answer. Callers that wait for its answers may go on
    /// waiting.
    pub(crate) fn forget(&self, silent: &Arc<ClientWrapper>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|now| Arc::ptr_eq(now, silent)) {
            *current = None;
        }
    }

    /// Closes the connection.
    pub(crate) fn close(&self) {
        self.set(None);
    }

    fn open(&self) -> Option<Arc<ClientWrapper>> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.clone().filter(|client| !client.is_closed())
    }

    fn set(&self, client: Option<Arc<ClientWrapper>>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = client;
    }
}
