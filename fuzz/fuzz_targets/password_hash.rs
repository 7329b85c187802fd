//! Parses any text as a password hash, as an import does with the column of another system.

#![no_main]

use guestlist::PasswordHash;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(hash) = PasswordHash::parse(text) else {
        // The error says what is wrong, and never shows the hash.
        let why = PasswordHash::parse(text).expect_err("is refused again").to_string();
        assert!(!why.is_empty());
        return;
    };
    assert_eq!(hash.as_stored(), text);
    assert!(hash.scheme().is_some());
    // The parts limit the length, so a row cannot hold a long text.
    assert!(text.len() <= 1024, "{}", text.len());
});
