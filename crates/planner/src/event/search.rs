//! How texts are compared in searches. It is defined only here, so that all databases find the same
//! events.

use unicode_normalization::UnicodeNormalization;

/// Folds a text for searching: NFC and lower case. Accents are significant. Searched texts and
/// search words must both be folded.
pub fn fold_for_search(text: &str) -> String {
    let lower = text.nfc().collect::<String>().to_lowercase();
    // Greek has a special small sigma at the end of a word, and a search may end before the word
    // does.
    lower.replace('ς', "σ").nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_composition_are_ignored() {
        assert_eq!(fold_for_search("ÜBER Zoe\u{301}"), "über zoé");
        assert_eq!(fold_for_search("u\u{308}ber"), fold_for_search("Über"));
        assert_ne!(fold_for_search("uber"), fold_for_search("über"));
    }

    #[test]
    fn a_prefix_of_a_word_finds_the_word() {
        assert!(fold_for_search("ΟΔΟΣΗΜΟ").contains(&fold_for_search("ΟΔΟΣ")));
        assert_eq!(fold_for_search("ΟΔΟΣ"), fold_for_search("οδος"));
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for text in ["İstanbul", "Straße", "ΟΔΟΣ", "ǅ", "A\u{30a}\u{1f}"] {
            let once = fold_for_search(text);
            assert_eq!(fold_for_search(&once), once, "{text}");
        }
    }
}
