//! What holds of any bytes.

use proptest::prelude::*;

use super::{algorithms::jwt_of, *};

/// One door of each algorithm and a token of each, made once.
fn doors() -> &'static [(Jwt, String)] {
    static DOORS: std::sync::OnceLock<Vec<(Jwt, String)>> = std::sync::OnceLock::new();
    DOORS.get_or_init(|| {
        let door = |algorithm| match algorithm {
            Algorithm::Hs256 => key(),
            _ => jwt_of(algorithm),
        };
        let doors = Algorithm::ALL.map(door).into_iter();
        let signed = |jwt: Jwt| {
            let token = jwt.sign(&claims(), NOW).expect("signs");
            (jwt, token)
        };
        doors.map(signed).collect()
    })
}

proptest! {
    #[test]
    fn no_text_is_a_token_or_a_panic(text in ".*") {
        for (jwt, _) in doors() {
            prop_assert!(jwt.verify(&text, NOW).is_err());
        }
    }

    #[test]
    fn no_three_parts_are_a_token_or_a_panic(
        header in prop::collection::vec(any::<u8>(), 0..200),
        payload in prop::collection::vec(any::<u8>(), 0..200),
        signature in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (header, payload, signature) = (part(&header), part(&payload), part(&signature));
        for (jwt, token) in doors() {
            let (ours, _) = token.split_once('.').expect("has a dot");
            for header in [header.as_str(), ours] {
                let text = format!("{header}.{payload}.{signature}");
                prop_assert!(jwt.verify(&text, NOW).is_err());
            }
        }
    }

    #[test]
    fn whatever_is_signed_by_us_is_read_without_a_panic(
        header in ".{0,300}",
        payload in ".{0,300}",
    ) {
        let token = signed(header.as_bytes(), payload.as_bytes());
        prop_assert!(!accepts(&token));
        let token = signed(self::header().to_string().as_bytes(), payload.as_bytes());
        prop_assert!(!accepts(&token));
    }

    #[test]
    fn a_token_with_a_byte_changed_is_none(at in any::<prop::sample::Index>(), to in any::<char>()) {
        for (jwt, token) in doors() {
            let at = at.index(token.len());
            let mut changed = token.clone();
            changed.replace_range(at..=at, to.encode_utf8(&mut [0; 4]));
            prop_assert_eq!(jwt.verify(&changed, NOW).is_ok(), changed == *token);
        }
    }
}
