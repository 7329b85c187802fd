//! Tests of the order of a shutdown.

use super::*;

const SLOW: &[u8] = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Waits until `happened` returns true.
async fn soon(happened: impl AsyncFn() -> bool) {
    let waiting = async {
        while !happened().await {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(AGES, waiting).await.expect("it happens");
}

#[tokio::test]
async fn a_running_request_finishes_and_no_connection_is_accepted() {
    let server = served(patient()).await;
    let mut running = server.say(SLOW).await;
    server.has_begun().await;
    assert!(server.readiness.is_ready());
    server.trigger.request();
    soon(async || !server.readiness.is_ready()).await;
    soon(async || TcpStream::connect(server.address).await.is_err()).await;
    assert!(!server.ended.is_finished());
    server.finish(1);
    let answer = String::from_utf8(heard(&mut running).await).expect("text");
    assert!(answer.ends_with("at last"), "{answer}");
    server.ended().await;
}

#[tokio::test]
async fn idle_connections_do_not_delay_a_shutdown() {
    let server = served(patient()).await;
    let _silent = server.connect().await;
    let mut idle = server
        .say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    heard_until(&mut idle, "hello").await;
    let started = tokio::time::Instant::now();
    server.trigger.request();
    assert_eq!(heard(&mut idle).await, b"");
    server.ended().await;
    assert!(started.elapsed() < AGES / 2);
}

#[tokio::test]
async fn a_draining_server_is_not_ready_and_still_serves() {
    let server = served(Limits {
        drain_delay: AGES,
        ..patient()
    })
    .await;
    server.trigger.request();
    soon(async || !server.readiness.is_ready()).await;
    let mut late = server
        .say(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    heard_until(&mut late, "hello").await;
    server.trigger.force();
    server.ended().await;
}

#[tokio::test]
async fn the_drain_delay_ends() {
    let server = served(Limits {
        drain_delay: Duration::from_millis(200),
        ..patient()
    })
    .await;
    server.trigger.request();
    server.ended().await;
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended() {
    let server = served(Limits {
        grace: Duration::from_millis(200),
        ..patient()
    })
    .await;
    let mut running = server.say(SLOW).await;
    server.has_begun().await;
    server.trigger.request();
    assert_eq!(heard(&mut running).await, b"");
    server.ended().await;
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let server = served(patient()).await;
    let mut running = server.say(SLOW).await;
    server.has_begun().await;
    server.trigger.request();
    soon(async || !server.readiness.is_ready()).await;
    server.trigger.force();
    assert_eq!(heard(&mut running).await, b"");
    server.ended().await;
}

/// A request that is refused before its body has arrived.
const REFUSED: &[u8] =
    b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n";

#[tokio::test]
async fn a_client_may_send_the_rest_of_its_body_after_a_refusal() {
    let server = served(patient()).await;
    let mut stream = server.say(REFUSED).await;
    let answer = String::from_utf8(heard(&mut stream).await).expect("text");
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    for _ in 0..4 {
        stream.write_all(&[b'x'; 1_000]).await.expect("no reset");
        sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test]
async fn a_client_that_never_stops_sending_is_closed() {
    let server = served(patient()).await;
    let mut stream = server.say(REFUSED).await;
    heard(&mut stream).await;
    let sending = async {
        while stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(AGES, sending).await.expect("it is closed");
}
