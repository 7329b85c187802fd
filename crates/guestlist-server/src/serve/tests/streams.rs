//! HTTP/2 streams, each of which may stall separately.

use super::{
    http::{frame, http2_request},
    *,
};

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;

/// Reads the next frame: its kind, stream and payload.
async fn next(stream: &mut TcpStream) -> (u8, u8, Vec<u8>) {
    let reading = async {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.expect("a frame");
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length.try_into().expect("a length")];
        stream.read_exact(&mut payload).await.expect("its payload");
        (head[3], head[8], payload)
    };
    timeout(AGES, reading).await.expect("the server answers")
}

/// `GET` of a path in HPACK.
fn get(stream: u8, path: &str) -> Vec<u8> {
    let mut fields = vec![0x82, 0x86, 0x04, u8::try_from(path.len()).expect("short")];
    fields.extend(path.as_bytes());
    fields.extend([0x01, 9]);
    fields.extend(b"localhost");
    frame(HEADERS, 5, stream, &fields)
}

/// The client continues with other streams, so the connection itself is active.
#[tokio::test]
async fn a_stalled_stream_is_reset_and_others_continue() {
    let server = served(impatient()).await;
    let mut request = http2_request(5);
    let no_window = [0, 4, 0, 0, 0, 0];
    request.splice(24..33, frame(SETTINGS, 0, 0, &no_window));
    let mut stream = server.say(&request).await;
    for number in (3..=121).step_by(2) {
        let window = [0, 0, 0, 100];
        let asked = [get(number, "/"), frame(WINDOW_UPDATE, 0, number, &window)];
        stream.write_all(&asked.concat()).await.expect("sends");
        loop {
            match next(&mut stream).await {
                (0, of, text) if of == number => {
                    assert_eq!(text, b"hello");
                    break;
                }
                (RST_STREAM, of, _) => {
                    assert_eq!(of, 1, "the one that stalls");
                    return;
                }
                _ => {}
            }
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("the stalled stream still exists");
}

#[tokio::test]
async fn a_stream_over_the_limit_is_refused() {
    let limits = Limits {
        streams: 2,
        ..patient()
    };
    let server = served(limits).await;
    let mut request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    request.extend(frame(SETTINGS, 0, 0, &[]));
    for number in [1, 3, 5] {
        request.extend(get(number, "/slow"));
    }
    let mut stream = server.say(&request).await;
    loop {
        if let (RST_STREAM, of, reason) = next(&mut stream).await {
            let refused_stream = [0, 0, 0, 7];
            assert_eq!((of, reason.as_slice()), (5, &refused_stream[..]));
            return;
        }
    }
}

/// The part of an answer that hyper has already taken is dropped last.
#[tokio::test]
async fn a_stream_that_takes_one_byte_is_still_watched() {
    let server = served(impatient()).await;
    let mut request = http2_request(5);
    let one_byte = [0, 4, 0, 0, 0, 1];
    request.splice(24..33, frame(SETTINGS, 0, 0, &one_byte));
    let mut stream = server.say(&request).await;
    for number in (3..=121).step_by(2) {
        let window = [0, 0, 0, 100];
        let asked = [get(number, "/"), frame(WINDOW_UPDATE, 0, number, &window)];
        if stream.write_all(&asked.concat()).await.is_err() {
            return;
        }
        let mut bytes = [0; 4_096];
        match timeout(Duration::from_millis(100), stream.read(&mut bytes)).await {
            Ok(Ok(0) | Err(_)) => return,
            Ok(Ok(_)) => sleep(Duration::from_millis(100)).await,
            Err(_) => {}
        }
    }
    panic!("the connection with the stalled stream still exists");
}
