//! Connections that ask for nothing: more from one address than the server takes, or as many as it lets several have.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use guestlist_server::serve::raise_file_limit;
use tokio::{io::AsyncWriteExt, time::sleep};

use super::{
    is_whole,
    victim::{ATTACKER, Victim, say},
};

/// More than `server.max_connections`.
fn sockets() -> usize {
    if is_whole() { 10_000 } else { 4_200 }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sockets_of_one_address_keep_nobody_out() {
    raise_file_limit();
    let victim = Arc::new(Victim::with_events(1));
    let watch = victim.watch();
    let (open, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (open, is_over) = (Arc::new(open), Arc::new(is_over));
    let attacker = tokio::spawn({
        let (victim, open, is_over) = (Arc::clone(&victim), open.clone(), is_over.clone());
        async move {
            let mut held = Vec::new();
            while held.len() < sockets() && !is_over.load(Ordering::Relaxed) {
                match victim.connect(ATTACKER).await {
                    Ok(socket) => held.push(socket),
                    Err(_) => sleep(Duration::from_millis(5)).await,
                }
                open.store(held.len(), Ordering::Relaxed);
            }
            held
        }
    });
    sleep(Duration::from_secs(if is_whole() { 12 } else { 4 })).await;
    is_over.store(true, Ordering::Relaxed);
    let held = attacker.await.expect("attacks");
    say(&format!("{} sockets were opened", held.len()));
    assert!(held.len() > 300, "{}", held.len());
    let attack = format!("{} idle sockets of one address", held.len());
    watch.report(&attack).await;
}

/// HT01: the head of a request comes byte by byte.
#[tokio::test(flavor = "multi_thread")]
async fn heads_that_drip_keep_nobody_out() {
    raise_file_limit();
    let victim = Victim::with_events(1);
    let watch = victim.watch();
    let (addresses, rounds) = if is_whole() { (8, 24) } else { (2, 6) };
    let mut senders = Vec::new();
    for address in 0..addresses {
        for _ in 0..250 {
            let from = Ipv4Addr::new(127, 0, 2, address);
            let mut sender = victim.connect(from).await.expect("connects");
            let _ = sender.write_all(b"GET / HTTP/1.1\r\nX: ").await;
            senders.push(sender);
        }
    }
    for _ in 0..rounds {
        for sender in &mut senders {
            // After ten seconds it is closed.
            let _ = sender.write_all(b"x").await;
        }
        sleep(Duration::from_millis(500)).await;
    }
    let attack = format!("{} heads that come byte by byte", senders.len());
    watch.report(&attack).await;
}
