//! Clients that request long responses and do not read them.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::{
    is_whole,
    victim::{ATTACKER, Victim},
};

/// More streams than the server allows.
const STREAMS: u32 = 127;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;

fn events() -> usize {
    if is_whole() { 200 } else { 100 }
}

/// How long the clients stay connected.
fn patience() -> Duration {
    Duration::from_secs(if is_whole() { 20 } else { 4 })
}

/// Encodes one frame of HTTP/2 (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame");
    let mut bytes = length.to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// Encodes a whole `GET` request for `path` at `localhost` in HPACK (RFC 7541).
pub(super) fn get(stream: u32, path: &str) -> Vec<u8> {
    let (get, http, path_is, authority_is) = (0x82, 0x86, 0x04, 0x01);
    let mut fields = vec![get, http];
    for (name, value) in [(path_is, path), (authority_is, "localhost")] {
        fields.extend([name, u8::try_from(value.len()).expect("is short")]);
        fields.extend(value.as_bytes());
    }
    let (end_of_stream, end_of_headers) = (1, 4);
    frame(HEADERS, end_of_stream | end_of_headers, stream, &fields)
}

/// The preface, and settings with a flow-control window of `window` bytes for each stream.
pub(super) fn preface(window: u32) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let mut setting = vec![0, 4];
    setting.extend(window.to_be_bytes());
    bytes.extend(frame(SETTINGS, 0, 0, &setting));
    bytes
}

/// Sends a request on every stream of a connection, and keeps it open with pings as long as the
/// server allows.
async fn stall(mut stream: TcpStream, path: &str, window: u32) {
    let mut request = preface(window);
    for number in 0..STREAMS {
        request.extend(get(2 * number + 1, path));
    }
    let until = Instant::now() + patience();
    if stream.write_all(&request).await.is_err() {
        return;
    }
    let mut bytes = vec![0; 4_096];
    while Instant::now() < until {
        let read = timeout(Duration::from_millis(50), stream.read(&mut bytes)).await;
        if matches!(read, Ok(Ok(0) | Err(_))) {
            return;
        }
        if stream.write_all(&frame(PING, 0, 0, &[0; 8])).await.is_err() {
            return;
        }
    }
}

async fn attack_with_unread_streams(connections: usize, path: &'static str, window: u32) {
    let victim = Victim::with_events(events());
    let watch = victim.watch();
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let stream = victim.connect(ATTACKER).await.expect("connects");
        readers.spawn(stall(stream, path, window));
    }
    readers.join_all().await;
    let attack =
        format!("{connections} connections with {STREAMS} streams of {path}, window {window}");
    watch.report(&attack).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_streams_of_one_connection_do_not_harm_other_users() {
    attack_with_unread_streams(1, "/event/", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_streams_of_four_connections_do_not_harm_other_users() {
    attack_with_unread_streams(4, "/event/", 0).await;
}

/// With a window of one byte hyper buffers a part of each response. It counts as used memory, too.
#[tokio::test(flavor = "multi_thread")]
async fn streams_that_read_one_byte_do_not_harm_other_users() {
    attack_with_unread_streams(4, "/event/", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unread_streams_of_an_api_list_do_not_harm_other_users() {
    attack_with_unread_streams(4, "/api/v1/events?limit=100", 0).await;
}

/// Half of the responses are compressed while they are sent, which needs memory of its own.
#[tokio::test(flavor = "multi_thread")]
async fn readers_that_stop_do_not_harm_other_users() {
    let victim = Victim::with_events(events());
    let watch = victim.watch();
    let count = if is_whole() { 200 } else { 100 };
    let mut readers = Vec::new();
    for number in 0..count {
        let mut reader = victim.connect_narrowly(ATTACKER).await.expect("connects");
        let encoding = if number % 2 == 0 { "gzip" } else { "identity" };
        let request = format!(
            "GET /event/ HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: {encoding}\r\n\r\n"
        );
        reader.write_all(request.as_bytes()).await.expect("asks");
        readers.push(reader);
    }
    sleep(patience()).await;
    watch
        .report(&format!("{count} readers of /event/ that stall"))
        .await;
}

/// The list is sent in batches and must still be one JSON list.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_gets_the_whole_list() {
    let victim = Victim::with_events(20);
    let mut stream = victim.connect(ATTACKER).await.expect("connects");
    let request = "GET /event/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("asks");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    timeout(Duration::from_secs(60), read)
        .await
        .expect("ends")
        .expect("reads");
    let end_of_head = b"\r\n\r\n";
    let at = answer.windows(4).position(|bytes| bytes == end_of_head);
    let (head, body) = answer.split_at(at.expect("has a body") + 4);
    let head = String::from_utf8_lossy(head);
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    let list: Vec<serde_json::Value> = serde_json::from_slice(&dechunked(body)).expect("is a list");
    assert_eq!(list.len(), 20);
    assert!(list.iter().all(|event| event["title"] == "Large"));
}

/// Decodes a chunked body (RFC 9112, section 7.1).
fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    while let Some(at) = body.windows(2).position(|bytes| bytes == b"\r\n") {
        let length = String::from_utf8_lossy(&body[..at]);
        let length = usize::from_str_radix(&length, 16).expect("is a length");
        if length == 0 {
            break;
        }
        content.extend(&body[at + 2..at + 2 + length]);
        body = &body[at + 4 + length..];
    }
    content
}

#[test]
fn a_frame_begins_with_its_length_kind_flags_and_stream() {
    assert_eq!(
        frame(DATA, 1, 3, b"ab"),
        [0, 0, 2, 0, 1, 0, 0, 0, 3, b'a', b'b']
    );
}
