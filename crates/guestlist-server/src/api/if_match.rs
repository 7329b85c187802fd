//! The `If-Match` and `If-None-Match` headers of event requests (RFC 9110, section 13.1).

use std::{borrow::Cow, convert::Infallible};

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap, HeaderName,
        header::{IF_MATCH, IF_NONE_MATCH},
        request::Parts,
    },
};
use guestlist_axum::Problem;
use planner::{Event, Version};

use crate::event_body::etag;

/// What is wrong with a malformed header.
const MALFORMED: &str = "If-Match must be *, or ETags as the server sent them, with their quotation marks, such as \"v1\"";

/// No event has this version.
const NONE: Version = Version(0);

/// The version of an event that the client expects, from `If-Match`.
#[derive(Debug, PartialEq)]
pub(crate) enum IfMatch {
    /// There is no `If-Match` header.
    Absent,
    /// The header is not of the form of RFC 9110, sections 8.8.3 and 13.1.1.
    Malformed,
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
    /// If the header is missing: 428. If it is malformed: 400.
    pub(crate) fn expected(&self, event: &Event) -> Result<Option<Version>, Problem> {
        match self {
            Self::Absent => Err(Problem::precondition_required()),
            Self::Malformed => Err(Problem::bad_request("invalid_request", MALFORMED)),
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
        let values: Vec<_> = values(&parts.headers, IF_MATCH).collect();
        Ok(match values.as_slice() {
            [] => Self::Absent,
            [any] if any.trim() == "*" => Self::Any,
            values => {
                let tags: Option<Vec<_>> = values.iter().map(|value| tags(value)).collect();
                tags.map_or(Self::Malformed, |tags| Self::Tags(tags.concat()))
            }
        })
    }
}

/// Whether `If-None-Match` names the event's current version. The answer is then 304 without a body
/// (RFC 9110, section 13.1.2). A malformed header names no version.
pub(crate) fn is_known(headers: &HeaderMap, event: &Event) -> bool {
    let tag = etag(event.version);
    values(headers, IF_NONE_MATCH).any(|value| {
        let known = tags(&value).unwrap_or_default();
        value.trim() == "*" || known.iter().any(|known| opaque(known) == tag)
    })
}

/// Removes the `W/` of a weak tag.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

fn values(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = Cow<'_, str>> {
    let values = headers.get_all(name).into_iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()))
}

/// Reads a list of entity tags, in which elements may be empty (RFC 9110, sections 5.6.1.2 and
/// 8.8.3). Returns `None` if the list is malformed.
fn tags(list: &str) -> Option<Vec<String>> {
    const WHITESPACE: [char; 2] = [' ', '\t'];
    let mut tags = Vec::new();
    let mut rest = list.trim_matches(WHITESPACE);
    while !rest.is_empty() {
        if !rest.starts_with(',') {
            // A tag may contain a comma, and no quotation mark.
            let opening = if rest.starts_with("W/\"") { 3 } else { 1 };
            let inside = rest.get(opening..)?;
            let end = inside.find('"')?;
            let (tag, after) = rest.split_at(opening + end + 1);
            if !opaque(tag).starts_with('"') || inside.get(..end)?.contains(is_no_etagc) {
                return None;
            }
            tags.push(tag.to_owned());
            rest = after.trim_start_matches(WHITESPACE);
            if !rest.is_empty() && !rest.starts_with(',') {
                return None;
            }
        }
        rest = rest.strip_prefix(',').unwrap_or(rest);
        rest = rest.trim_start_matches(WHITESPACE);
    }
    Some(tags)
}

/// Whether an entity tag must not contain the character.
fn is_no_etagc(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_graphic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_entity_tags_is_read_as_the_rfc_writes_it() {
        for (list, read) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("\"v1\"", &["\"v1\""]),
            ("W/\"v1\"", &["W/\"v1\""]),
            ("\"\"", &["\"\""]),
            ("\"a,b\" ,\t\"c\"", &["\"a,b\"", "\"c\""]),
            (",\"v1\",,W/\"v2\",", &["\"v1\"", "W/\"v2\""]),
            ("\"ü*\"", &["\"ü*\""]),
        ] {
            let tags = tags(list).unwrap_or_else(|| panic!("{list} is a list"));
            assert_eq!(tags, read, "{list}");
        }
        for list in [
            "v1",
            "*",
            "*, \"v1\"",
            "\"v1",
            "v1\"",
            "'v1'",
            "\"v1\" \"v2\"",
            "\"v1\"x",
            "w/\"v1\"",
            "W/v1",
            "W/ \"v1\"",
            "\"v 1\"",
            "\"v1\", v2",
            "ü",
            "ü\"v1\"",
        ] {
            assert_eq!(tags(list), None, "{list}");
        }
    }
}
