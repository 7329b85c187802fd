//! Both nodes are restarted, one after the other. Clients behind a proxy notice nothing.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::Nodes;
use crate::client::{Client, Reply};

/// How often the proxy asks whether a node is ready.
const LOOKS: Duration = Duration::from_millis(100);
/// In seconds. Longer than the proxy needs to notice.
const DRAIN: &str = "2";
const SENDERS: usize = 4;
/// How long requests run before, between and after the restarts.
const MEANWHILE: Duration = Duration::from_millis(500);

/// The nodes as a proxy sees them. It sends to the nodes that are ready, in turn, and retries
/// nothing.
struct Proxy<'a> {
    addresses: &'a [String; 2],
    ready: [AtomicBool; 2],
    turn: AtomicUsize,
    ends: AtomicBool,
}

impl Proxy<'_> {
    fn looks(&self) {
        while !self.ends.load(Ordering::SeqCst) {
            for (address, ready) in self.addresses.iter().zip(&self.ready) {
                ready.store(is_ready(address), Ordering::SeqCst);
            }
            thread::sleep(LOOKS);
        }
    }

    /// Returns the next node that is ready.
    fn next(&self) -> usize {
        loop {
            let node = self.turn.fetch_add(1, Ordering::SeqCst) % 2;
            if self.ready[node].load(Ordering::SeqCst) {
                return node;
            }
            thread::yield_now();
        }
    }

    fn waits_until_ready(&self, node: usize) {
        while !self.ready[node].load(Ordering::SeqCst) {
            thread::sleep(LOOKS);
        }
    }
}

fn is_ready(address: &str) -> bool {
    let asked = Client::connect(address)
        .and_then(|mut client| client.ask("GET /health/ready", &[], "", ""));
    asked.is_ok_and(|reply| reply.status == 200)
}

/// The connections of one sender. Each stays open while its node is ready.
#[derive(Default)]
struct Connections([Option<Client>; 2]);

impl Connections {
    fn send(&mut self, proxy: &Proxy<'_>, token: &str, write: bool) -> Result<Reply, String> {
        for (held, ready) in self.0.iter_mut().zip(&proxy.ready) {
            if !ready.load(Ordering::SeqCst) {
                *held = None;
            }
        }
        let node = proxy.next();
        let failed = |error: std::io::Error| format!("node {node}: {error}");
        let client = match &mut self.0[node] {
            Some(client) => client,
            none => none.insert(Client::connect(&proxy.addresses[node]).map_err(failed)?),
        };
        let reply = if write {
            client.create_event(token, "Tea")
        } else {
            client.me(token)
        };
        reply.map_err(failed)
    }
}

#[test]
fn during_a_rolling_restart_of_both_nodes_no_request_fails() {
    let nodes = Nodes::with(&[
        ("GUESTLIST_SERVER__DRAIN_DELAY", DRAIN),
        // During the test one user creates as many events as two nodes can store.
        ("GUESTLIST_LIMITS__EVENTS_PER_USER", "1000000"),
    ]);
    let mut running = nodes.start_both().map(Some);
    let mut client = Client::connect(&nodes.addresses[0]).expect("connects");
    assert_eq!(
        client
            .sign_up("ada@example.com")
            .expect("is answered")
            .status,
        201
    );
    let token = client
        .sign_in("ada@example.com")
        .expect("is answered")
        .tokens()
        .access;
    drop(client);
    let proxy = Proxy {
        addresses: &nodes.addresses,
        ready: [AtomicBool::new(true), AtomicBool::new(true)],
        turn: AtomicUsize::new(0),
        ends: AtomicBool::new(false),
    };
    let (served, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        scope.spawn(|| proxy.looks());
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let (mut connections, mut write) = (Connections::default(), false);
                while !proxy.ends.load(Ordering::SeqCst) {
                    write = !write;
                    let expected = if write { 201 } else { 200 };
                    match connections.send(&proxy, &token, write) {
                        Ok(reply) if reply.status == expected => {
                            served.fetch_add(1, Ordering::SeqCst);
                        }
                        other => failed
                            .lock()
                            .expect("no thread panics")
                            .push(format!("{other:?}")),
                    }
                }
            });
        }
        thread::sleep(MEANWHILE);
        for (number, place) in running.iter_mut().enumerate() {
            place.take().expect("runs").stop();
            *place = Some(nodes.start(number));
            proxy.waits_until_ready(number);
            thread::sleep(MEANWHILE);
        }
        proxy.ends.store(true, Ordering::SeqCst);
    });
    let failed = failed.into_inner().expect("no thread panics");
    assert!(
        failed.is_empty(),
        "{} of {}: {failed:?}",
        failed.len(),
        served.into_inner()
    );
    assert!(served.into_inner() > 100);
}
