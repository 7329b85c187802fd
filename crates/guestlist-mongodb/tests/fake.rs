//! A fake server with a small part of MongoDB's protocol.

use std::net::SocketAddr;

use guestlist_mongodb::mongodb::bson::{Document, doc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The message codes: the query that older clients begin with, its reply, and the message for
/// everything else.
const OP_QUERY: i32 = 2004;
const OP_REPLY: i32 = 1;
const OP_MSG: i32 = 2013;

/// Starts a server on loopback. It answers every command with `answer(name)`. An empty document
/// closes the connection instead.
pub(crate) async fn start(answer: fn(&str) -> Document) -> SocketAddr {
    start_seeing(move |command| answer(command.keys().next().map_or("", String::as_str))).await
}

/// Starts a server whose `answer` sees the whole command. [`silent`] makes the client wait for
/// ever.
pub(crate) async fn start_seeing(
    answer: impl Fn(&Document) -> Document + Clone + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("has one");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(serve(client, answer.clone()));
        }
    });
    address
}

/// The answer of a healthy, current server.
pub(crate) fn hello() -> Document {
    doc! {
        "ok": 1, "ismaster": true, "isWritablePrimary": true,
        "minWireVersion": 0, "maxWireVersion": 21, "maxBsonObjectSize": 16_777_216,
        "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000,
    }
}

/// No answer.
pub(crate) fn silent() -> Document {
    doc! { "silent": true }
}

async fn serve(mut client: TcpStream, answer: impl Fn(&Document) -> Document) -> Option<()> {
    loop {
        let mut head = [0; 16];
        client.read_exact(&mut head).await.ok()?;
        let number = |at: usize| i32::from_le_bytes(head[at..at + 4].try_into().expect("four"));
        let mut rest = vec![0; usize::try_from(number(0)).ok()? - head.len()];
        client.read_exact(&mut rest).await.ok()?;
        let (code, start, before): (i32, usize, &[u8]) = match number(12) {
            // Flags, the collection's name, and two numbers come before the command.
            OP_QUERY => {
                let name = rest[4..].iter().position(|byte| *byte == 0)?;
                let flags_cursor_first_count =
                    &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
                (OP_REPLY, 4 + name + 1 + 8, flags_cursor_first_count)
            }
            // Flags and the section kind come before the command.
            _ => (OP_MSG, 5, &[0; 5]),
        };
        let command = Document::from_reader(&rest[start..]).ok()?;
        let said = answer(&command);
        if said == silent() {
            std::future::pending().await
        }
        if said.is_empty() {
            return None;
        }
        let said = said.to_vec().ok()?;
        let length = i32::try_from(head.len() + before.len() + said.len()).ok()?;
        let numbers = [length, 0, number(4), code].map(i32::to_le_bytes);
        let message = [&numbers.concat(), before, &said].concat();
        client.write_all(&message).await.ok()?;
    }
}
