//! A client of the real binary: one connection that stays open, with a method for each request.
//!
//! A response counts only after it was read completely. Without a response the test does not know
//! whether the server carried the request out.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use crate::test_app::{PASSWORD, Tokens};

/// Longer than any response here may take.
const PATIENCE: Duration = Duration::from_secs(20);
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// One connection. It sends one request after the other.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

/// A response that was read completely.
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    body: String,
}

impl Client {
    pub(crate) fn connect(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let stream = BufReader::new(stream);
        Ok(Self { stream })
    }

    pub(crate) fn sign_up(&mut self, email: &str) -> io::Result<Reply> {
        let body = json!({ "email": email, "password": PASSWORD });
        self.ask("POST /api/v1/users", &[], JSON, &body.to_string())
    }

    pub(crate) fn sign_in(&mut self, email: &str) -> io::Result<Reply> {
        let body = json!({ "email": email, "password": PASSWORD });
        self.ask("POST /api/v1/sessions", &[], JSON, &body.to_string())
    }

    pub(crate) fn refresh(&mut self, token: &str) -> io::Result<Reply> {
        let form = format!("grant_type=refresh_token&refresh_token={token}");
        self.ask("POST /api/v1/token", &[], FORM, &form)
    }

    pub(crate) fn sign_out(&mut self, token: &str) -> io::Result<Reply> {
        let path = "DELETE /api/v1/sessions/current";
        self.ask(path, &[bearer(token)], JSON, "")
    }

    pub(crate) fn me(&mut self, token: &str) -> io::Result<Reply> {
        self.ask("GET /api/v1/me", &[bearer(token)], JSON, "")
    }

    pub(crate) fn create_event(&mut self, token: &str, title: &str) -> io::Result<Reply> {
        let body = json!({ "title": title }).to_string();
        self.ask("POST /api/v1/events", &[bearer(token)], JSON, &body)
    }

    pub(crate) fn show_event(&mut self, path: &str) -> io::Result<Reply> {
        self.ask(&format!("GET {path}"), &[], JSON, "")
    }

    pub(crate) fn change_event(
        &mut self,
        token: &str,
        (path, etag): (&str, &str),
        title: &str,
    ) -> io::Result<Reply> {
        let head = [bearer(token), ("If-Match", etag.to_owned())];
        let body = json!({ "title": title }).to_string();
        self.ask(&format!("PATCH {path}"), &head, JSON, &body)
    }

    pub(crate) fn delete_event(
        &mut self,
        token: &str,
        (path, etag): (&str, &str),
    ) -> io::Result<Reply> {
        let head = [bearer(token), ("If-Match", etag.to_owned())];
        self.ask(&format!("DELETE {path}"), &head, JSON, "")
    }

    /// Sends a request and reads its response.
    pub(crate) fn ask(
        &mut self,
        line: &str,
        headers: &[(&str, String)],
        mime: &str,
        body: &str,
    ) -> io::Result<Reply> {
        let mut request = format!("{line} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            let length = body.len();
            request += &format!("Content-Type: {mime}\r\nContent-Length: {length}\r\n");
        }
        request += &format!("\r\n{body}");
        self.stream.get_mut().write_all(request.as_bytes())?;
        self.reply()
    }

    /// Sends a part of a request, or a request whose response is not read.
    pub(crate) fn begin(&mut self, part: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(part.as_bytes())
    }

    fn reply(&mut self) -> io::Result<Reply> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let mut reply = Reply {
            status: 0,
            head,
            body: String::new(),
        };
        let status = reply.head.split(' ').nth(1);
        let no_http = || io::Error::from(io::ErrorKind::InvalidData);
        reply.status = status.and_then(|s| s.parse().ok()).ok_or_else(no_http)?;
        let length = reply.header("content-length").unwrap_or("0").parse();
        let mut body = vec![0; length.map_err(|_| no_http())?];
        self.stream.read_exact(&mut body)?;
        reply.body = String::from_utf8(body).map_err(|_| no_http())?;
        Ok(reply)
    }
}

fn bearer(token: &str) -> (&'static str, String) {
    ("Authorization", format!("Bearer {token}"))
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The head and the body.
    pub(crate) fn text(&self) -> String {
        format!("{}{}", self.head, self.body)
    }

    /// The body as JSON, or null if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The tokens that a sign-in or a refresh returns.
    pub(crate) fn tokens(&self) -> Tokens {
        let body = self.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}
