//! Lists in pages, in the order of creation.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderName, header::LINK, request::Parts},
    response::AppendHeaders,
};
use utoipa::IntoParams;

use crate::{FormError, Problem, parse_fields};

const DEFAULT_LIMIT: u32 = 20;
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
        let fields = parse_fields(address.query().unwrap_or_default().as_bytes());
        let fields = fields.map_err(|error: FormError| invalid(error.to_string()))?;
        let (mut limit, mut after) = (None, None);
        for (name, value) in &fields {
            let is_first = match name.as_str() {
                "limit" => limit.replace(read_limit(value)?).is_none(),
                "cursor" => after.replace(read_cursor(value)?).is_none(),
                _ => {
                    let detail = "unknown parameter; use limit or cursor";
                    return Err(Problem::bad_request("unknown_parameter", detail));
                }
            };
            if !is_first {
                return Err(invalid(format!("{name} may occur only once")));
            }
        }
        Ok(Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            after,
            path: address.path().to_owned(),
        })
    }
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::bad_request("invalid_parameter", detail.into())
}

fn read_limit(value: &str) -> Result<u32, Problem> {
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    let limit = value
        .parse()
        .ok()
        .filter(|limit| digits && (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| invalid(format!("limit must be a number from 1 to {MAX_LIMIT}")))
}

fn read_cursor<Id: FromStr>(value: &str) -> Result<Id, Problem> {
    let cursor = value.parse();
    cursor.map_err(|_| invalid("cursor must be the unchanged `next` of a page of this list"))
}
