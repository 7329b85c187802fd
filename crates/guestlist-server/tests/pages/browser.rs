//! What a browser does with pages, without a script: it keeps cookies and sends forms.

use axum::http::Method;

use crate::test_app::{Answer, TestApp};

/// What a browser asks for when somebody follows a link.
pub(super) const ACCEPT: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

impl TestApp {
    /// A page, for somebody who is not signed in.
    pub(super) async fn page(&self, path: &str) -> Answer {
        self.with_headers(Method::GET, path, &[ACCEPT], "").await
    }
}

impl Answer {
    /// Fails unless this is a page with that status; its HTML.
    #[track_caller]
    pub(super) fn html(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{self:?}");
        let mime = self.header("content-type");
        assert_eq!(mime, Some("text/html; charset=utf-8"), "{self:?}");
        self.text()
    }

    /// The text of the first element that begins so, without the tags in it.
    #[track_caller]
    pub(super) fn words_in(&self, tag: &str) -> String {
        let html = self.text();
        let begin = html.find(&format!("<{tag}"));
        let begin = begin.unwrap_or_else(|| panic!("no <{tag}> in {html}"));
        let name = tag.split([' ', '>']).next().unwrap_or_default();
        let end = html[begin..].find(&format!("</{name}>")).expect("it ends");
        words(&html[begin..begin + end])
    }
}

/// The words of a piece of HTML.
pub(super) fn words(html: &str) -> String {
    let mut text = String::new();
    for piece in html.split('<') {
        text.push_str(piece.split_once('>').map_or("", |(_, words)| words));
        text.push(' ');
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
