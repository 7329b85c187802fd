//! Whatever somebody's export has in its column of hashes.

#![no_main]

use guestlist::PasswordHash;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(hash) = PasswordHash::parse(text) else {
        // A refusal says why, and never what the hash was.
        let why = PasswordHash::parse(text).expect_err("is refused again").to_string();
        assert!(!why.is_empty());
        return;
    };
    assert_eq!(hash.as_stored(), text);
    assert!(hash.scheme().is_some());
    // Its length is bounded by its parts, so a row cannot hold a book.
    assert!(text.len() <= 1024, "{}", text.len());
});
