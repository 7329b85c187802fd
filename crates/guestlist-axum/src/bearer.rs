//! The `Authorization` header of a request (RFC 6750, section 2.1). Nothing else carries a token:
//! no form field and no query parameter is looked at.

use axum::http::{HeaderMap, header::AUTHORIZATION};

/// A longer one is no token of ours.
const MAX_TOKEN: usize = 8 * 1024;

/// The alphabet of a b64token, as a table: every request has a long one.
const IN_TOKENS: [bool; 256] = {
    let mut table = [false; 256];
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
    let mut at = 0;
    while at < alphabet.len() {
        #[expect(
            clippy::as_conversions,
            reason = "a byte is an index, in a constant too"
        )]
        let index = alphabet[at] as usize;
        table[index] = true;
        at += 1;
    }
    table
};

/// What stands in the header.
#[derive(Debug, PartialEq)]
pub(crate) enum Bearer<'a> {
    /// There is none, or one of another scheme.
    Absent,
    /// One token.
    Token(&'a str),
    /// Something no token looks like, such as `[object Object]`.
    NoToken,
    /// Not one scheme and one token, or more than one header.
    Malformed,
}

/// Reads the header. The scheme's case does not matter (RFC 9110, section 11.1); one space follows it.
pub(crate) fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Bearer::Absent;
    };
    if values.next().is_some() {
        return Bearer::Malformed;
    }
    let Ok(value) = value.to_str() else {
        return Bearer::Malformed;
    };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // `Bearer,` and the like are no other scheme but a mistake.
        let other = scheme
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-');
        return if other {
            Bearer::Absent
        } else {
            Bearer::Malformed
        };
    }
    if token.is_empty() || token.len() > MAX_TOKEN {
        return Bearer::Malformed;
    }
    if token.bytes().all(|b| IN_TOKENS[usize::from(b)]) {
        Bearer::Token(token)
    } else if token
        .bytes()
        .all(|b| IN_TOKENS[usize::from(b)] || b" ,\t".contains(&b))
    {
        Bearer::Malformed
    } else {
        Bearer::NoToken
    }
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
    fn every_form_of_the_header_is_told_apart() {
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
            assert_eq!(bearer(&headers(values)), *expected, "{values:?}");
        }
    }
}
