use super::*;

fn secret(text: &str) -> SecretKey {
    SecretKey::weak(text).expect("is a key")
}

fn keys(current: &str, previous: Option<&str>) -> LinkKeys {
    LinkKeys::new(&Secrets::new(secret(current), previous.map(secret)))
}

const ID: Uuid = Uuid::from_u128(7);
const SALT: Salt = Salt::from_stored([9; 16]);

fn shown(token: &LinkToken) -> ShownLink {
    ShownLink::parse(token.expose()).expect("has the form")
}

#[test]
fn a_link_is_valid_only_for_its_record_purpose_and_salt() {
    let keys = keys("a secret", None);
    for purpose in LinkPurpose::ALL {
        let token = keys.token(ID, purpose, &SALT);
        assert_eq!(shown(&token).id, ID);
        for other in LinkPurpose::ALL {
            let made = keys.made(&shown(&token), other, &SALT);
            assert_eq!(made, other == purpose, "{purpose} {other}");
        }
        let other_salt = Salt::from_stored([8; 16]);
        assert!(!keys.made(&shown(&token), purpose, &other_salt));
        let mut elsewhere = shown(&token);
        elsewhere.id = Uuid::from_u128(8);
        assert!(!keys.made(&elsewhere, purpose, &SALT));
    }
}

#[test]
fn a_link_of_the_previous_secret_is_valid_and_of_another_is_not() {
    let purpose = LinkPurpose::ResetPassword;
    let old = keys("a secret", None).token(ID, purpose, &SALT);
    assert!(keys("another", Some("a secret")).made(&shown(&old), purpose, &SALT));
    assert!(!keys("another", None).made(&shown(&old), purpose, &SALT));
    let code = keys("a secret", None).code(ID, purpose, &SALT);
    assert!(keys("another", Some("a secret")).is_code(&code, ID, purpose, &SALT));
    assert!(!keys("another", None).is_code(&code, ID, purpose, &SALT));
}

#[test]
fn a_token_has_one_form_and_any_other_text_is_refused() {
    let keys = keys("a secret", None);
    let purpose = LinkPurpose::VerifyEmail;
    let token = keys.token(ID, purpose, &SALT);
    let text = token.expose();
    assert_eq!(text.len(), LEN);
    for at in 0..text.len() {
        let mut changed = text.to_owned();
        let other = if &text[at..=at] == "A" { "B" } else { "A" };
        changed.replace_range(at..=at, other);
        let shown = ShownLink::parse(&changed);
        assert!(
            !shown.is_some_and(|shown| keys.made(&shown, purpose, &SALT)),
            "{at}"
        );
    }
    let padded = format!("{text}=");
    for bad in [
        "",
        "null",
        &text[1..],
        &padded,
        &"é".repeat(32),
        &" ".repeat(LEN),
    ] {
        assert!(ShownLink::parse(bad).is_none(), "{bad}");
    }
}

/// The bytes never change: links in mails would end with a new version of the program.
#[test]
fn the_derivation_is_the_one_that_is_written_down() {
    let key = secret("a secret").derive("links");
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_ref()).expect("takes any length");
    mac.update(ID.as_bytes());
    mac.update(&[2]);
    mac.update(&[9; 16]);
    let mut expected = ID.as_bytes().to_vec();
    expected.extend_from_slice(&mac.finalize().into_bytes());
    let token = keys("a secret", None).token(ID, LinkPurpose::ResetPassword, &SALT);
    assert_eq!(token.expose(), URL_SAFE_NO_PAD.encode(expected));
    let url = token.url("https://example.com/", LinkPurpose::ResetPassword);
    assert_eq!(
        *url,
        format!("https://example.com/reset-password/{}", token.expose())
    );
}

#[test]
fn a_code_has_six_digits_and_belongs_to_one_record() {
    let keys = keys("a secret", None);
    let purpose = LinkPurpose::VerifyEmail;
    let mut codes = std::collections::HashSet::new();
    for number in 0..1_000 {
        let code = keys.code(Uuid::from_u128(number), purpose, &SALT);
        assert!(
            code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()),
            "{}",
            *code
        );
        codes.insert(code.to_string());
    }
    assert!(codes.len() > 990, "{} different codes", codes.len());
    let code = keys.code(ID, purpose, &SALT);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    assert!(keys.is_code(&code, ID, purpose, &SALT));
    assert!(keys.is_code(&spaced, ID, purpose, &SALT));
    let longer = format!("{}0", *code);
    for wrong in ["", &code[1..], &longer, "abcdef"] {
        assert!(!keys.is_code(wrong, ID, purpose, &SALT), "{wrong}");
    }
    assert!(!keys.is_code(&code, ID, LinkPurpose::ChangeEmail, &SALT));
    assert!(!keys.is_code(&code, Uuid::from_u128(8), purpose, &SALT));
}

#[test]
fn nothing_of_a_link_is_printed() {
    let keys = keys("a secret", None);
    let token = keys.token(ID, LinkPurpose::Setup, &SALT);
    let printed = format!("{keys:?} {token:?} {:?}", shown(&token));
    assert!(!printed.contains(&token.expose()[22..]), "{printed}");
}

#[test]
fn purposes_have_stable_names() {
    for purpose in LinkPurpose::ALL {
        assert_eq!(purpose.as_str().parse(), Ok(purpose));
        assert_eq!(purpose.path(), purpose.as_str().replace('_', "-"));
    }
    assert_eq!("".parse::<LinkPurpose>(), Err(LinkPurposeError));
}
