//! Clients that send almost all of a large body, and then stop.

use std::{net::Ipv4Addr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{
    is_whole,
    victim::{ATTACKER, Victim},
};
use crate::binary::{Server, free_address};

/// The largest body that the server reads.
const ANNOUNCED: usize = 64 * 1024;
const OF_ONE_ADDRESS: usize = 250;

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_bodies_do_not_harm_other_users() {
    let victim = Victim::with_events(1);
    let watch = victim.watch();
    let addresses = if is_whole() { 8 } else { 2 };
    let head = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {ANNOUNCED}\r\n\r\n"
    );
    let body = " ".repeat(ANNOUNCED - 1);
    let mut senders = Vec::new();
    for address in 0..addresses {
        let from = Ipv4Addr::new(127, 0, 1, address);
        for _ in 0..OF_ONE_ADDRESS {
            let mut sender = victim.connect(from).await.expect("connects");
            // A connection without room gets a response and may be closed.
            let _ = sender.write_all(head.as_bytes()).await;
            let _ = sender.write_all(body.as_bytes()).await;
            senders.push(sender);
        }
    }
    sleep(Duration::from_secs(if is_whole() { 20 } else { 3 })).await;
    let attack = format!(
        "{} bodies of 64 KB that stop before their end",
        senders.len()
    );
    watch.report(&attack).await;
}

/// Starts a request and sends one byte of its body.
async fn begin(server: &Server, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address())
        .await
        .expect("connects");
    let head = format!("{head}\r\nHost: localhost\r\nContent-Length: {ANNOUNCED}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("asks");
    stream.write_all(b"x").await.expect("sends");
    stream
}

/// Reads the response, if one arrives soon.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 64 * 1024];
    let mut length = 0;
    while let Ok(Ok(read)) = timeout(
        Duration::from_millis(500),
        stream.read(&mut bytes[length..]),
    )
    .await
    {
        length += read;
        if read == 0 {
            break;
        }
    }
    String::from_utf8_lossy(&bytes[..length]).into_owned()
}

/// With the smallest memory limit one client has room for two such bodies.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_room_is_refused_in_the_format_of_its_address_and_counted() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let metrics = free_address();
    let settings = [
        ("GUESTLIST_LIMITS__MEMORY", "1048576"),
        ("GUESTLIST_METRICS__LISTEN", metrics.as_str()),
    ];
    let server = Server::start(folder.path(), &settings);
    let form = "Content-Type: application/x-www-form-urlencoded";
    for (head, words) in [
        (
            "POST /api/v1/sessions HTTP/1.1\r\nContent-Type: application/json".to_owned(),
            r#""code":"busy""#,
        ),
        (
            format!("POST /api/v1/token HTTP/1.1\r\n{form}"),
            r#""error":"temporarily_unavailable""#,
        ),
        (
            format!("POST /user/signin HTTP/1.1\r\n{form}"),
            r#"{"detail":"the server is busy"#,
        ),
        (
            format!(
                "POST /sign-in HTTP/1.1\r\nAccept: text/html\r\nSec-Fetch-Site: same-origin\r\n{form}"
            ),
            "<!doctype html>",
        ),
    ] {
        let mut refused = String::new();
        // On a busy machine the first two may time out and free their room.
        for _ in 0..20 {
            let _first = begin(&server, &head).await;
            let _second = begin(&server, &head).await;
            sleep(Duration::from_millis(100)).await;
            refused = answer(&mut begin(&server, &head).await).await;
            if refused.starts_with("HTTP/1.1 503") {
                break;
            }
        }
        assert!(refused.starts_with("HTTP/1.1 503"), "{head}: {refused}");
        assert!(refused.contains("retry-after: "), "{head}: {refused}");
        assert!(refused.to_lowercase().contains(words), "{head}: {refused}");
    }
    let mut stream = TcpStream::connect(&metrics).await.expect("connects");
    let request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("asks");
    let counted = answer(&mut stream).await;
    assert!(
        counted.contains(r#"limit_refusals_total{limit="memory"}"#),
        "{counted}"
    );
    server.stop();
}

/// There is always room for small bodies, whatever other clients do.
#[tokio::test(flavor = "multi_thread")]
async fn a_small_body_has_room_when_large_bodies_have_none() {
    let victim = Victim::with_events(1);
    let mut senders = Vec::new();
    for address in 0..8 {
        for _ in 0..140 {
            let mut sender = victim
                .connect(Ipv4Addr::new(127, 0, 1, address))
                .await
                .expect("connects");
            let head = format!(
                "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                 Content-Length: {ANNOUNCED}\r\n\r\n "
            );
            let _ = sender.write_all(head.as_bytes()).await;
            senders.push(sender);
        }
    }
    let mut small = victim.connect(ATTACKER).await.expect("connects");
    let body = r#"{"email":"nobody@example.com","password":"guessed it"}"#;
    let request = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    small.write_all(request.as_bytes()).await.expect("asks");
    let mut heard = Vec::new();
    let read = timeout(Duration::from_secs(60), small.read_to_end(&mut heard)).await;
    read.expect("is answered").expect("reads");
    assert!(heard.starts_with(b"HTTP/1.1 401"), "{heard:?}");
}
