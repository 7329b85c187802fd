//! Reads the token from the `Authorization` header of a request (RFC 6750, section 2.1). A token in
//! a form field or a query parameter is never accepted.

use axum::http::{HeaderMap, header::AUTHORIZATION, request::Parts};

/// The longest token that is read, in bytes. Our own tokens are shorter.
const MAX_TOKEN: usize = 8 * 1024;

/// The start of the header's value: the scheme and one space.
const BEARER: &[u8] = b"Bearer ";

/// Whether a character belongs to a b64token (RFC 6750, section 2.1).
const fn is_of_token(b: u8) -> bool {
    let alphanumeric = b.wrapping_sub(b'0') < 10 || (b | 0x20).wrapping_sub(b'a') < 26;
    // The first range is `-`, `.` and `/`.
    alphanumeric
        | (b.wrapping_sub(b'-') < 3)
        | (b == b'+')
        | (b == b'=')
        | (b == b'_')
        | (b == b'~')
}

/// Whether all characters belong to a b64token. Every request has a long token: without an early
/// end the compiler looks at sixteen characters at once.
fn is_token(text: &[u8]) -> bool {
    text.iter().fold(true, |all, b| all & is_of_token(*b))
}

/// The content of the `Authorization` header.
#[derive(Debug, PartialEq)]
pub(crate) enum Bearer<'a> {
    /// There is no such header, or it uses another scheme.
    Absent,
    /// One token.
    Token(&'a str),
    /// A value that cannot be a token, such as `[object Object]`.
    NoToken,
    /// The header has another form than one scheme and one token, the request has several
    /// `Authorization` headers, or the query contains another token.
    Malformed,
}

/// Reads the `Authorization` header of a request. A token in the query is never accepted. A request
/// with a token in the query and another in the header is malformed, because a client must use one
/// method only (RFC 6750, section 2).
pub(crate) fn bearer(parts: &Parts) -> Bearer<'_> {
    match in_headers(&parts.headers) {
        Bearer::Absent => Bearer::Absent,
        _ if parts.uri.query().is_some_and(names_a_token) => Bearer::Malformed,
        bearer => bearer,
    }
}

fn names_a_token(query: &str) -> bool {
    let mut names = query.split('&').filter_map(|field| field.split('=').next());
    names.any(|name| name == "access_token")
}

/// Reads the header alone. The scheme is compared without case (RFC 9110, section 11.1), and
/// exactly one space follows it.
fn in_headers(headers: &HeaderMap) -> Bearer<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Bearer::Absent;
    };
    if values.next().is_some() {
        return Bearer::Malformed;
    }
    let value = value.as_bytes();
    let token = match value.split_at_checked(BEARER.len()) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(BEARER) => token,
        _ => return without_a_token(value),
    };
    if token.is_empty() || token.len() > MAX_TOKEN {
        return Bearer::Malformed;
    }
    if is_token(token)
        && let Ok(token) = str::from_utf8(token)
    {
        return Bearer::Token(token);
    }
    let separates = |b: u8| matches!(b, b' ' | b'\t' | b',');
    let has_other = token.iter().any(|b| !is_of_token(*b) && !separates(*b));
    if has_other && token.iter().all(is_readable) {
        Bearer::NoToken
    } else {
        Bearer::Malformed
    }
}

/// Tells another scheme ([`Bearer::Absent`]) from a mistake such as `Bearer,`.
fn without_a_token(value: &[u8]) -> Bearer<'_> {
    let scheme = value.split(|b| *b == b' ').next().unwrap_or_default();
    let named = scheme
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    if named && !scheme.eq_ignore_ascii_case(b"bearer") && value.iter().all(is_readable) {
        Bearer::Absent
    } else {
        Bearer::Malformed
    }
}

/// Whether a header may contain this byte (RFC 9110, section 5.5): visible ASCII, space or tab.
fn is_readable(b: &u8) -> bool {
    b.is_ascii_graphic() || *b == b' ' || *b == b'\t'
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let value = |value: &&[u8]| {
            (
                AUTHORIZATION,
                HeaderValue::from_bytes(value).expect("is a header value"),
            )
        };
        values.iter().map(value).collect()
    }

    #[test]
    fn each_form_of_the_header_is_recognised() {
        let long = format!("Bearer {}", "x".repeat(MAX_TOKEN + 1));
        let table: &[(&[&[u8]], Bearer<'_>)] = &[
            (&[], Bearer::Absent),
            (&[b"Basic dXNlcjpwYXNz"], Bearer::Absent),
            (&[b"Bearer a.b.c"], Bearer::Token("a.b.c")),
            (&[b"bearer a.b.c"], Bearer::Token("a.b.c")),
            (&[b"BEARER a.b.c"], Bearer::Token("a.b.c")),
            (&[b"Bearer null"], Bearer::Token("null")),
            (&[b"Bearer [object Object]"], Bearer::NoToken),
            (&[b"Bearer \"a.b.c\""], Bearer::NoToken),
            (&[b"Bearer"], Bearer::Malformed),
            (&[b"Bearer "], Bearer::Malformed),
            (&[b"Bearer  a.b.c"], Bearer::Malformed),
            (&[b"Bearer a.b.c "], Bearer::Malformed),
            (&[b"Bearer a.b.c x"], Bearer::Malformed),
            (&[b"Bearer a.b.c, Bearer d"], Bearer::Malformed),
            (&[b"Bearer\ta.b.c"], Bearer::Malformed),
            (&[b"Bearer a.b.c\tx"], Bearer::Malformed),
            (&[b"Bearer a\x80"], Bearer::Malformed),
            (&[b"Bearer \xff"], Bearer::Malformed),
            (&[long.as_bytes()], Bearer::Malformed),
            (&[b"Bearer a.b.c", b"Bearer a.b.c"], Bearer::Malformed),
            (&[b"Bearer a.b.c", b"Basic x"], Bearer::Malformed),
        ];
        for (values, expected) in table {
            assert_eq!(in_headers(&headers(values)), *expected, "{values:?}");
        }
    }

    #[test]
    fn a_token_in_the_header_and_one_in_the_query_are_malformed() {
        for (query, expected) in [
            ("", Bearer::Token("a.b.c")),
            ("?limit=1&access_tokens=x", Bearer::Token("a.b.c")),
            ("?access_token=x", Bearer::Malformed),
            ("?limit=1&access_token=", Bearer::Malformed),
            ("?access_token", Bearer::Malformed),
        ] {
            let request = axum::http::Request::get(format!("/me{query}"));
            let request = request.header(AUTHORIZATION, "Bearer a.b.c").body(());
            let (parts, ()) = request.expect("is a request").into_parts();
            assert_eq!(bearer(&parts), expected, "{query}");
        }
    }
}
