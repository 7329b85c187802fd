//! An example that runs in a folder of its own, and what is said to it over HTTP.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command},
    sync::Mutex,
    thread::sleep,
    time::Duration,
};

/// Ends with the test.
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
    /// Starts that binary in that folder, and waits until it can be spoken to.
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

    /// Sends a request of those lines before the body's own, and reads the whole answer.
    pub(crate) fn send(&self, head: &str, mime: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("connects");
        let length = body.len();
        write!(stream, "{head}\r\nHost: x\r\nConnection: close\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n\r\n{body}").expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("reads");
        answer
    }
}

/// One that is free now, and that no other test of this program was given.
fn free_address() -> SocketAddr {
    static GIVEN: Mutex<BTreeSet<SocketAddr>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let address = listener.local_addr().expect("has an address");
        if GIVEN.lock().expect("no test panics here").insert(address) {
            return address;
        }
    }
}
