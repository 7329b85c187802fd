//! Every place in the table of connections is held by a client with an open request, from several
//! addresses, and new such clients come all the time.

use std::{net::Ipv4Addr, time::Duration};

use guestlist_server::serve::raise_file_limit;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    time::{Instant, sleep},
};

use super::{
    is_whole,
    slow_readers::{get, preface},
    victim::{Victim, say},
};
use crate::binary::{free_address, send};

/// Addresses of attackers. Each has fewer connections than one client may have.
const ADDRESSES: usize = 32;

/// The value of `server.max_connections`.
fn places() -> usize {
    if is_whole() { 4_096 } else { 64 }
}

/// Attackers take all places with `request`, stop, and take each place that becomes free.
async fn hold_all_places(attack: &str, request: &[u8]) {
    raise_file_limit();
    let (most, metrics) = (places().to_string(), free_address());
    let settings = [
        ("GUESTLIST_SERVER__MAX_CONNECTIONS", most.as_str()),
        ("GUESTLIST_METRICS__LISTEN", metrics.as_str()),
    ];
    let victim = Victim::with_settings(1, &settings);
    let watch = victim.watch();
    let until = Instant::now() + Duration::from_secs(if is_whole() { 20 } else { 5 });
    let mut held = Vec::new();
    while Instant::now() < until {
        held.push(hold(&victim, held.len(), request).await);
        if held.len() >= places() {
            sleep(Duration::from_millis(25)).await;
        }
    }
    say(&format!("{} connections were opened", held.len()));
    assert!(held.len() > places(), "{}", held.len());
    watch
        .report(&format!("{} places held by {attack}", places()))
        .await;
    let counted = send(&metrics, "GET /metrics HTTP/1.1", "");
    let counter = r#"limit_refusals_total{limit="max_connections"}"#;
    assert!(counted.contains(counter), "{counted}");
}

async fn hold(victim: &Victim, number: usize, request: &[u8]) -> TcpStream {
    let address = u8::try_from(number % ADDRESSES).expect("is small");
    let from = Ipv4Addr::new(127, 0, 4, address);
    let mut stream = victim.connect_narrowly(from).await.expect("connects");
    let _ = stream.write_all(request).await;
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_stop_keep_no_other_user_out() {
    let request = "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                   Content-Length: 1000\r\n\r\n{";
    hold_all_places("requests whose bodies stop", request.as_bytes()).await;
}

/// With HTTP/2 a client can take nothing of an answer, however short it is.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_not_read_keep_no_other_user_out() {
    let request = [preface(0), get(1, "/openapi.json")].concat();
    hold_all_places("answers that are not read", &request).await;
}
