//! A refusal as a page: for a browser, at an address of a page. A form that was refused comes back as it was sent
//! ([`Again`]); what comes from elsewhere gets a page that says what to do.

use std::{convert::Infallible, sync::Arc, time::Duration};

use askama::Template;
use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{
        HeaderName, HeaderValue, StatusCode, header,
        header::{
            ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION, RETRY_AFTER,
            SET_COOKIE, WWW_AUTHENTICATE,
        },
        uri::PathAndQuery,
    },
    response::{IntoResponse, Redirect, Response},
};
use guestlist::Guestlist;
use guestlist_axum::{BrowserDoor, MAX_BODY, Problem, local_path};
use tower::{Service, ServiceExt};

use super::{
    again::{Again, Assumed, Kept, Note, page_of_form},
    assets, page,
    said::capitalised,
    typed::{Draft, Typed},
    visit::{Frame, Visit},
};
use crate::{answer::within, app::App, metrics::Uncounted, serve::Account};

/// Addresses of programs, and of the documentation for those who write them.
const NO_PAGES: [&str; 8] = [
    "/api/",
    "/event/",
    "/user/",
    "/health/",
    "/.well-known/jwks.json",
    "/docs",
    "/openapi.json",
    "/problems/",
];
/// No route is there, and so [`nothing_here`] answers.
const NOWHERE: &str = "/-";
/// A page inside a request gets so much time; then a plain one has to do.
const INNER_TIMEOUT: Duration = Duration::from_secs(5);

/// What pages need besides the routes.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// What people call the site.
    pub(crate) name: Arc<str>,
    pub(crate) door: BrowserDoor,
    pub(crate) guestlist: Guestlist,
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal {
    frame: Frame,
    status: StatusCode,
    note: Note,
    /// What was sent and cannot be shown in its form.
    typed: Vec<(String, String)>,
}

/// Beside a request for no page: the refusal that is to be shown with the header of the site.
#[derive(Clone)]
struct Refused {
    status: StatusCode,
    note: Note,
    typed: Vec<(String, String)>,
}

/// A part of an answer: the draft of whoever has just signed in, to be shown in its form.
#[derive(Clone, Debug)]
pub(super) struct Resume(Arc<Draft>);

/// A request of a browser for a page: what has to be known of it once the answer is there.
pub(crate) struct AskedForPage {
    path: String,
    /// Whether something was sent.
    is_form: bool,
    /// Where to go on after a sign-in.
    next: String,
    cookies: Vec<HeaderValue>,
    account: Option<Account>,
}

impl AskedForPage {
    /// That request, if a refusal of it is to be read by a person: it comes from a browser, which asks for
    /// HTML by name, and went to a page.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let headers = request.headers();
        let accepts = headers.get_all(ACCEPT).iter();
        let mut accepts = accepts.filter_map(|value| value.to_str().ok());
        let is_browser = accepts.any(|accept| accept.contains("text/html"));
        let path = request.uri().path();
        let is_page = !NO_PAGES.iter().any(|other| path.starts_with(other));
        // Copies: the buffer that the request was read into is not to be held by them.
        let copy = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).ok();
        (is_browser && is_page).then(|| Self {
            path: path.to_owned(),
            is_form: !request.method().is_safe(),
            next: next(request),
            cookies: headers.get_all(COOKIE).iter().filter_map(copy).collect(),
            account: request.extensions().get().cloned(),
        })
    }

    /// The same answer, and where it is a refusal the form that was sent, a page that says what to do, or the way to the
    /// page where that is done.
    pub(crate) async fn answered<S>(
        &self,
        site: &Site,
        routes: &S,
        kept: Option<Kept>,
        mut response: Response,
        request_id: &str,
    ) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone,
    {
        if let Some(Resume(draft)) = response.extensions_mut().remove() {
            return self.resumed(site, routes, &draft, response).await;
        }
        let Some(problem) = Problem::of(&response) else {
            return response;
        };
        let page = page_of_form(&self.path).zip(kept);
        let mut note = Note::of(&problem, &response, request_id);
        note.words.push_str(match (&page, problem.code()) {
            (Some(_), "csrf_token") => " Look through the form, and send it again.",
            (None, "csrf_token") => " Go back, reload the page, and send the form again.",
            (Some(_), "too_large") => " Shorten the text, and send it again.",
            (None, _) if self.is_form => {
                " If you were sending a form, go back: your browser keeps what you typed."
            }
            _ => "",
        });
        let mut left = Vec::new();
        if let Some((page, kept)) = page {
            if kept.typed.had_password() {
                note.words.push_str(" The password has to be typed again.");
            }
            let typed = kept.typed;
            let cookies = self.cookies_after(&response);
            let refused = FormRefused {
                page,
                problem: &problem,
                note: &note,
                cookies: &cookies,
            };
            match self.shown_again(site, routes, refused, &typed).await {
                Some(again) => return finished(again, response),
                None => left = typed.by_hand(),
            }
        }
        match problem.code() {
            code if asks_for_sign_in(code) && left.is_empty() => self.by_way_of("/sign-in"),
            "proof_required" if left.is_empty() => self.by_way_of("/account/proof"),
            code => {
                if asks_for_sign_in(code) {
                    note.heading = "You are not signed in any more";
                }
                self.in_a_page(site, routes, response, &problem, note, left)
                    .await
            }
        }
    }

    fn by_way_of(&self, path: &str) -> Response {
        Redirect::to(&way(path, &self.next)).into_response()
    }

    /// The form as it was sent, or the page where somebody signs in first; none if neither can be shown.
    async fn shown_again<S>(
        &self,
        site: &Site,
        routes: &S,
        refused: FormRefused<'_>,
        typed: &Typed,
    ) -> Option<Response>
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone,
    {
        let FormRefused {
            page,
            problem,
            note,
            cookies,
        } = refused;
        let mut code = problem.code();
        if !asks_for_sign_in(code) && code != "proof_required" {
            let again = Again::new(typed.clone(), note.clone(), None);
            let assumed = problem.status().is_server_error();
            let shown = self.inner(routes, page, cookies, |request| {
                request.extensions_mut().insert(again);
                if assumed {
                    request.extensions_mut().insert(Assumed);
                }
            });
            match shown.await {
                Ok(mut shown) => {
                    // Unless it leads elsewhere.
                    if !shown.headers().contains_key(LOCATION) {
                        *shown.status_mut() = problem.status();
                    }
                    return Some(shown);
                }
                Err(inner) if asks_for_sign_in(inner.code()) => code = inner.code(),
                Err(_) => return None,
            }
        }
        if typed.by_hand().is_empty() {
            return None;
        }
        let draft = typed.clone().draft(page)?;
        let draft = site.guestlist.seal_draft(typed.owner()?, &draft)?;
        let (path, note) = match code {
            "proof_required" => ("/account/proof", Note::before_proof()),
            _ => ("/sign-in", Note::before_sign_in()),
        };
        let again = Again::new(Typed::default(), note, Some(draft));
        let way = way(path, page);
        let shown = self.inner(routes, &way, cookies, |request| {
            request.extensions_mut().insert(again);
        });
        shown.await.ok()
    }

    /// The form of the draft, for whoever has just signed in.
    async fn resumed<S>(
        &self,
        site: &Site,
        routes: &S,
        draft: &Draft,
        response: Response,
    ) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone,
    {
        let again = Again::new(draft.typed.clone(), Note::resumed(), None);
        let page = page_of_form(&draft.page).unwrap_or("/");
        let cookies = self.cookies_after(&response);
        let shown = self.inner(routes, page, &cookies, |request| {
            request.extensions_mut().insert(again);
        });
        match shown.await {
            Ok(shown) => finished(shown, response),
            Err(problem) => {
                let note = Note::of(&problem, &response, "");
                let typed = draft.typed.by_hand();
                self.in_a_page(site, routes, response, &problem, note, typed)
                    .await
            }
        }
    }

    /// A refusal as a page with the header of the site, in which whoever is signed in stays so.
    async fn in_a_page<S>(
        &self,
        site: &Site,
        routes: &S,
        mut response: Response,
        problem: &Problem,
        note: Note,
        typed: Vec<(String, String)>,
    ) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone,
    {
        let status = problem.status();
        let refused = Refused {
            status,
            note,
            typed,
        };
        let beside = refused.clone();
        let cookies = self.cookies_after(&response);
        let inner = self.inner(routes, NOWHERE, &cookies, |request| {
            request.extensions_mut().insert(beside);
            if status.is_server_error() {
                request.extensions_mut().insert(Assumed);
            }
        });
        let inner = inner.await.ok();
        let (body, cookies) = match inner.map(Response::into_parts) {
            Some((parts, body)) => (body, cookies_of(&parts.headers)),
            // Nobody can say who it is, nor show more.
            None => {
                let frame = Frame::of_nobody(Arc::clone(&site.name), &self.path);
                match refused.in_frame(frame).render() {
                    Ok(html) => (Body::from(html), Vec::new()),
                    Err(_) => return response,
                }
            }
        };
        *response.status_mut() = status;
        let headers = response.headers_mut();
        for name in [CONTENT_LENGTH, CONTENT_ENCODING, WWW_AUTHENTICATE, LOCATION] {
            headers.remove(name);
        }
        let mime = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(CONTENT_TYPE, mime);
        page::finish(headers, "no-store");
        for cookie in cookies {
            headers.append(SET_COOKIE, cookie);
        }
        *response.body_mut() = body;
        Problem::has_its_form(&mut response);
        response
    }

    /// The answer to a request for a page of ours from the same browser, with these cookies: a page, or the way to
    /// another one.
    ///
    /// # Errors
    ///
    /// What the page is refused with.
    async fn inner<S>(
        &self,
        routes: &S,
        target: &str,
        cookies: &str,
        settle: impl FnOnce(&mut Request),
    ) -> Result<Response, Problem>
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone,
    {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = target.parse().map_err(|_| Problem::not_found())?;
        if let Ok(cookies) = HeaderValue::try_from(cookies)
            && !cookies.is_empty()
        {
            request.headers_mut().insert(COOKIE, cookies);
        }
        if let Some(account) = self.account.clone() {
            request.extensions_mut().insert(account);
        }
        request.extensions_mut().insert(Uncounted);
        settle(&mut request);
        let answer = within(INNER_TIMEOUT, routes.clone().oneshot(request)).await;
        match Problem::of(&answer) {
            Some(problem) => Err(problem),
            None => Ok(answer),
        }
    }

    /// The cookies that the browser has once it has that response: the value of a `Cookie` header.
    fn cookies_after(&self, response: &Response) -> String {
        let mut cookies: Vec<(String, String)> = Vec::new();
        let held = self.cookies.iter().filter_map(|line| line.to_str().ok());
        let held = held.flat_map(|line| line.split(';'));
        for (name, value) in held.filter_map(|pair| pair.trim().split_once('=')) {
            cookies.push((name.to_owned(), value.to_owned()));
        }
        for set in response.headers().get_all(SET_COOKIE) {
            let set = set.to_str().unwrap_or_default();
            let (pair, attributes) = set.split_once(';').unwrap_or((set, ""));
            if let Some((name, value)) = pair.split_once('=') {
                cookies.retain(|(other, _)| other != name);
                if !attributes.contains("Max-Age=0;") {
                    cookies.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        let pairs = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }
}

/// A form that was refused.
#[derive(Clone, Copy)]
struct FormRefused<'a> {
    page: &'a str,
    problem: &'a Problem,
    note: &'a Note,
    cookies: &'a str,
}

/// The address of that page, from which it goes on to the other.
fn way(path: &str, next: &str) -> String {
    // What is too long or holds a token is left out.
    let Some(next) = local_path(next) else {
        return path.to_owned();
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("next", next).finish();
    format!("{path}?{query}")
}

fn asks_for_sign_in(code: &str) -> bool {
    matches!(code, "not_authenticated" | "invalid_token")
}

fn cookies_of(headers: &header::HeaderMap) -> Vec<HeaderValue> {
    headers.get_all(SET_COOKIE).iter().cloned().collect()
}

/// A page that was made inside, as the answer to the request, with the cookies of both.
fn finished(mut page: Response, response: Response) -> Response {
    for name in [RETRY_AFTER, SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            page.headers_mut()
                .append(HeaderName::clone(&name), value.clone());
        }
    }
    Problem::has_its_form(&mut page);
    page
}

impl Refused {
    fn in_frame(self, frame: Frame) -> Refusal {
        Refusal {
            frame,
            status: self.status,
            note: self.note,
            typed: self.typed,
        }
    }
}

/// What is at no address: nothing, or inside a request the refusal of that.
pub(crate) async fn nothing_here(
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let Some(refused) = parts.extensions.remove::<Refused>() else {
        return Err(Problem::not_found());
    };
    let visit = match Visit::from_request_parts(&mut parts, &app).await {
        Err(problem) if problem.status().is_server_error() => {
            parts.extensions.insert(Assumed);
            Visit::from_request_parts(&mut parts, &app).await?
        }
        visit => visit?,
    };
    let page = refused.in_frame(visit.into_frame());
    Ok(page::Page::private(page).into_response())
}

impl Resume {
    pub(super) fn new(draft: Draft) -> Self {
        Self(Arc::new(draft))
    }
}

/// Whoever cannot be shown the form is led to it.
impl IntoResponse for Resume {
    fn into_response(self) -> Response {
        let page = page_of_form(&self.0.page).unwrap_or("/");
        let mut response = Redirect::to(page).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The page that was asked for, or the one that a form was on.
fn next(request: &Request) -> String {
    let path = request.uri().path();
    if request.method().is_safe() {
        let target = request.uri().path_and_query();
        return target.map_or(path, PathAndQuery::as_str).to_owned();
    }
    page_of_form(path).unwrap_or(path).to_owned()
}

impl Note {
    /// What a refusal says to whoever reads it.
    fn of(problem: &Problem, response: &Response, request_id: &str) -> Self {
        let retry_after = response.headers().get(RETRY_AFTER);
        let shows_id = problem.status().is_server_error() && !request_id.is_empty();
        Self {
            heading: heading(problem),
            words: reason(problem),
            retry_after: retry_after.and_then(|value| value.to_str().ok()?.parse().ok()),
            request_id: shows_id.then(|| request_id.to_owned()),
            is_good: false,
        }
    }

    fn before_sign_in() -> Self {
        let words = "You are not signed in any more. Nothing you typed is lost: sign in within an hour, and the form is \
            here again as you sent it.";
        Self::ours("Sign in to go on", words, false)
    }

    fn before_proof() -> Self {
        let words = "Nothing you typed is lost: confirm that it is you, and the form is here again as you sent it.";
        Self::ours("Your password, please", words, true)
    }

    fn resumed() -> Self {
        let words = "This is what you typed. It was not sent yet: look through it, and send it.";
        Self::ours("Here you can go on", words, true)
    }

    fn ours(heading: &'static str, words: &str, is_good: bool) -> Self {
        Self {
            heading,
            words: words.to_owned(),
            is_good,
            ..Self::default()
        }
    }
}

fn heading(problem: &Problem) -> &'static str {
    match problem.status() {
        _ if problem.code() == "csrf_token" => "This form is out of date",
        _ if problem.code() == "too_many_exports" => "One at a time",
        StatusCode::FORBIDDEN => "That is not open to you",
        StatusCode::NOT_FOUND => "There is nothing here",
        StatusCode::MISDIRECTED_REQUEST => "This site has another address",
        StatusCode::METHOD_NOT_ALLOWED => "This address does something else",
        StatusCode::PAYLOAD_TOO_LARGE => "That was too much",
        StatusCode::TOO_MANY_REQUESTS => "Too many tries",
        StatusCode::SERVICE_UNAVAILABLE => "Too much at once",
        status if status.is_server_error() => "Something broke here",
        _ => "That could not be read",
    }
}

/// What happened and what to do, in a sentence.
fn reason(problem: &Problem) -> String {
    let reason = match problem.status() {
        _ if problem.code() == "csrf_token" => {
            "You may have signed in or out, or changed your password, in another window. Nothing was changed."
        }
        StatusCode::NOT_FOUND => {
            "The event may have been deleted, or the address was cut off on its way."
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            return format!(
                "A form may hold {} KiB of text. Nothing was changed.",
                MAX_BODY / 1024
            );
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "This cannot be answered just now. Nothing you did was wrong. Try again in a moment."
        }
        status if status.is_server_error() => "It is not your fault, and it has been noted.",
        _ => return format!("{}.", capitalised(problem.detail())),
    };
    reason.to_owned()
}
