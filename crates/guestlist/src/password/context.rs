//! What everybody could know: the words of somebody's address and the name of the place. A password
//! that is nothing but such a word is refused; one that merely holds it is not.

use unicode_normalization::UnicodeNormalization;

use crate::Email;

/// In characters. Shorter words do not count: what is around them is then most of the password.
const SHORTEST: usize = 4;

/// A password that is to be compared with words.
pub(super) struct Candidate {
    /// In lower case, and the same without what is around its letters: `!packt99` is `packt`.
    forms: [String; 2],
}

impl Candidate {
    /// `folded` is in lower case and normal form C.
    pub(super) fn new(folded: &str) -> Self {
        Self {
            forms: [folded.to_owned(), core(folded).to_owned()],
        }
    }

    /// Whether it is nothing but one of those words, as it is, backwards, or over and over.
    pub(super) fn is_one_of(&self, words: &[String]) -> bool {
        self.forms.iter().any(|form| {
            let backwards: String = form.chars().rev().collect();
            words.iter().any(|word| {
                [core(word), word.as_str()]
                    .into_iter()
                    .filter(|word| word.chars().count() >= SHORTEST)
                    .any(|word| repeats(form, word) || repeats(&backwards, word))
            })
        })
    }
}

/// The address, its two sides, and the pieces of both; of the domain's labels all but the last.
pub(super) fn words_of_email(email: &Email) -> Vec<String> {
    let mut words = Vec::new();
    // The key has the domain as the network knows it, what was given as people write it.
    for address in [email.key(), email.as_given()] {
        let address = folded(address);
        let (local_part, domain) = address.split_once('@').unwrap_or((&address, ""));
        words.extend([local_part, domain].map(str::to_owned));
        words.extend(local_part.split(['.', '_', '-', '+']).map(str::to_owned));
        let mut labels = domain.split('.').rev();
        labels.next();
        words.extend(labels.map(str::to_owned));
        words.push(address);
    }
    words
}

/// The name, its words, and the words written as one.
pub(super) fn words_of_site(name: &str) -> Vec<String> {
    let name = folded(name);
    let mut words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_owned)
        .collect();
    words.push(words.concat());
    words.push(name);
    words
}

fn folded(text: &str) -> String {
    text.to_lowercase().nfc().collect()
}

/// Without digits and punctuation around it.
fn core(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphabetic())
}

/// Whether the text is that word once or more often, and nothing else.
fn repeats(text: &str, word: &str) -> bool {
    !text.is_empty() && text.replace(word, "").is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_one_of(password: &str, words: &[String]) -> bool {
        Candidate::new(&folded(password)).is_one_of(words)
    }

    #[test]
    fn a_word_in_its_simple_forms_is_found() {
        let words = words_of_site("Ada's Parties");
        for password in [
            "ada's parties",
            "ADA'S PARTIES",
            "parties1",
            "2026parties!",
            "!!parties!!",
            "partiesparties",
            "seitrap1",
            "seitrapseitrap",
            "adasparties",
            "seitrapsada",
        ] {
            assert!(is_one_of(password, &words), "{password}");
        }
    }

    #[test]
    fn a_phrase_that_merely_holds_the_word_is_not() {
        let words = words_of_site("Ada's Parties");
        for password in [
            "parties are loud",
            "my parties",
            "partiesx",
            "partie",
            "ada12345",
            "12345678",
            "!!!!????",
            "",
        ] {
            assert!(!is_one_of(password, &words), "{password}");
        }
        assert!(!is_one_of("anything", &words_of_site("")));
    }

    #[test]
    fn an_address_has_its_pieces_in_both_spellings() {
        let email = Email::parse("Ada.Love-lace+Club42@mail.München.example").expect("parses");
        let words = words_of_email(&email);
        for password in [
            "ada.love-lace+club42@mail.münchen.example",
            "ada.love-lace+club42",
            "love1234",
            "lace1234",
            "club4242",
            "club42club42",
            "mail1234",
            "münchen1",
            "mu\u{308}nchen1",
            "xn--mnchen-3ya",
            "mail.münchen.example",
            "elpmaxe.nehcnüm.liam",
        ] {
            assert!(is_one_of(password, &words), "{password}");
        }
        assert!(!is_one_of("example1", &words), "many end in the same label");
        assert!(!is_one_of("ada12345", &words), "too short a word");
    }
}
