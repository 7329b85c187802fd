//! Properties for arbitrary bytes.

use proptest::prelude::*;

use super::{algorithms::jwt_of, *};

/// Returns one [`Jwt`] for each algorithm, and a token of each, created once.
fn issuers() -> &'static [(Jwt, String)] {
    static ISSUERS: std::sync::OnceLock<Vec<(Jwt, String)>> = std::sync::OnceLock::new();
    ISSUERS.get_or_init(|| {
        let issuer = |algorithm| match algorithm {
            Algorithm::Hs256 => key(),
            _ => jwt_of(algorithm),
        };
        let issuers = Algorithm::ALL.map(issuer).into_iter();
        let signed = |jwt: Jwt| {
            let token = jwt.sign(&claims(), NOW).expect("signs");
            (jwt, token)
        };
        issuers.map(signed).collect()
    })
}

proptest! {
    #[test]
    fn no_text_is_accepted_or_panics(text in ".*") {
        for (jwt, _) in issuers() {
            prop_assert!(jwt.verify(&text, NOW).is_err());
        }
    }

    #[test]
    fn no_three_parts_are_accepted_or_panic(
        header in prop::collection::vec(any::<u8>(), 0..200),
        payload in prop::collection::vec(any::<u8>(), 0..200),
        signature in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (header, payload, signature) = (part(&header), part(&payload), part(&signature));
        for (jwt, token) in issuers() {
            let (ours, _) = token.split_once('.').expect("has a dot");
            for header in [header.as_str(), ours] {
                let text = format!("{header}.{payload}.{signature}");
                prop_assert!(jwt.verify(&text, NOW).is_err());
            }
        }
    }

    #[test]
    fn any_signed_content_is_read_without_a_panic(
        header in ".{0,300}",
        payload in ".{0,300}",
    ) {
        let token = signed(header.as_bytes(), payload.as_bytes());
        prop_assert!(!accepts(&token));
        let token = signed(self::header().to_string().as_bytes(), payload.as_bytes());
        prop_assert!(!accepts(&token));
    }

    #[test]
    fn a_token_with_a_changed_byte_is_refused(at in any::<prop::sample::Index>(), to in any::<char>()) {
        for (jwt, token) in issuers() {
            let at = at.index(token.len());
            let mut changed = token.clone();
            changed.replace_range(at..=at, to.encode_utf8(&mut [0; 4]));
            prop_assert_eq!(jwt.verify(&changed, NOW).is_ok(), changed == *token);
        }
    }
}
