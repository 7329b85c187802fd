//! Words that are easy to find out: the parts of the user's e-mail address and the name of the
//! site. A password that is only such a word is refused; one that contains it is not.

use unicode_normalization::UnicodeNormalization;

use crate::Email;

/// The shortest word that counts, in characters. With shorter words, the rest is most of the
/// password.
const SHORTEST: usize = 4;

/// A password to compare with words.
pub(super) struct Candidate {
    /// The password in lower case, and the same without leading and trailing non-letters: `packt`
    /// for `!packt99`.
    forms: [String; 2],
}

impl Candidate {
    /// `folded` is the password in lower case and normalization form C.
    pub(super) fn new(folded: &str) -> Self {
        Self {
            forms: [folded.to_owned(), core(folded).to_owned()],
        }
    }

    /// Whether the password is only one of these words: as it is, backwards, or repeated.
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

/// Returns the address, its two sides, and the parts of both, except the last label of the domain.
pub(super) fn words_of_email(email: &Email) -> Vec<String> {
    let mut words = Vec::new();
    // The key has the domain in its ASCII form; the given text has it as users write it.
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

/// Returns the name, its words, and the words joined.
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

/// Removes leading and trailing non-letters.
fn core(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphabetic())
}

/// Whether the text is the word, once or repeated, and nothing else.
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
    fn a_phrase_that_only_contains_the_word_is_not_found() {
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
    fn the_parts_of_an_address_count_in_both_forms() {
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
        assert!(
            !is_one_of("example1", &words),
            "the last label is too common"
        );
        assert!(!is_one_of("ada12345", &words), "the word is too short");
    }
}
