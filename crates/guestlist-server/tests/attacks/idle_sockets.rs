//! Connections without a request: more from one address than the server accepts, or the maximum
//! from several addresses.

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

/// More connections than `server.max_connections`.
fn sockets() -> usize {
    if is_whole() { 10_000 } else { 4_200 }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_idle_sockets_of_one_address_keep_no_other_user_out() {
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

/// HT01: the headers of a request arrive byte by byte.
#[tokio::test(flavor = "multi_thread")]
async fn headers_that_arrive_byte_by_byte_keep_no_other_user_out() {
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
            // The server closes the connection after ten seconds.
            let _ = sender.write_all(b"x").await;
        }
        sleep(Duration::from_millis(500)).await;
    }
    let attack = format!("{} heads that come byte by byte", senders.len());
    watch.report(&attack).await;
}
