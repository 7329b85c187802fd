//! Both protocols work, and requests over their limits are refused.

use super::*;

async fn status(server: &Served, request: &str) -> String {
    let mut stream = server.say(request.as_bytes()).await;
    heard_until(&mut stream, "\r\n").await.trim_end().to_owned()
}

#[tokio::test]
async fn http1_is_served_on_one_connection_again_and_again() {
    let server = served(patient()).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await
            .expect("sends");
        assert!(
            heard_until(&mut stream, "hello")
                .await
                .starts_with("HTTP/1.1 200 OK\r\n")
        );
    }
}

#[tokio::test]
async fn a_request_knows_its_peer() {
    let server = served(patient()).await;
    let mut stream = server
        .say(b"GET /peer HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let local = stream.local_addr().expect("an address").to_string();
    heard_until(&mut stream, &local).await;
}

/// Requests may name an IP address as their host.
#[tokio::test]
async fn a_request_knows_to_which_address_it_came() {
    let server = served(patient()).await;
    let mut stream = server
        .say(b"GET /local HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let peer = stream.peer_addr().expect("an address").to_string();
    heard_until(&mut stream, &peer).await;
}

#[tokio::test]
async fn an_upgrade_header_is_ignored() {
    let server = served(patient()).await;
    let offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n";
    let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{offer}\r\n");
    assert_eq!(status(&server, &request).await, "HTTP/1.1 200 OK");
}

/// BH10
#[tokio::test]
async fn a_head_that_is_too_large_is_431() {
    let server = served(patient()).await;
    let request = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n",
        "x".repeat(40 * 1024)
    );
    assert_eq!(
        status(&server, &request).await,
        "HTTP/1.1 431 Request Header Fields Too Large"
    );
}

#[tokio::test]
async fn too_many_fields_are_431() {
    let server = served(patient()).await;
    let request = |fields: usize| {
        format!(
            "GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
            "X: y\r\n".repeat(fields)
        )
    };
    assert_eq!(status(&server, &request(99)).await, "HTTP/1.1 200 OK");
    assert_eq!(
        status(&server, &request(100)).await,
        "HTTP/1.1 431 Request Header Fields Too Large"
    );
}

#[tokio::test]
async fn a_text_that_is_not_http_is_400() {
    let server = served(patient()).await;
    assert_eq!(
        status(&server, "\u{16}\u{3}\u{1} hello\r\n\r\n").await,
        "HTTP/1.1 400 Bad Request"
    );
}

/// BH09: characters that a field value must not contain (RFC 9110, section 5.5).
#[tokio::test]
async fn a_field_with_a_control_character_is_400() {
    let server = served(patient()).await;
    for character in ['\0', '\u{1}', '\u{1b}', '\u{7f}', '\r'] {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a{character}b\r\n\r\n"
        );
        assert_eq!(
            status(&server, &request).await,
            "HTTP/1.1 400 Bad Request",
            "{character:?}"
        );
    }
}

/// Builds an HTTP/2 frame (RFC 9113, section 4.1) shorter than 256 bytes.
pub(super) fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("a short frame");
    let mut bytes = vec![0, 0, length, kind, flags, 0, 0, 0, stream];
    bytes.extend_from_slice(payload);
    bytes
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;

/// Returns the preface, empty settings, and `GET /` to `localhost` in HPACK. The request has these
/// flags.
pub(super) fn http2_request(flags: u8) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, &[]));
    let get_slash_http_authority = [0x82, 0x84, 0x86, 0x41, 9];
    let fields = [get_slash_http_authority.as_slice(), b"localhost"].concat();
    bytes.extend(frame(HEADERS, flags, 1, &fields));
    bytes
}

/// Reads frames until the first one of this kind.
async fn frame_of(stream: &mut TcpStream, wanted: u8) -> Vec<u8> {
    let reading = async {
        loop {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.expect("a frame");
            let mut payload = vec![
                0;
                u32::from_be_bytes([0, head[0], head[1], head[2]])
                    .try_into()
                    .expect("a length")
            ];
            stream.read_exact(&mut payload).await.expect("its payload");
            if head[3] == wanted {
                return payload;
            }
        }
    };
    timeout(AGES, reading).await.expect("the server answers")
}

#[tokio::test]
async fn http2_is_served_with_prior_knowledge() {
    let server = served(patient()).await;
    let (end_of_stream, end_of_headers) = (1, 4);
    let mut stream = server
        .say(&http2_request(end_of_stream | end_of_headers))
        .await;
    let status_200 = 0x88;
    assert_eq!(
        frame_of(&mut stream, HEADERS).await.first(),
        Some(&status_200)
    );
    assert_eq!(frame_of(&mut stream, DATA).await, b"hello");
}

#[tokio::test]
async fn an_incomplete_head_in_http2_is_closed() {
    let server = served(impatient()).await;
    let mut stream = server.say(&http2_request(0)).await;
    heard(&mut stream).await;
}

#[tokio::test]
async fn an_idle_http2_client_is_closed_although_it_pings() {
    let server = served(impatient()).await;
    let mut stream = server.say(&http2_request(5)).await;
    frame_of(&mut stream, DATA).await;
    let pinging = async {
        while stream.write_all(&frame(PING, 0, 0, &[0; 8])).await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(AGES, pinging).await.expect("the server closes");
}

#[tokio::test]
async fn an_http2_client_that_takes_no_answer_is_closed_although_it_pings() {
    let server = served(impatient()).await;
    let mut request = http2_request(5);
    let no_window = [0, 4, 0, 0, 0, 0];
    let settings = frame(SETTINGS, 0, 0, &no_window);
    request.splice(24..33, settings);
    let mut stream = server.say(&request).await;
    let pinging = async {
        while stream.write_all(&frame(PING, 0, 0, &[0; 8])).await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(AGES, pinging).await.expect("the server closes");
}
