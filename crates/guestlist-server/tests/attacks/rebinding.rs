//! DNS rebinding: `evil.example` resolves to this machine, so that its pages have the same origin
//! as the server. They read a form with its CSRF token, and try to create an account.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::binary::{FORM, JSON, Server};

/// The headers that a browser adds to each request of a page of this host.
fn of_a_page(host: &str) -> String {
    format!(
        "Host: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html"
    )
}

fn ask(server: &Server, line: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).expect("connects");
    let patience = Some(Duration::from_secs(20));
    stream.set_read_timeout(patience).expect("sets");
    let length = body.len();
    let headers = format!("{headers}\r\nConnection: close\r\nContent-Length: {length}");
    write!(stream, "{line} HTTP/1.1\r\n{headers}\r\n\r\n{body}").expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("reads");
    answer
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// Tries two sign-ups by pages of this host, by a form and by a script. Returns both statuses.
fn sign_up_from(server: &Server, host: &str, name: &str) -> (String, String) {
    let headers = of_a_page(host);
    let page = ask(server, "GET /sign-up", &headers, "");
    let token = between(&page, "name=\"csrf_token\" value=\"", "\"").unwrap_or_default();
    let cookie = between(&page, "set-cookie: ", ";").unwrap_or_default();
    let form = format!("{headers}\r\nCookie: {cookie}\r\n{FORM}");
    let account =
        format!("email=form%40{name}.example&password=a+table+for+forty&csrf_token={token}");
    let form = ask(server, "POST /sign-up", &form, &account);
    let script = format!("{headers}\r\n{JSON}");
    let account = format!(r#"{{"email":"script@{name}.example","password":"a table for forty"}}"#);
    let script = ask(server, "POST /api/v1/users", &script, &account);
    (status(&form).to_owned(), status(&script).to_owned())
}

#[test]
fn a_foreign_host_name_of_this_server_cannot_create_an_account() {
    let folder = tempfile::tempdir().expect("makes a folder");
    let server = Server::start(folder.path(), &[]);
    let (_, port) = server.address().rsplit_once(':').expect("has a port");
    for (number, host) in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.0.2.1",
    ]
    .into_iter()
    .enumerate()
    {
        let host = format!("{host}:{port}");
        let became = sign_up_from(&server, &host, &format!("evil{number}"));
        assert_eq!(became, ("421".to_owned(), "421".to_owned()), "{host}");
    }
    // The same requests from our own pages succeed, by every name of this machine.
    for (number, host) in ["127.0.0.1", "localhost", "site.localhost"]
        .into_iter()
        .enumerate()
    {
        let host = format!("{host}:{port}");
        let became = sign_up_from(&server, &host, &format!("own{number}"));
        assert_eq!(became, ("303".to_owned(), "201".to_owned()), "{host}");
    }
    server.stop();
}
