//! A running example in a folder of its own, and requests to it over HTTP.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

use guestlist::testing::free_address;

/// A running example. It ends with the test.
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    /// Starts the binary in the folder, and waits until it accepts connections.
    pub(crate) fn start(binary: &str, folder: &Path) -> Self {
        let address = free_address();
        let mut command = Command::new(binary);
        let child = command.arg(address.to_string()).current_dir(folder).spawn();
        let program = Self {
            child: child.expect("starts"),
            address,
        };
        for _ in 0..500 {
            if TcpStream::connect(address).is_ok() {
                break;
            }
            sleep(Duration::from_millis(20));
        }
        program
    }

    /// Sends a request and returns the whole response. `head` has the request line and header
    /// lines.
    ///
    /// The request is sent in one piece. `axum::serve` closes the socket after a response for which
    /// it did not need the body. The operating system answers any later piece with a reset.
    pub(crate) fn send(&self, head: &str, mime: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("connects");
        let length = body.len();
        let request = format!(
            "{head}\r\nHost: x\r\nConnection: close\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("reads");
        answer
    }

    /// The address on which the program listens.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}
