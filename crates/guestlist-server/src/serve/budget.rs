//! How many bytes the server holds for its clients: bodies of requests that are being read, and answers that were made and
//! have not been taken.
//!
//! All together have [`Budget::whole`], one client network an eighth of it. If there is no room, the exchange that has
//! stalled for longest makes some: a stream of HTTP/2 is reset, a connection of HTTP/1.1 is closed.

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
    watch::{Exchange, lock},
};
use crate::metrics::limit_reached;

/// Whoever has not gone on for so long makes room for others.
const STALLED: Duration = Duration::from_secs(1);
/// So long a request waits for room: long enough for others to have stalled.
const PATIENCE: Duration = Duration::from_secs(2);
/// Others may have stalled since; whoever waits looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// More do not wait.
const MOST_WAITING: usize = 256;
/// One client network has this part of the whole.
const PARTS: u64 = 8;

/// The bytes that all clients share.
#[derive(Debug)]
pub(super) struct Budget {
    ticks: Arc<Ticks>,
    whole: u64,
    of_one: u64,
    /// What one batch of a list takes, until its size is known.
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

/// So many bytes of the budget, until this is dropped.
#[derive(Debug)]
pub(crate) struct Hold {
    account: Account,
    bytes: AtomicU64,
}

/// Counts the bytes of one exchange for its client. Every request has one among its extensions. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Account(Arc<Owner>);

/// Who the bytes of an account belong to.
#[derive(Debug)]
pub(crate) struct Owner {
    pub(super) budget: Arc<Budget>,
    pub(super) exchange: Arc<Exchange>,
    pub(super) client: Client,
    /// The address of this machine that the client connected to.
    pub(crate) local: SocketAddr,
}

impl Deref for Account {
    type Target = Owner;

    fn deref(&self) -> &Owner {
        &self.0
    }
}

/// There is no room: whoever asks is answered 503.
#[derive(Debug)]
pub(crate) struct Full;

impl Budget {
    /// `whole` bytes for all, lists being made in batches of `batch` bytes.
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

    /// Gives what an exchange held to others, and ends it.
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
    /// The exchange that has stalled for longest, of that client or of all.
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
    /// An account that holds nothing yet.
    pub(super) fn new(owner: Owner) -> Self {
        Self(Arc::new(owner))
    }

    /// Holds so many bytes, if there is room or somebody makes some.
    pub(super) fn hold(&self, bytes: u64) -> Result<Arc<Hold>, Full> {
        let Budget { whole, of_one, .. } = *self.budget;
        let network = self.client.network;
        let mut held = lock(&self.budget.held);
        loop {
            if self.exchange.is_ended() {
                return Err(Full);
            }
            // What is larger than any room is held by itself.
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

    /// The same, and waits a little for room.
    ///
    /// # Errors
    ///
    /// There is none within two seconds, or too many wait already.
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

    /// Holds so many bytes that are there already, whether there is room or not.
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

    /// Holds what a batch of a list takes at most.
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

    /// An exchange that was written off has nothing left to release.
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
    /// Holds another number of bytes from now on, whether there is room or not.
    pub(super) fn resize(&self, bytes: u64) {
        let before = self.bytes.load(Ordering::Relaxed);
        if let Some(more) = bytes.checked_sub(before) {
            let mut held = lock(&self.account.budget.held);
            // What was written off holds nothing, and will soon be gone.
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

/// One of those who wait for room.
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
