//! The `If-Match` and `If-None-Match` headers of event requests (RFC 9110, section 13.1).

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap,
        header::{IF_MATCH, IF_NONE_MATCH},
        request::Parts,
    },
};
use guestlist_axum::Problem;
use planner::{Event, Version};

use super::event::etag;

/// No event has this version.
const NONE: Version = Version(0);

/// The version of an event that the client expects, from `If-Match`.
#[derive(Debug, PartialEq)]
pub(crate) enum IfMatch {
    /// There is no `If-Match` header.
    Absent,
    /// `*`: any version.
    Any,
    /// These tags. A weak tag counts as a strong one, because a compressing proxy (such as nginx)
    /// makes every tag weak, and the version identifies the whole event. This differs from RFC
    /// 9110, section 13.1.1, where weak tags never match.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Returns the version the client last saw, `None` for any version, or a version that no event
    /// has if the tags name another version.
    ///
    /// # Errors
    ///
    /// If the header is missing: 428.
    pub(crate) fn expected(&self, event: &Event) -> Result<Option<Version>, Problem> {
        match self {
            Self::Absent => Err(Problem::precondition_required()),
            Self::Any => Ok(None),
            Self::Tags(tags) => {
                let tag = etag(event.version);
                let seen = tags.iter().any(|seen| opaque(seen) == tag);
                Ok(Some(if seen { event.version } else { NONE }))
            }
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let tags = tags(&parts.headers, IF_MATCH);
        Ok(match tags.as_slice() {
            [] => Self::Absent,
            [any] if any == "*" => Self::Any,
            _ => Self::Tags(tags),
        })
    }
}

/// Whether `If-None-Match` names the event's current version. The answer is then 304 without a body
/// (RFC 9110, section 13.1.2).
pub(crate) fn is_known(headers: &HeaderMap, event: &Event) -> bool {
    let tag = etag(event.version);
    tags(headers, IF_NONE_MATCH)
        .iter()
        .any(|known| known == "*" || opaque(known) == tag)
}

/// Removes the `W/` of a weak tag.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn tags(headers: &HeaderMap, name: axum::http::HeaderName) -> Vec<String> {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| {
            String::from_utf8_lossy(value.as_bytes())
                .split(',')
                .map(|tag| tag.trim().to_owned())
                .collect::<Vec<_>>()
        })
        .collect()
}
