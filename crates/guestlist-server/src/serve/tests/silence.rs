//! Connections that a client leaves open are closed.

use super::*;

#[tokio::test]
async fn a_silent_connection_is_closed() {
    let server = served(impatient()).await;
    let mut stream = server.connect().await;
    assert_eq!(heard(&mut stream).await, b"");
}

#[tokio::test]
async fn a_half_sent_preface_is_closed() {
    let server = served(impatient()).await;
    for part in ["P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
        let mut stream = server.say(part.as_bytes()).await;
        assert_eq!(heard(&mut stream).await, b"", "{part:?}");
    }
}

#[tokio::test]
async fn a_preface_without_settings_is_closed() {
    let server = served(impatient()).await;
    let mut stream = server.say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    heard(&mut stream).await;
}

#[tokio::test]
async fn a_half_sent_head_is_closed() {
    let server = served(impatient()).await;
    for part in [
        "G",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nX",
    ] {
        let mut stream = server.say(part.as_bytes()).await;
        assert_eq!(heard(&mut stream).await, b"", "{part:?}");
    }
}

#[tokio::test]
async fn a_head_sent_byte_by_byte_is_closed() {
    let server = served(impatient()).await;
    let mut stream = server.say(b"GET / HTTP/1.1\r\n").await;
    let dripping = async {
        while stream.write_all(b"X: y\r\n").await.is_ok() {
            sleep(Duration::from_millis(30)).await;
        }
    };
    timeout(AGES, dripping).await.expect("the server closes");
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_answer() {
    let server = served(impatient()).await;
    let mut stream = server
        .say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let heard = heard(&mut stream).await;
    assert!(heard.starts_with(b"HTTP/1.1 200 OK\r\n") && heard.ends_with(b"hello"));
}

#[tokio::test]
async fn a_second_half_sent_head_is_closed_too() {
    let server = served(impatient()).await;
    let mut stream = server
        .say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    heard_until(&mut stream, "hello").await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost:")
        .await
        .expect("sends");
    assert_eq!(heard(&mut stream).await, b"");
}

#[tokio::test]
async fn a_client_that_never_reads_its_answer_is_closed() {
    let server = served(Limits {
        connections: 1,
        ..impatient()
    })
    .await;
    let _deaf = server
        .say(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    // There is only one place, so this is answered when the other connection is closed.
    let mut stream = server
        .say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    heard_until(&mut stream, "hello").await;
}

#[tokio::test]
async fn a_running_request_does_not_count_as_idle() {
    let server = served(impatient()).await;
    let mut stream = server
        .say(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    server.has_begun().await;
    sleep(impatient().idle * 3).await;
    server.finish(1);
    heard_until(&mut stream, "at last").await;
}

#[tokio::test]
async fn a_connection_over_the_limit_waits_if_none_is_idle() {
    let server = served(Limits {
        connections: 2,
        ..patient()
    })
    .await;
    let request = b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let mut first = server.say(request).await;
    server.has_begun().await;
    let mut second = server.say(request).await;
    server.has_begun().await;
    let mut third = server
        .say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let early = timeout(Duration::from_millis(100), third.read_u8()).await;
    assert!(early.is_err(), "there was no place yet");
    server.finish(1);
    server.finish(1);
    heard_until(&mut third, "hello").await;
    for stream in [&mut first, &mut second] {
        server.finish(1);
        heard_until(stream, "at last").await;
    }
}

#[tokio::test]
async fn a_connection_over_the_limit_replaces_an_idle_one() {
    let server = served(Limits {
        connections: 2,
        ..patient()
    })
    .await;
    let mut idle = server.connect().await;
    sleep(Duration::from_millis(50)).await;
    let mut others = Vec::new();
    for _ in 0..2 {
        let mut next = server
            .say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await;
        heard_until(&mut next, "hello").await;
        others.push(next);
    }
    assert_eq!(heard(&mut idle).await, b"");
}

#[tokio::test]
async fn a_client_over_its_limit_without_idle_connections_is_refused() {
    let server = served(Limits {
        connections_of_client: 1,
        ..patient()
    })
    .await;
    let _running = server
        .say(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    server.has_begun().await;
    let mut next = server.connect().await;
    assert_eq!(heard(&mut next).await, b"");
}
