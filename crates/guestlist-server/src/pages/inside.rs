//! Pages that the server requests internally while it answers another request of the same browser.
//! They go through all routes, so that session, form tokens and permissions are checked as usual.

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

use crate::{metrics::Uncounted, serve::Account, time_limit::within};

/// The time limit of an internal request. After it, a plain page answers.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the browser's request tells about it.
pub(super) struct Inside {
    cookies: Vec<HeaderValue>,
    account: Option<Account>,
}

impl Inside {
    pub(super) fn of(request: &Request) -> Self {
        let cookies = request.headers().get_all(COOKIE).iter();
        // Copied, so that the buffer of the request is not kept in memory.
        let copy = |value: &HeaderValue| HeaderValue::from_bytes(value.as_bytes()).ok();
        Self {
            cookies: cookies.filter_map(copy).collect(),
            account: request.extensions().get().cloned(),
        }
    }

    /// Requests a page of ours with these cookies. Returns the page, or a redirect.
    ///
    /// # Errors
    ///
    /// The problem that the page answered.
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

    /// Returns the value of the `Cookie` header that the browser will send after it got that
    /// response.
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
