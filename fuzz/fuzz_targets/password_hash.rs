//! Fuzzes the hashes of another system's export.

#![no_main]

use guestlist::PasswordHash;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(hash) = PasswordHash::parse(text) else {
        // The error gives a reason, and never the hash.
        let why = PasswordHash::parse(text)
            .expect_err("is refused again")
            .to_string();
        assert!(!why.is_empty());
        return;
    };
    assert_eq!(hash.as_stored(), text);
    assert!(hash.scheme().is_some());
    // The limits of the parts also limit the length of a stored hash.
    assert!(text.len() <= 1024, "{}", text.len());
});
