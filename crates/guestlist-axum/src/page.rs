//! Lists in pages, in the order of creation.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderName, header::LINK, request::Parts},
    response::AppendHeaders,
};
use utoipa::IntoParams;

use crate::{Problem, QueryMistakes, parse_query};

/// The number of entries on a page of a list, if a request does not name one.
pub const DEFAULT_LIMIT: u32 = 20;
/// The greatest number of entries on a page of a list.
const MAX_LIMIT: u32 = 100;

/// The query parameters, for the API description. The code reads them one by one.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes a query")]
pub(crate) struct PageParameters {
    /// The maximum number of entries on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// Where the page starts: the `next` of the previous page.
    cursor: Option<String>,
}

/// The requested page of a list. The cursor is the id of the last entry shown, which the client
/// already knows.
#[derive(Debug)]
pub(crate) struct PageQuery<Id> {
    limit: u32,
    pub(crate) after: Option<Id>,
    path: String,
}

/// A `Link` header to the next page (RFC 8288), if there is one.
pub(crate) type NextLink = AppendHeaders<Option<(HeaderName, String)>>;

impl<Id: ToString> PageQuery<Id> {
    /// The number of entries to read: one more than is shown, which tells whether there is a next
    /// page.
    pub(crate) fn to_fetch(&self) -> u32 {
        self.limit + 1
    }

    /// Removes the extra entry. If there was one, returns the cursor of the next page and a link to
    /// it.
    pub(crate) fn cut<T>(
        &self,
        items: &mut Vec<T>,
        id: impl Fn(&T) -> Id,
    ) -> (Option<String>, NextLink) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let next = if items.len() > limit {
            items.truncate(limit);
            items.last().map(|last| id(last).to_string())
        } else {
            None
        };
        let link = next.as_ref().map(|next| {
            let Self { limit, path, .. } = self;
            let link = format!("<{path}?limit={limit}&cursor={next}>; rel=\"next\"");
            (LINK, link)
        });
        (next, AppendHeaders(link))
    }
}

impl<S, Id> FromRequestParts<S> for PageQuery<Id>
where
    S: Send + Sync,
    Id: FromStr,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(OriginalUri(address)) = OriginalUri::from_request_parts(parts, state).await;
        let fields = parse_query(address.query().unwrap_or_default())?;
        let mut mistakes = QueryMistakes::default();
        let (mut limit, mut after) = (None, None);
        let known = ["limit", "cursor"];
        for (name, value) in mistakes.known_once(&fields, &known, &[]) {
            match name {
                "limit" => limit = mistakes.take(name, read_limit(value)),
                _ => after = mistakes.take(name, read_cursor(value)),
            }
        }
        mistakes.into_result()?;
        Ok(Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            after,
            path: address.path().to_owned(),
        })
    }
}

/// Reads the query parameter `limit` of a list: a whole number from 1 to 100.
///
/// # Errors
///
/// What the value must be, to follow the name of the parameter.
pub fn read_limit(value: &str) -> Result<u32, String> {
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    let limit = value
        .parse()
        .ok()
        .filter(|limit| digits && (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| format!("is a whole number from 1 to {MAX_LIMIT}"))
}

/// Reads where a page of a list starts: the id of an entry.
///
/// # Errors
///
/// What the value must be, to follow the name of the parameter.
pub fn read_cursor<Id: FromStr>(value: &str) -> Result<Id, String> {
    let cursor = value.parse();
    cursor.map_err(|_| "is `next` of a page of this list, as it is".to_owned())
}
