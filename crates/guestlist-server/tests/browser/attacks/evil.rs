//! A foreign server on another port of this machine, reachable by every host name of the machine.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// The pages by path: the headers, each line ending with CR LF, and the HTML.
type Pages = Arc<Mutex<HashMap<String, (String, String)>>>;

pub(super) struct Evil {
    port: u16,
    pages: Pages,
}

impl Evil {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("binds");
        let port = listener.local_addr().expect("has an address").port();
        let pages = Pages::default();
        let served = Arc::clone(&pages);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let pages = Arc::clone(&served);
                thread::spawn(move || answer(stream, &pages));
            }
        });
        Self { port, pages }
    }

    /// The origin of its pages under this host name.
    pub(super) fn origin(&self, host: &str) -> String {
        format!("http://{host}:{}", self.port)
    }

    /// Adds a page, and returns its URL under this host name.
    pub(super) fn page(&self, host: &str, html: &str) -> String {
        self.page_with(host, "", html)
    }

    /// Adds a page with additional headers, such as cookies.
    pub(super) fn page_with(&self, host: &str, headers: &str, html: &str) -> String {
        let mut pages = self.pages.lock().expect("no thread panicked");
        let path = format!("/{}", pages.len());
        pages.insert(path.clone(), (headers.to_owned(), html.to_owned()));
        format!("{}{path}", self.origin(host))
    }

    /// Adds a page with a form that submits itself.
    pub(super) fn form(
        &self,
        host: &str,
        action: &str,
        enctype: &str,
        fields: &[(&str, &str)],
    ) -> String {
        let field = |(name, value): &(&str, &str)| {
            let [name, value] = [name, value].map(|text| text.replace('"', "&quot;"));
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
        };
        let fields: String = fields.iter().map(field).collect();
        let form = format!("<form method=\"post\" action=\"{action}\" enctype=\"{enctype}\">");
        let html = format!("{form}{fields}</form><script>document.forms[0].submit()</script>");
        self.page(host, &html)
    }
}

/// Answers one request. Errors are ignored, because a browser may close the connection.
fn answer(mut stream: TcpStream, pages: &Pages) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let first = lines.next()?.ok()?;
    let path = first.split(' ').nth(1)?;
    while !lines.next()?.ok()?.is_empty() {}
    let page = pages.lock().ok()?.get(path).cloned();
    let (headers, html) = page.unwrap_or_default();
    let length = html.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {length}\r\n\
         Connection: close\r\n{headers}\r\n{html}"
    )
    .ok()
}
