//! Pages that are asked for inside the server while it answers another request of the same browser: through all the
//! routes, so that the session, the tokens of forms and what somebody may do are looked at as ever.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderValue,
        header::{COOKIE, SET_COOKIE},
    },
    response::Response,
};
use guestlist_axum::Problem;
use tower::{Service, ServiceExt};

use crate::{answer::within, metrics::Uncounted, serve::Account};

/// A page inside a request gets so much time; then a plain one has to do.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is known of the browser by its request.
pub(super) struct Inside {
    cookies: Vec<HeaderValue>,
    account: Option<Account>,
}

impl Inside {
    pub(super) fn of(request: &Request) -> Self {
        let cookies = request.headers().get_all(COOKIE).iter();
        // Copies: the buffer that the request was read into is not to be held by them.
        let copy = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).ok();
        Self {
            cookies: cookies.filter_map(copy).collect(),
            account: request.extensions().get().cloned(),
        }
    }

    /// The answer to a request for a page of ours from the same browser, with these cookies: a page, or the way to
    /// another one.
    ///
    /// # Errors
    ///
    /// What the page is refused with.
    pub(super) async fn page<S>(
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
        let answer = within(TIMEOUT, routes.clone().oneshot(request)).await;
        match Problem::of(&answer) {
            Some(problem) => Err(problem),
            None => Ok(answer),
        }
    }

    /// The cookies that the browser has once it has that response: the value of a `Cookie` header.
    pub(super) fn cookies_after(&self, response: &Response) -> String {
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
