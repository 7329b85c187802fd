//! Turns errors into pages for browsers. A form that was refused is shown again as it was sent
//! ([`Again`]); a request from elsewhere gets a page that says what to do.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER,
            SET_COOKIE, WWW_AUTHENTICATE,
        },
        uri::PathAndQuery,
    },
    response::{IntoResponse, Redirect, Response},
};
use guestlist::Guestlist;
use guestlist_axum::{BrowserLayer, Problem};
use tower::Service;

use crate::area::Area;

use super::{
    again::{Again, Assumed, Kept},
    error_page::{NOWHERE, Refused},
    form_page::{DRAFT, page_of_form},
    inside::Inside,
    link_page::unreferred,
    note::{Note, sent_twice},
    page,
    resume::{Resume, page_of_draft},
    typed::{Draft, Typed},
    way::{is_of_link, way},
};

/// What error pages need besides the routes.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// The name of the site: `server.name`.
    pub(crate) name: Arc<str>,
    pub(crate) browsers: BrowserLayer,
    pub(crate) guestlist: Guestlist,
}

/// A request of a browser for a page: what is needed of it when the answer is there.
pub(crate) struct PageRequest {
    path: String,
    /// Whether the request sent a form.
    is_form: bool,
    /// Where to continue after a sign-in.
    next: String,
    inside: Inside,
}

impl PageRequest {
    /// Returns the request, if a person is to read a refusal of it: a browser, which names HTML in
    /// `Accept`, has sent it to a page.
    pub(crate) fn of(request: &Request, area: Area) -> Option<Self> {
        let headers = request.headers();
        let accepts = headers.get_all(ACCEPT).iter();
        let mut accepts = accepts.filter_map(|value| value.to_str().ok());
        let is_browser = accepts.any(|accept| accept.contains("text/html"));
        let path = request.uri().path();
        (is_browser && area == Area::Page).then(|| Self {
            path: path.to_owned(),
            is_form: !request.method().is_safe(),
            next: next(request),
            inside: Inside::of(request),
        })
    }

    /// Returns the same answer. If it is a refusal, returns the form that was sent, a page that
    /// says what to do, or a redirect to the page where that is done.
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
        if let Some(resume) = response.extensions_mut().remove::<Resume>() {
            return self.resumed(site, routes, resume, response).await;
        }
        let Some(problem) = Problem::of(&response) else {
            return response;
        };
        let page = page_of_form(&self.path).zip(kept);
        let mut note = Note::of(&problem, &self.path, &response, request_id);
        if let Some(cut) = page.as_ref().and_then(|(_, kept)| kept.typed.cut()) {
            note.add_missing_end(cut);
        }
        note.words.push_str(match (&page, problem.code()) {
            (Some(_), "csrf_token") if self.path == "/sign-out" => " Press “Sign out” once more.",
            (Some(_), "csrf_token") if self.path == DRAFT => " Press “Show the form” once more.",
            (Some(_), "csrf_token") if !sent_twice(&self.path).is_empty() => sent_twice(&self.path),
            (Some(_), "unsupported_media_type") => {
                " Characters that could not be read are shown as “\u{fffd}”. Correct them, and send the form again."
            }
            (Some(_), "csrf_token" | "invalid_request") => {
                " Look through the form, and send it again."
            }
            (None, "csrf_token") => " Go back, reload the page, and send the form again.",
            (Some(_), "too_large") => " Shorten the text, and send it again.",
            (None, _) if self.is_form => {
                " If you were sending a form, go back: your browser keeps what you typed."
            }
            _ => "",
        });
        let mut left = Vec::new();
        if let Some((page, kept)) = page {
            if problem.code() != "needs_https" {
                note.words.push_str(kept.typed.words_on_secrets());
            }
            let typed = kept.typed;
            let cookies = self.inside.cookies_after(&response);
            let refused = FormRefused {
                page,
                problem: &problem,
                note: &note,
                cookies: &cookies,
            };
            match self.shown_again(site, routes, refused, &typed).await {
                // The user has signed in through another window in the meantime, and the form
                // carried a draft.
                Some(mut again) => match again.extensions_mut().remove::<Resume>() {
                    Some(resume) => return self.resumed(site, routes, resume, response).await,
                    None => return finished(again, &response),
                },
                None => left = typed.by_hand(),
            }
        }
        match problem.code() {
            code if asks_for_sign_in(code) && left.is_empty() => {
                let cookies = self.inside.cookies_after(&response);
                if let Some(sign_in) = self.sign_in_here(routes, &cookies).await {
                    return finished(sign_in, &response);
                }
                self.by_way_of("/sign-in")
            }
            "proof_required" if left.is_empty() => self.by_way_of("/account/proof"),
            code => {
                if asks_for_sign_in(code) {
                    note.heading = "Your session has ended";
                }
                self.in_a_page(site, routes, response, &problem, note, left)
                    .await
            }
        }
    }

    fn by_way_of(&self, path: &str) -> Response {
        Redirect::to(&way(path, &self.next)).into_response()
    }

    /// Shows the sign-in at the address of a link, which leads back to the link: the secret of a link
    /// must not be part of another address. `None` if the request was for no link.
    async fn sign_in_here<S>(&self, routes: &S, cookies: &str) -> Option<Response>
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone,
    {
        let again = is_of_link(&self.path).then(|| Again::leading_to(&self.path))?;
        let shown = self.inside.page(routes, "/sign-in", cookies, |request| {
            request.extensions_mut().insert(again);
        });
        shown.await.ok().map(unreferred)
    }

    /// Shows the form as it was sent, or the page where the user signs in first. `None` if
    /// neither can be shown.
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
            let shown = self.inside.page(routes, page, cookies, |request| {
                request.extensions_mut().insert(again);
                if assumed {
                    request.extensions_mut().insert(Assumed::at(&self.path));
                }
            });
            match shown.await {
                Ok(mut shown) => {
                    // Keep the status of a redirect.
                    if !shown.headers().contains_key(LOCATION) {
                        *shown.status_mut() = problem.status();
                    }
                    return Some(shown);
                }
                Err(inner) if asks_for_sign_in(inner.code()) => code = inner.code(),
                Err(_) => return None,
            }
        }
        let draft = match typed.get("draft") {
            // An earlier refusal made the draft, and its form is not shown yet.
            Some(draft) if !draft.is_empty() => draft.to_owned(),
            _ if typed.by_hand().is_empty() => String::new(),
            _ => {
                let text = typed.clone().draft(page)?;
                site.guestlist.seal_draft(typed.owner()?, &text)?
            }
        };
        let draft = Some(draft).filter(|draft| !draft.is_empty());
        let carried = draft
            .as_deref()
            .and_then(|draft| opened(site, typed, draft));
        let cut = carried.as_ref().and_then(|draft| draft.typed.cut());
        let (path, note) = match (code, &draft) {
            ("proof_required", Some(_)) => ("/account/proof", Note::before_reauthentication(cut)),
            ("proof_required", None) => return None,
            (_, None) if page == "/account/delete" && is_gone(site, typed).await => {
                ("/sign-in", Note::account_deleted())
            }
            (_, None) => ("/sign-in", Note::after_sending_twice(&self.path)?),
            (_, Some(_)) => ("/sign-in", Note::before_sign_in(&self.path, cut)),
        };
        let again = Again::new(Typed::default(), note, draft);
        let way = way(path, page);
        let shown = self.inside.page(routes, &way, cookies, |request| {
            request.extensions_mut().insert(again);
        });
        shown.await.ok()
    }

    /// Shows what the user typed before the sign-in, or the page that offers it.
    async fn resumed<S>(
        &self,
        site: &Site,
        routes: &S,
        resume: Resume,
        response: Response,
    ) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone,
    {
        let (page, again) = match &resume {
            Resume::Offer(sealed, cut) => (DRAFT, Again::of_draft(sealed, cut.clone())),
            Resume::Show(draft) => (page_of_draft(draft), Again::resumed(draft.typed.clone())),
        };
        let cookies = self.inside.cookies_after(&response);
        let shown = self.inside.page(routes, page, &cookies, |request| {
            request.extensions_mut().insert(again);
        });
        match shown.await {
            Ok(shown) => finished(shown, &response),
            Err(problem) => {
                let mut note = Note::of(&problem, page, &response, "");
                let typed = match &resume {
                    Resume::Offer(..) => Vec::new(),
                    Resume::Show(draft) => {
                        if let Some(cut) = draft.typed.cut() {
                            note.add_missing_end(cut);
                        }
                        draft.typed.by_hand()
                    }
                };
                self.in_a_page(site, routes, response, &problem, note, typed)
                    .await
            }
        }
    }

    /// Shows an error page with the header of the site. A user who is signed in stays signed in
    /// there.
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
        let cookies = self.inside.cookies_after(&response);
        let inner = self.inside.page(routes, NOWHERE, &cookies, |request| {
            request.extensions_mut().insert(beside);
            if status.is_server_error() {
                request.extensions_mut().insert(Assumed::at(&self.path));
            }
        });
        // Another host's page must not learn who is signed in here, nor a form token.
        let is_for_us = !matches!(problem.code(), "misdirected_request" | "invalid_host");
        let inner = if is_for_us { inner.await.ok() } else { None };
        let (body, cookies) = match inner.map(Response::into_parts) {
            Some((parts, body)) => (body, parts.headers),
            None => match refused.without_visitor(&site.name, &self.path) {
                Some(body) => (body, HeaderMap::new()),
                None => return response,
            },
        };
        *response.status_mut() = status;
        let headers = response.headers_mut();
        for name in [CONTENT_LENGTH, CONTENT_ENCODING, WWW_AUTHENTICATE, LOCATION] {
            headers.remove(name);
        }
        let mime = HeaderValue::from_static("text/html; charset=utf-8");
        headers.insert(CONTENT_TYPE, mime);
        page::finish(headers, "no-store");
        for cookie in cookies.get_all(SET_COOKIE) {
            headers.append(SET_COOKIE, cookie.clone());
        }
        *response.body_mut() = body;
        Problem::keep_form(&mut response);
        response
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

/// Whether the account is deleted of the user whose page the form was on.
async fn is_gone(site: &Site, typed: &Typed) -> bool {
    let Some(owner) = typed.owner() else {
        return false;
    };
    matches!(site.guestlist.find_user(owner).await, Ok(None))
}

/// Opens a draft that the form carries, or that was made of it.
fn opened(site: &Site, typed: &Typed, draft: &str) -> Option<Draft> {
    Draft::read(&site.guestlist.open_draft(typed.owner()?, draft)?)
}

fn asks_for_sign_in(code: &str) -> bool {
    matches!(code, "not_authenticated" | "invalid_token")
}

/// Returns a page from an internal request as the answer, with the cookies of both.
fn finished(mut page: Response, response: &Response) -> Response {
    for name in [RETRY_AFTER, SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            page.headers_mut()
                .append(HeaderName::clone(&name), value.clone());
        }
    }
    Problem::keep_form(&mut page);
    page
}

/// Returns the requested page, or the page that shows the sent form.
fn next(request: &Request) -> String {
    let path = request.uri().path();
    if request.method().is_safe() {
        let target = request.uri().path_and_query();
        return target.map_or(path, PathAndQuery::as_str).to_owned();
    }
    page_of_form(path).unwrap_or(path).to_owned()
}
