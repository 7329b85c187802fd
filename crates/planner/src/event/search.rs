//! How words are compared when somebody searches: here and nowhere else, so that every engine finds
//! the same.

use unicode_normalization::UnicodeNormalization;

/// The form in which a text is searched and searched for: NFC and lower case. Accents count.
pub fn fold_for_search(text: &str) -> String {
    let lower = text.nfc().collect::<String>().to_lowercase();
    // The end of a word has a small sigma of its own, and a search may end before the word does.
    lower.replace('ς', "σ").nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_composition_do_not_matter() {
        assert_eq!(fold_for_search("ÜBER Zoe\u{301}"), "über zoé");
        assert_eq!(fold_for_search("u\u{308}ber"), fold_for_search("Über"));
        assert_ne!(fold_for_search("uber"), fold_for_search("über"));
    }

    #[test]
    fn the_start_of_a_word_finds_the_word() {
        assert!(fold_for_search("ΟΔΟΣΗΜΟ").contains(&fold_for_search("ΟΔΟΣ")));
        assert_eq!(fold_for_search("ΟΔΟΣ"), fold_for_search("οδος"));
    }

    #[test]
    fn what_was_folded_stays_as_it_is() {
        for text in ["İstanbul", "Straße", "ΟΔΟΣ", "ǅ", "A\u{30a}\u{1f}"] {
            let once = fold_for_search(text);
            assert_eq!(fold_for_search(&once), once, "{text}");
        }
    }
}
