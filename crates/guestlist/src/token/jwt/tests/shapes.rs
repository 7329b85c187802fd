//! Tokens in unusual forms: encrypted, nested, huge, deep, or with whitespace.

use super::*;

fn parts(texts: &[&str]) -> String {
    let parts: Vec<_> = texts
        .iter()
        .map(|text| URL_SAFE_NO_PAD.encode(text))
        .collect();
    parts.join(".")
}

/// JW19, RFC 8725, section 3.6, RFC 8725bis, sections 3.13 and 3.15. We do not read JWE (RFC 7516),
/// so no client can make the server decrypt, decompress or derive anything.
#[test]
fn an_encrypted_token_is_refused() {
    for header in [
        json!({ "alg": "dir", "enc": "A256GCM" }),
        json!({ "alg": "dir", "enc": "A256GCM", "zip": "DEF" }),
        json!({ "alg": "RSA-OAEP", "enc": "A256GCM", "kid": kid(&key()) }),
        json!({ "alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "AAAA", "p2c": 1_000_000_000 }),
    ] {
        let (header, payload) = (header.to_string(), payload().to_string());
        for key in ["key", ""] {
            let encrypted = parts(&[&header, key, "nonce", &payload, "tag"]);
            assert!(!accepts(&encrypted), "{header}");
        }
        assert!(
            !accepts(&signed(header.as_bytes(), payload.as_bytes())),
            "{header}"
        );
    }
    let five = format!("{}.AAAA.AAAA", token(&header(), &payload()));
    assert!(!accepts(&five));
}

/// JW20, RFC 8725, section 3.3
#[test]
fn a_token_inside_a_token_is_refused() {
    let inner = token(&header(), &payload());
    assert!(accepts(&inner));
    let header = header().to_string();
    assert!(!accepts(&signed(header.as_bytes(), inner.as_bytes())));
    let quoted = json!(inner).to_string();
    assert!(!accepts(&signed(header.as_bytes(), quoted.as_bytes())));
}

/// JW34
#[test]
fn the_size_of_a_token_is_limited_even_if_we_signed_it() {
    let of = |bytes: usize| token(&header(), &with(payload(), "x", json!("x".repeat(bytes))));
    assert!(accepts(&of(5_000)));
    for bytes in [6_500, 100_000, 1_000_000] {
        assert!(!accepts(&of(bytes)), "{bytes}");
    }
}

/// JW32
#[test]
fn deeply_nested_json_costs_little() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let payload = payload().to_string();
    for depth in [1, 100, 127, 128, 1_000, 2_500] {
        let deep = nested(depth);
        let header = header().to_string();
        // An unknown claim is skipped, whatever its value.
        let claim = payload.replacen('{', &format!("{{\"x\":{deep},"), 1);
        assert!(
            accepts(&signed(header.as_bytes(), claim.as_bytes())),
            "{depth}"
        );
        let in_place = payload.replacen("\"jti\":\"x\"", &format!("\"jti\":{deep}"), 1);
        assert_ne!(in_place, payload);
        assert!(
            !accepts(&signed(header.as_bytes(), in_place.as_bytes())),
            "{depth}"
        );
        let member = header.replacen('{', &format!("{{\"x\":{deep},"), 1);
        assert!(
            !accepts(&signed(member.as_bytes(), payload.as_bytes())),
            "{depth}"
        );
        assert!(
            !accepts(&signed(deep.as_bytes(), payload.as_bytes())),
            "{depth}"
        );
    }
}

/// JW16, RFC 8725bis, section 3.14
#[test]
fn whitespace_in_a_token_is_refused() {
    let token = token(&header(), &payload());
    for blank in [
        " ", "\t", "\n", "\r", "\r\n", "\0", "\u{b}", "\u{c}", "\u{85}", "\u{a0}", "\u{1680}",
        "\u{2003}", "\u{200b}", "\u{2028}", "\u{2029}", "\u{202f}", "\u{3000}", "\u{feff}", "%20",
    ] {
        for at in [0, 1, 5, token.len() - 1, token.len()] {
            let mut with_blank = token.clone();
            with_blank.insert_str(at, blank);
            assert!(!accepts(&with_blank), "{blank:?} at {at}");
        }
        let after_dot = token.replace('.', &format!(".{blank}"));
        assert!(!accepts(&after_dot), "{blank:?} after a dot");
    }
    // JSON allows four whitespace characters and no others (RFC 8259, section 2).
    let payload = payload().to_string();
    for (blank, is_blank) in [
        (" ", true),
        ("\n", true),
        ("\u{a0}", false),
        ("\u{2003}", false),
    ] {
        let header = header().to_string().replacen('{', &format!("{{{blank}"), 1);
        let token = signed(header.as_bytes(), payload.as_bytes());
        assert_eq!(accepts(&token), is_blank, "{blank:?} in the header");
    }
}

/// RFC 8725, section 3.7, and RFC 8259, section 8.2.
#[test]
fn a_lone_surrogate_is_not_a_key_name() {
    let good = header().to_string();
    for kid in [r"\ud800", r"\udc00", r"\ud800x", r"\u0000"] {
        let header = good.replace(&kid_of_ours(), kid);
        assert_ne!(header, good);
        let token = signed(header.as_bytes(), payload().to_string().as_bytes());
        assert!(!accepts(&token), "{kid}");
    }
    // An escape is another form of the same name, and the signature covers the form.
    let first = kid_of_ours().remove(0);
    let escaped = format!("\\u{:04x}{}", u32::from(first), &kid_of_ours()[1..]);
    let header = good.replace(&kid_of_ours(), &escaped);
    let token = signed(header.as_bytes(), payload().to_string().as_bytes());
    assert!(accepts(&token));
}

fn kid_of_ours() -> String {
    kid(&key())
}
