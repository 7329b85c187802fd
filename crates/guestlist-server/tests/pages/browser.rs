//! A browser without JavaScript, for tests: it stores cookies, fills in forms, and follows
//! redirects.

use std::{cell::RefCell, collections::BTreeMap};

use axum::http::{Method, header::SET_COOKIE};

use crate::test_app::{Answer, PASSWORD, TestApp};

/// The `Accept` header of a browser that follows a link.
pub(super) const ACCEPT: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

/// The headers of a form that is sent by our own page.
pub(super) const OWN_PAGE: &[(&str, &str)] = &[("sec-fetch-site", "same-origin")];

/// A browser, with its cookies and its current page.
pub(super) struct Browser<'a> {
    app: &'a TestApp,
    cookies: RefCell<BTreeMap<String, String>>,
    html: RefCell<String>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookies: RefCell::default(),
            html: RefCell::default(),
        }
    }

    /// Returns a browser of a user who has just signed up, with the password of every test.
    pub(super) async fn signed_up(app: &'a TestApp, email: &str) -> Self {
        let browser = Self::new(app);
        browser.open("/sign-up").await.html(200);
        let fields = [("email", email), ("password", PASSWORD)];
        browser.submit("/sign-up", &fields).await.html(200);
        browser
    }

    /// Returns a browser of an existing user who has just signed in.
    pub(super) async fn signed_in(app: &'a TestApp, email: &str) -> Self {
        let browser = Self::new(app);
        browser.open("/sign-in").await.html(200);
        let fields = [("email", email), ("password", PASSWORD)];
        browser.submit("/sign-in", &fields).await.html(200);
        browser
    }

    /// Opens a page and follows redirects.
    pub(super) async fn open(&self, path: &str) -> Answer {
        let mut answer = self.ask(path).await;
        for _ in 0..5 {
            let Some(location) = answer.header("location").map(str::to_owned) else {
                break;
            };
            assert_eq!(answer.status, 303, "{answer:?}");
            answer = self.ask(&location).await;
        }
        self.html.replace(answer.text());
        answer
    }

    /// Shows an answer that the test got without this browser.
    pub(super) fn show(&self, answer: &Answer) {
        self.html.replace(answer.text());
    }

    /// Opens a page without following redirects.
    pub(super) async fn ask(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    /// Sends the form of the current page with these fields filled in, and follows redirects.
    pub(super) async fn submit(&self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.sent(action, fields).await;
        match answer.header("location").map(str::to_owned) {
            Some(location) => {
                assert_eq!(answer.status, 303, "{answer:?}");
                self.open(&location).await
            }
            None => {
                self.html.replace(answer.text());
                answer
            }
        }
    }

    /// Sends the form of the current page without following redirects.
    pub(super) async fn sent(&self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let form = self.filled_in(action, fields);
        self.post(action, &form, OWN_PAGE).await
    }

    /// Sends these fields with the headers `from`, without following redirects.
    pub(super) async fn post(
        &self,
        action: &str,
        fields: &[(String, String)],
        from: &[(&str, &str)],
    ) -> Answer {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        self.send_from(Method::POST, action, &pairs.join("&"), from)
            .await
    }

    /// Sends fields of a form that the browser showed earlier, and follows redirects.
    pub(super) async fn submit_again(&self, action: &str, fields: &[(String, String)]) -> Answer {
        let answer = self.post(action, fields, OWN_PAGE).await;
        match answer.header("location").map(str::to_owned) {
            Some(location) => self.open(&location).await,
            None => {
                self.html.replace(answer.text());
                answer
            }
        }
    }

    /// Returns the fields of the form on the current page, with these values filled in.
    pub(super) fn filled_in(&self, action: &str, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut form = self.form(action);
        for (name, value) in fields {
            form.retain(|(other, _)| other != name);
            form.push(((*name).to_owned(), (*value).to_owned()));
        }
        form
    }

    /// Returns the fields of the form with this action on the current page.
    pub(super) fn form(&self, action: &str) -> Vec<(String, String)> {
        let html = self.html.borrow();
        let begin = html.find(&format!("action=\"{action}\""));
        let begin = begin.unwrap_or_else(|| panic!("no form for {action} in {html}"));
        let form = &html[begin..];
        let form = &form[..form.find("</form>").expect("ends")];
        let mut fields = Vec::new();
        for piece in form.split('<') {
            let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
            let of = |name: &str| attribute(tag, name);
            let is_choice = matches!(of("type").as_deref(), Some("radio" | "checkbox"));
            let is_chosen = tag.contains(" checked") || !is_choice;
            if tag.starts_with("input ") && is_chosen {
                if let Some(name) = of("name") {
                    fields.push((name, of("value").unwrap_or_default()));
                }
            } else if tag.starts_with("textarea ") {
                let name = of("name").expect("has a name");
                let text = text.strip_prefix('\n').unwrap_or(text);
                fields.push((name, unescaped(text).replace('\n', "\r\n")));
            } else if tag.starts_with("select ") {
                fields.push((of("name").expect("has a name"), String::new()));
            } else if tag.starts_with("option ") && tag.contains(" selected") {
                let select = fields.last_mut().expect("is in a select");
                select.1 = of("value").expect("has a value");
            }
        }
        fields
    }

    /// Returns the value of one field of that form.
    pub(super) fn field(&self, action: &str, name: &str) -> String {
        let form = self.form(action);
        let field = form.into_iter().find(|(other, _)| other == name);
        field.unwrap_or_else(|| panic!("no field {name}")).1
    }

    /// Returns the cookie of this name.
    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    /// Sets a cookie, for example to an earlier value.
    pub(super) fn keep(&self, name: &str, value: &str) {
        let mut cookies = self.cookies.borrow_mut();
        cookies.insert(name.to_owned(), value.to_owned());
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> Answer {
        self.send_from(method, path, body, OWN_PAGE).await
    }

    async fn send_from(
        &self,
        method: Method,
        path: &str,
        body: &str,
        from: &[(&str, &str)],
    ) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .borrow()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![ACCEPT];
        headers.extend(from);
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        if method == Method::POST {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let path = path.split('#').next().unwrap_or_default();
        let answer = self
            .app
            .with_headers(method, path, &headers, body.to_owned())
            .await;
        for set in answer.headers.get_all(SET_COOKIE) {
            let set = set.to_str().expect("is text");
            let (pair, attributes) = set.split_once(';').expect("has attributes");
            let (name, value) = pair.split_once('=').expect("is a pair");
            if attributes.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.keep(name, value);
            }
        }
        answer
    }
}

impl TestApp {
    /// Opens a page as a visitor who is not signed in.
    pub(super) async fn page(&self, path: &str) -> Answer {
        self.with_headers(Method::GET, path, &[ACCEPT], "").await
    }

    /// The headings and titles of a list of events, in their order.
    pub(super) async fn listed(&self, path: &str) -> Vec<String> {
        let html = self.page(path).await.html(200);
        let parts = html.split("<h2 class=\"month\">").skip(1);
        parts
            .flat_map(|month| {
                let (name, rest) = month.split_once("</h2>").expect("ends");
                let titles = rest.split("<h3>").skip(1);
                let titles = titles.map(|row| words(row.split("</h3>").next().expect("ends")));
                std::iter::once(name.to_owned()).chain(titles)
            })
            .collect()
    }
}

impl Answer {
    /// Asserts that this is a page with this status, and returns its HTML.
    #[track_caller]
    pub(super) fn html(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let mime = self.header("content-type");
        assert_eq!(mime, Some("text/html; charset=utf-8"), "{self:?}");
        self.text()
    }

    /// Returns the text of the first element that begins with `tag`, without markup.
    #[track_caller]
    pub(super) fn words_in(&self, tag: &str) -> String {
        let html = self.text();
        let begin = html.find(&format!("<{tag}"));
        let begin = begin.unwrap_or_else(|| panic!("no <{tag}> in {html}"));
        let name = tag.split([' ', '>']).next().unwrap_or_default();
        let end = html[begin..].find(&format!("</{name}>")).expect("it ends");
        words(&html[begin..begin + end])
    }

    /// Returns the error summary of a form: the field and the message of each error.
    #[track_caller]
    pub(super) fn summary(&self) -> Vec<(String, String)> {
        let html = self.text();
        let (_, summary) = html
            .split_once("class=\"note wrong\" role=\"alert\" tabindex=\"-1\" autofocus")
            .unwrap_or_else(|| panic!("no summary in {html}"));
        let (summary, _) = summary.split_once("</div>").expect("ends");
        assert!(
            html.contains("<title>Error: "),
            "the title says that there is an error"
        );
        let links = summary.split("href=\"#").skip(1);
        links
            .map(|link| {
                let (field, rest) = link.split_once("\">").expect("ends");
                let said = rest.split("</a>").next().expect("ends");
                assert!(
                    html.contains(&format!("id=\"{field}\"")),
                    "the page has no field {field}"
                );
                (field.to_owned(), unescaped(said))
            })
            .collect()
    }
}

/// Returns the text of a piece of HTML, without markup.
pub(super) fn words(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<') {
        text.push_str(piece.split_once('>').map_or("", |(_, words)| words));
        text.push(' ');
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    unescaped(&text)
}

/// Replaces the HTML escapes in a text.
pub(super) fn unescaped(html: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(html.to_owned(), |text, (escape, c)| text.replace(escape, c))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(unescaped)
}

/// Percent-encodes a text for a query.
pub(super) fn escaped(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}
