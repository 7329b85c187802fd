//! The payload: RFC 8725, sections 3.8, 3.9 and 3.11, and RFC 7519, section 4.1.

use super::*;

/// JW11, JW13, TI03
#[test]
fn dates_must_be_numbers_in_range() {
    let now = NOW.as_secs();
    for exp in [
        json!("1999999999"),
        json!(-1),
        json!(0),
        json!(now),
        json!(now - 1),
        json!(1e308),
        json!(9_223_372_036_854_775_808_u64),
        json!(u64::MAX),
        json!([]),
        json!(true),
        json!({}),
        json!(253_402_300_800_i64),
        json!(null),
    ] {
        assert!(
            !accepts(&token(&header(), &with(payload(), "exp", exp.clone()))),
            "{exp}"
        );
    }
    let null = payload()
        .to_string()
        .replace(&format!("\"exp\":{}", now + 60), "\"exp\":null");
    assert!(null.contains("null"));
    assert!(!accepts(&signed(
        header().to_string().as_bytes(),
        null.as_bytes()
    )));
    for exp in [
        json!(1_999_999_999.5),
        json!(1.9e9),
        json!(now + 1),
        json!(253_402_300_799_i64),
    ] {
        assert!(
            accepts(&token(&header(), &with(payload(), "exp", exp.clone()))),
            "{exp}"
        );
    }
    for iat in [json!(null), json!("1"), json!(-1), json!(true)] {
        assert!(
            !accepts(&token(&header(), &with(payload(), "iat", iat.clone()))),
            "{iat}"
        );
    }
    for nbf in [
        json!(now + 60),
        json!(now + 1),
        json!("1"),
        json!(true),
        json!(-1),
    ] {
        assert!(
            !accepts(&token(&header(), &with(payload(), "nbf", nbf.clone()))),
            "{nbf}"
        );
    }
    assert!(accepts(&token(
        &header(),
        &with(payload(), "nbf", json!(now))
    )));
    let null = payload()
        .to_string()
        .replace("\"exp\"", "\"nbf\":null,\"exp\"");
    assert!(!accepts(&signed(
        header().to_string().as_bytes(),
        null.as_bytes()
    )));
}

/// RFC 7519, section 4.1.6. The clocks of two nodes may differ by a minute.
#[test]
fn a_token_from_the_future_is_refused() {
    let now = NOW.as_secs();
    let ten_years = 10 * 366 * 24 * 60 * 60;
    let payload = with(payload(), "exp", json!(now + 2 * ten_years));
    for (seconds, expected) in [
        (-ten_years, true),
        (0, true),
        (60, true),
        (61, false),
        (ten_years, false),
        (253_402_300_799 - now, false),
    ] {
        let made = with(payload.clone(), "iat", json!(now + seconds));
        assert_eq!(
            accepts(&token(&header(), &made)),
            expected,
            "in {seconds} seconds"
        );
    }
}

/// JW28, JW29, RFC 8725, sections 3.8 and 3.9
#[test]
fn issuer_audience_and_ids_must_be_ours() {
    for iss in [
        json!(null),
        json!(""),
        json!("https://party.example/"),
        json!(1),
        json!([ISSUER]),
    ] {
        assert!(
            !accepts(&token(&header(), &with(payload(), "iss", iss.clone()))),
            "{iss}"
        );
    }
    for aud in [
        json!(null),
        json!("other"),
        json!([]),
        json!([123]),
        json!(["other"]),
        json!(""),
    ] {
        assert!(
            !accepts(&token(&header(), &with(payload(), "aud", aud.clone()))),
            "{aud}"
        );
    }
    assert!(accepts(&token(
        &header(),
        &with(payload(), "aud", json!(["x", ISSUER]))
    )));
    let id = UserId::new(NOW).to_string();
    for name in ["sub", "sid"] {
        for value in [
            json!(null),
            json!(""),
            json!(1),
            json!([]),
            json!(id.to_uppercase()),
            json!(format!("{{{id}}}")),
            json!("62b5b0c8f1a2d3e4f5a6b7c8"),
            json!("x".repeat(5_000)),
        ] {
            let payload = with(payload(), name, value.clone());
            assert!(!accepts(&token(&header(), &payload)), "{name} {value:.60}");
        }
    }
    assert!(!accepts(&token(
        &header(),
        &with(payload(), "jti", json!(null))
    )));
}

/// JW18, JW32, RFC 8725, section 3.7
#[test]
fn a_header_or_payload_that_is_not_a_plain_object_is_refused() {
    let (header, payload) = (header().to_string(), payload().to_string());
    let deep = "[".repeat(3_000);
    let bom = format!("\u{feff}{payload}");
    let utf16: Vec<u8> = payload.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let twice = |json: &str, member: &str| json.replacen('{', &format!("{{{member},"), 1);
    for other in [
        &b"[]"[..],
        b"\"x\"",
        b"1",
        b"",
        b"null",
        deep.as_bytes(),
        bom.as_bytes(),
        &utf16,
        b"\xff",
    ] {
        assert!(!accepts(&signed(header.as_bytes(), other)));
        assert!(!accepts(&signed(other, payload.as_bytes())));
    }
    for member in ["\"alg\":\"HS256\"", "\"typ\":\"at+jwt\""] {
        assert!(
            !accepts(&signed(
                twice(&header, member).as_bytes(),
                payload.as_bytes()
            )),
            "{member}"
        );
    }
    for member in ["\"exp\":1999999999", "\"sub\":\"x\"", "\"\\u0073ub\":\"x\""] {
        assert!(
            !accepts(&signed(
                header.as_bytes(),
                twice(&payload, member).as_bytes()
            )),
            "{member}"
        );
    }
}
