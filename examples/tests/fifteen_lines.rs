//! The library in fifteen lines: counted, and run as a stranger would run it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

const SOURCE: &str = include_str!("../fifteen_lines.rs");

#[test]
fn there_are_no_more_than_fifteen_lines_of_code_between_the_braces_of_main() {
    let (_, main) = SOURCE.split_once("async fn main()").expect("has a main");
    let (_, body) = main.split_once("{\n").expect("begins");
    let (body, _) = body.split_once("\n}").expect("ends");
    let code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let lines = body.lines().filter(code).count();
    assert!(lines <= 15, "{lines} lines");
}

#[test]
fn the_readme_shows_this_very_code() {
    let readme = include_str!("../../README.md");
    assert!(
        readme.contains(SOURCE.trim()),
        "README.md shows something else"
    );
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
    listener.local_addr().expect("has an address")
}

/// Sends a request and reads the whole answer.
fn send(address: SocketAddr, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connects");
    let length = body.len();
    write!(stream, "{head}\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    answer
}

#[test]
fn it_signs_up_signs_in_and_guards_a_route() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let address = free_address();
    let mut example = Command::new(env!("CARGO_BIN_EXE_fifteen_lines"));
    let child = example
        .arg(address.to_string())
        .current_dir(folder.path())
        .spawn();
    let _running = Running(child.expect("starts"));
    for _ in 0..500 {
        if TcpStream::connect(address).is_ok() {
            break;
        }
        sleep(Duration::from_millis(20));
    }
    let credentials = r#"{"email":"ada@example.com","password":"exemplary"}"#;
    let signed_up = send(address, "POST /users HTTP/1.1", credentials);
    assert!(signed_up.starts_with("HTTP/1.1 201"), "{signed_up}");
    let signed_in = send(address, "POST /sessions HTTP/1.1", credentials);
    assert!(signed_in.starts_with("HTTP/1.1 201"), "{signed_in}");
    let (_, token) = signed_in
        .split_once("\"access_token\":\"")
        .expect("has a token");
    let (token, _) = token.split_once('"').expect("ends");
    let hello = send(
        address,
        &format!("GET /hello HTTP/1.1\r\nAuthorization: Bearer {token}"),
        "",
    );
    assert!(hello.ends_with("Hello, ada@example.com!"), "{hello}");
    for head in [
        "GET /hello HTTP/1.1",
        "GET /hello HTTP/1.1\r\nAuthorization: Bearer bad",
    ] {
        let refused = send(address, head, "");
        assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    }
}
