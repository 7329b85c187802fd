//! The memory budget: the bytes that the server holds for its clients. These are the bodies of
//! requests that are being read, and answers that the clients have not taken yet.
//!
//! All clients together have [`Budget::whole`]; one client network has an eighth of it. If there is
//! no memory left, the exchange that has stalled longest is ended: an HTTP/2 stream is reset, an
//! HTTP/1.1 connection is closed.

use std::{
    collections::HashMap,
    net::SocketAddr,
    ops::Deref,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{
    network::{Client, Network},
    ticks::{Ticks, millis},
    watch::Exchange,
};
use crate::{lock::lock, metrics::limit_reached};

/// An exchange without progress for this time may be ended to free memory.
const STALLED: Duration = Duration::from_secs(1);
/// How long a request waits for memory; long enough for other exchanges to stall.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a waiting request checks again, because other exchanges may have stalled.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// The limit of waiting requests.
const MOST_WAITING: usize = 256;
/// One client network may use one part of this many.
const PARTS: u64 = 8;

/// The bytes that all clients share.
#[derive(Debug)]
pub(super) struct Budget {
    ticks: Arc<Ticks>,
    whole: u64,
    of_one: u64,
    /// The size of a batch of a list, assumed until its real size is known.
    batch: u64,
    held: Mutex<Held>,
    freed: Notify,
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct Held {
    bytes: u64,
    clients: HashMap<Network, OfClient>,
}

#[derive(Debug, Default)]
struct OfClient {
    bytes: u64,
    exchanges: Vec<OfExchange>,
}

#[derive(Debug)]
struct OfExchange {
    exchange: Arc<Exchange>,
    bytes: u64,
}

/// Bytes reserved from the budget until this is dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    account: Account,
    bytes: AtomicU64,
}

/// Counts the bytes of one exchange for its client. Each request has one in its extensions. Clones
/// share it.
#[derive(Clone, Debug)]
pub(crate) struct Account(Arc<Owner>);

/// The owner of an account's bytes.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(super) budget: Arc<Budget>,
    pub(super) exchange: Arc<Exchange>,
    pub(super) client: Client,
    /// The local address that the client connected to.
    pub(crate) local: SocketAddr,
}

impl Deref for Account {
    type Target = Owner;

    fn deref(&self) -> &Owner {
        &self.0
    }
}

/// There is no memory left; the request is answered 503.
#[derive(Debug)]
pub(crate) struct Full;

impl Budget {
    /// Creates a budget of `whole` bytes. Lists are made in batches of `batch` bytes.
    pub(super) fn new(ticks: Arc<Ticks>, whole: u64, batch: u64) -> Arc<Self> {
        Arc::new(Self {
            ticks,
            whole,
            of_one: whole / PARTS,
            batch,
            held: Mutex::default(),
            freed: Notify::new(),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Ends an exchange and frees what it held.
    fn write_off(&self, held: &mut Held, network: Network, at: usize) {
        let Some(client) = held.clients.get_mut(&network) else {
            return;
        };
        let ended = client.exchanges.swap_remove(at);
        client.bytes -= ended.bytes;
        held.bytes -= ended.bytes;
        if client.exchanges.is_empty() {
            held.clients.remove(&network);
        }
        ended.exchange.end();
        limit_reached("memory");
    }
}

impl Held {
    /// Finds the exchange that has stalled longest, of that client or of all clients. It ignores
    /// `but`, and exchanges with progress after `before`.
    fn longest_stalled(
        &self,
        of: Option<Network>,
        but: &Arc<Exchange>,
        before: u64,
    ) -> Option<(Network, usize)> {
        let clients = self.clients.iter();
        let clients = clients.filter(|(network, _)| of.is_none_or(|of| of == **network));
        let stalled = clients.flat_map(|(network, client)| {
            let exchanges = client.exchanges.iter().enumerate();
            exchanges
                .filter(|(_, held)| !Arc::ptr_eq(&held.exchange, but))
                .map(|(at, held)| (held.exchange.stepped(), *network, at))
        });
        stalled
            .filter(|(stepped, _, _)| *stepped <= before)
            .min_by_key(|(stepped, _, _)| *stepped)
            .map(|(_, network, at)| (network, at))
    }
}

impl Account {
    /// Creates an account that holds nothing yet.
    pub(super) fn new(owner: Owner) -> Self {
        Self(Arc::new(owner))
    }

    /// Reserves bytes, and ends stalled exchanges if necessary.
    pub(super) fn hold(&self, bytes: u64) -> Result<Arc<Hold>, Full> {
        let Budget { whole, of_one, .. } = *self.budget;
        let network = self.client.network;
        let mut held = lock(&self.budget.held);
        loop {
            if self.exchange.is_ended() {
                return Err(Full);
            }
            // A reservation larger than the whole budget is accepted if nothing else is held.
            let theirs = held.clients.get(&network).map_or(0, |client| client.bytes);
            let is_own_full = self.client.is_limited && theirs > 0 && theirs + bytes > of_one;
            let is_full = held.bytes > 0 && held.bytes + bytes > whole;
            if !is_own_full && !is_full {
                self.add(&mut held, bytes);
                return Ok(Arc::new(Hold {
                    account: self.clone(),
                    bytes: bytes.into(),
                }));
            }
            let before = self.budget.ticks.now().checked_sub(millis(STALLED));
            let of = is_own_full.then_some(network);
            let stalled =
                before.and_then(|before| held.longest_stalled(of, &self.exchange, before));
            let (network, at) = stalled.ok_or(Full)?;
            self.budget.write_off(&mut held, network, at);
        }
    }

    /// Reserves bytes as [`hold`](Self::hold), but waits if there is no memory.
    ///
    /// # Errors
    ///
    /// If there is no memory within two seconds, or too many requests wait already.
    pub(super) async fn wait_for(&self, bytes: u64) -> Result<Arc<Hold>, Full> {
        if let Ok(hold) = self.hold(bytes) {
            return Ok(hold);
        }
        let budget = &self.budget;
        let waiting = Waiting::begin(&budget.waiting)?;
        let until = Instant::now() + PATIENCE;
        let hold = loop {
            let soon = until.min(Instant::now() + LOOK_AGAIN);
            let _ = timeout_at(soon, budget.freed.notified()).await;
            match self.hold(bytes) {
                Ok(hold) => break Ok(hold),
                Err(Full) if Instant::now() >= until => break Err(Full),
                Err(Full) => {}
            }
        };
        drop(waiting);
        hold
    }

    /// Reserves bytes that are in memory already, even over the limit.
    pub(super) fn hold_anyway(&self, bytes: u64) -> Arc<Hold> {
        self.hold(bytes).unwrap_or_else(|Full| {
            let hold = Arc::new(Hold {
                account: self.clone(),
                bytes: 0.into(),
            });
            hold.resize(bytes);
            hold
        })
    }

    /// Reserves memory for a batch of a list.
    pub(super) async fn wait_for_batch(&self) -> Result<Arc<Hold>, Full> {
        self.wait_for(self.budget.batch.min(self.budget.of_one))
            .await
    }

    fn add(&self, held: &mut Held, bytes: u64) {
        held.bytes += bytes;
        let client = held.clients.entry(self.client.network).or_default();
        client.bytes += bytes;
        let exchanges = &mut client.exchanges;
        match exchanges
            .iter_mut()
            .find(|held| Arc::ptr_eq(&held.exchange, &self.exchange))
        {
            Some(held) => held.bytes += bytes,
            None => exchanges.push(OfExchange {
                exchange: Arc::clone(&self.exchange),
                bytes,
            }),
        }
    }

    /// Frees bytes. An exchange that was ended has nothing left to free.
    fn release(&self, bytes: u64) {
        let mut held = lock(&self.budget.held);
        let Some(client) = held.clients.get_mut(&self.client.network) else {
            return;
        };
        let mut exchanges = client.exchanges.iter();
        let at = exchanges.position(|held| Arc::ptr_eq(&held.exchange, &self.exchange));
        let Some(at) = at else { return };
        client.exchanges[at].bytes -= bytes;
        client.bytes -= bytes;
        if client.exchanges[at].bytes == 0 {
            client.exchanges.swap_remove(at);
        }
        if client.exchanges.is_empty() {
            held.clients.remove(&self.client.network);
        }
        held.bytes -= bytes;
        drop(held);
        self.budget.freed.notify_one();
    }
}

impl Hold {
    /// Changes the reserved number of bytes, even over the limit.
    pub(super) fn resize(&self, bytes: u64) {
        let before = self.bytes.load(Ordering::Relaxed);
        if let Some(more) = bytes.checked_sub(before) {
            let mut held = lock(&self.account.budget.held);
            // An ended exchange holds nothing and is dropped soon.
            if self.account.exchange.is_ended() {
                return;
            }
            self.account.add(&mut held, more);
        } else {
            self.account.release(before - bytes);
        }
        self.bytes.store(bytes, Ordering::Relaxed);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.account.release(*self.bytes.get_mut());
    }
}

/// Counts one waiting request until it is dropped.
struct Waiting<'b>(&'b AtomicUsize);

impl<'b> Waiting<'b> {
    fn begin(waiting: &'b AtomicUsize) -> Result<Self, Full> {
        let before = waiting.fetch_add(1, Ordering::Relaxed);
        let this = Self(waiting);
        if before < MOST_WAITING {
            Ok(this)
        } else {
            Err(Full)
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
