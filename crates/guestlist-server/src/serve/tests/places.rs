//! A full table of connections, each with an open request.

use std::net::Ipv4Addr;

use tokio::net::TcpSocket;

use super::{
    super::watch::{Connection, Counting},
    http::{frame, http2_request},
    *,
};

const SETTINGS: u8 = 4;

/// As many places as clients take.
fn four_places() -> Limits {
    Limits {
        connections: 4,
        ..patient()
    }
}

/// Connects from another loopback address for each number, and sends `bytes`.
async fn say_from(server: &Served, number: u8, bytes: &[u8]) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    // A small buffer is soon full.
    socket.set_recv_buffer_size(4_096).expect("sets");
    let from = Ipv4Addr::new(127, 0, 3, number);
    socket.bind((from, 0).into()).expect("binds");
    let mut stream = socket.connect(server.address).await.expect("connects");
    stream.write_all(bytes).await.expect("sends");
    stream
}

/// Four clients send `bytes` and stop. Others are served all the same.
async fn others_are_served_beside_clients_that_send(bytes: &[u8]) {
    let server = served(four_places()).await;
    let mut held = Vec::new();
    for number in 1..=4 {
        held.push(say_from(&server, number, bytes).await);
    }
    for number in 11..=16 {
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let mut other = say_from(&server, number, request).await;
        heard_until(&mut other, "hello").await;
        let again = say_from(&server, number, bytes).await;
        held.extend([other, again]);
    }
}

#[tokio::test]
async fn requests_whose_bodies_stop_give_way() {
    for length in [10, 40_000] {
        let head = format!(
            "POST /read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\nbegun"
        );
        others_are_served_beside_clients_that_send(head.as_bytes()).await;
    }
}

#[tokio::test]
async fn answers_that_clients_do_not_read_give_way() {
    let request = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
    others_are_served_beside_clients_that_send(request).await;
}

#[tokio::test]
async fn streams_that_clients_do_not_read_give_way() {
    for window in [0, 1] {
        let mut request = http2_request(5);
        let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, window]);
        request.splice(24..33, settings);
        others_are_served_beside_clients_that_send(&request).await;
    }
}

/// The body arrives, slowly, and the application answers slowly: neither loses its place.
#[tokio::test]
async fn requests_on_which_the_server_works_keep_their_places() {
    let server = served(four_places()).await;
    let slow = b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut held = Vec::new();
    for number in 1..=4 {
        held.push(say_from(&server, number, slow).await);
        server.has_begun().await;
    }
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut other = say_from(&server, 11, request).await;
    let early = timeout(Duration::from_secs(2), other.read_u8()).await;
    assert!(early.is_err(), "there was no place yet");
    server.finish(4);
    for mut stream in held {
        heard_until(&mut stream, "at last").await;
    }
    heard_until(&mut other, "hello").await;
}

/// A piece of an answer may take longer to leave than a connection may wait.
#[tokio::test]
async fn bytes_that_the_socket_accepts_are_progress_of_an_answer() {
    let ticks = Ticks::start();
    let connection = Connection::new(Arc::clone(&ticks));
    let exchange = connection.exchange();
    let _open = exchange.begin();
    exchange.offer();
    let mut socket = Counting {
        stream: tokio::io::sink(),
        connection: Arc::clone(&connection),
    };
    ticks.pass(Duration::from_secs(1));
    assert_eq!(connection.awaits_client_since(), Some(0));
    socket.write_all(b"a part").await.expect("writes");
    assert_eq!(connection.awaits_client_since(), Some(1_000));
}

/// The time in which the server works on a part of a request is not the client's.
#[tokio::test]
async fn a_client_has_time_to_send_more_after_the_server_has_worked() {
    let server = served(Limits {
        connections: 1,
        ..patient()
    })
    .await;
    let head = b"POST /work HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nbegun";
    let mut working = say_from(&server, 1, head).await;
    server.has_begun().await;
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut other = say_from(&server, 11, request).await;
    sleep(Duration::from_secs(1)).await;
    server.finish(1);
    sleep(Duration::from_millis(150)).await;
    working.write_all(b"ended").await.expect("sends");
    heard_until(&mut working, "all read").await;
    heard_until(&mut other, "hello").await;
}
