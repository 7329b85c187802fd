//! The precondition of a change (RFC 9110, section 13.1.1).

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

/// What a client has seen of the thing it wants to change.
#[derive(Debug, PartialEq)]
pub(crate) enum IfMatch {
    /// It does not say.
    Absent,
    /// `*`: whatever is there.
    Any,
    /// These tags. A weak one counts as the version that it names: a proxy that compresses makes every tag weak
    /// (nginx does), and a version says all there is to know of an event. RFC 9110, section 13.1.1, would have weak
    /// tags never match.
    Tags(Vec<String>),
}

impl IfMatch {
    /// The version that the client last saw; a version that no event has if the client saw another event.
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

/// Whether the client has what it asks for already: then it need not be sent (RFC 9110, 13.1.2).
pub(crate) fn is_known(headers: &HeaderMap, event: &Event) -> bool {
    let tag = etag(event.version);
    tags(headers, IF_NONE_MATCH)
        .iter()
        .any(|known| known == "*" || opaque(known) == tag)
}

/// A tag without the mark of a weak one.
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
