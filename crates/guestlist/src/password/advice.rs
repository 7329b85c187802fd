//! Estimates how good a password is, and advises how to choose a better one. Advice refuses
//! nothing: the policy does.

use zxcvbn::feedback::{Suggestion, Warning};

use super::{
    Password, PasswordPolicy,
    context::{words_of_email, words_of_site},
};
use crate::Email;

/// The most characters that are rated: zxcvbn's time grows with the square of the length.
const MAX_CHARS: usize = 64;
/// Characters that may stand for a letter. zxcvbn takes longer with each different one in a
/// password: 100 characters of all these kinds took more than a second.
const STAND_INS: &str = "4@8({[<369#&!1/|0$5+7%2";
/// How many different ones are rated at most. Within both limits the worst of 1500 passwords took
/// 18 ms, about as long as hashing the password.
const MAX_STAND_INS: usize = 8;

/// zxcvbn's rating of a password, in our own words, which never repeat any part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// From 0, very easy to guess, to 4, very hard to guess.
    pub score: u8,
    /// The main weakness, if there is one to name.
    pub warning: Option<&'static str>,
    /// What would be better.
    pub suggestions: Vec<&'static str>,
}

impl PasswordPolicy {
    /// Rates a password for the user with this address. Only its start is rated, at most 64
    /// characters; still this can be as much work as hashing it.
    pub fn advice(&self, password: &Password, email: &Email) -> Advice {
        let mut words = words_of_email(email);
        words.extend(words_of_site(&self.site_name));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let entropy = zxcvbn::zxcvbn(beginning(password.expose()), &words);
        let feedback = entropy.feedback();
        Advice {
            score: entropy.score().into(),
            warning: feedback
                .and_then(|feedback| feedback.warning())
                .map(warning),
            suggestions: feedback
                .map(|feedback| feedback.suggestions())
                .unwrap_or_default()
                .iter()
                .map(|of| suggestion(*of))
                .collect(),
        }
    }
}

impl Advice {
    /// Returns all texts, the warning first.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.warning
            .into_iter()
            .chain(self.suggestions.iter().copied())
    }
}

fn beginning(password: &str) -> &str {
    let mut seen = Vec::new();
    let end = password
        .char_indices()
        .enumerate()
        .find(|(number, (_, c))| {
            if STAND_INS.contains(*c) && !seen.contains(c) {
                seen.push(*c);
            }
            *number == MAX_CHARS || seen.len() > MAX_STAND_INS
        });
    end.map_or(password, |(_, (at, _))| &password[..at])
}

fn warning(of: Warning) -> &'static str {
    match of {
        Warning::StraightRowsOfKeysAreEasyToGuess => "a row of keys is easy to guess",
        Warning::ShortKeyboardPatternsAreEasyToGuess => "a short keyboard pattern is easy to guess",
        Warning::RepeatsLikeAaaAreEasyToGuess => "one repeated character is easy to guess",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            "repeating the same part makes it hardly harder to guess"
        }
        Warning::ThisIsATop10Password => "this is one of the 10 most common passwords",
        Warning::ThisIsATop100Password => "this is one of the 100 most common passwords",
        Warning::ThisIsACommonPassword => "many users have this password",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "this is similar to a common password",
        Warning::SequencesLikeAbcAreEasyToGuess => {
            "a sequence such as abc or 6543 is easy to guess"
        }
        Warning::RecentYearsAreEasyToGuess => "recent years are easy to guess",
        Warning::AWordByItselfIsEasyToGuess => "a single word is easy to guess",
        Warning::DatesAreOftenEasyToGuess => "a date is easy to guess",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "a name alone is easy to guess",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "a common name is easy to guess",
    }
}

fn suggestion(of: Suggestion) -> &'static str {
    match of {
        Suggestion::UseAFewWordsAvoidCommonPhrases => {
            "use several words that do not belong together"
        }
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => {
            "you do not need capitals, digits or symbols: length counts"
        }
        Suggestion::AddAnotherWordOrTwo => "add one or two more words; rare ones are best",
        Suggestion::CapitalizationDoesntHelpVeryMuch => "a capital first letter helps little",
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            "capitals everywhere help little"
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => "a word backwards helps little",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => {
            "a symbol instead of a letter, such as @ for a, helps little"
        }
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => {
            "use a longer keyboard pattern with more turns"
        }
        Suggestion::AvoidRepeatedWordsAndCharacters => "avoid repeated words and characters",
        Suggestion::AvoidSequences => "avoid sequences",
        Suggestion::AvoidRecentYears => "avoid recent years",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => "avoid years that others know about you",
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            "avoid dates and years that others know about you"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(password: &str) -> Advice {
        let email = Email::parse("lovelace@example.com").expect("parses");
        PasswordPolicy::default().advice(&Password::new(password), &email)
    }

    #[test]
    fn a_common_word_gets_advice_and_a_good_password_none() {
        let common = advice("password");
        assert_eq!(common.score, 0);
        assert!(common.warning.is_some() && !common.suggestions.is_empty());
        assert_eq!(common.words().next(), common.warning);
        assert_eq!(common.words().count(), 1 + common.suggestions.len());
        let good = advice("wombats rent seven purple lighthouses");
        assert_eq!((good.score, good.words().count()), (4, 0));
    }

    #[test]
    fn the_users_own_address_in_a_password_lowers_its_score() {
        let own = advice("lovelace12");
        let foreign = advice("hopperian12");
        assert!(own.score < foreign.score, "{own:?} {foreign:?}");
    }

    #[test]
    fn only_the_start_of_a_long_password_is_rated() {
        let long = "\u{e4}b".repeat(1 << 19);
        assert_eq!(beginning(&long).chars().count(), MAX_CHARS);
        assert_eq!(beginning("wombats rent seven"), "wombats rent seven");
        assert_eq!(beginning(""), "");
        assert_eq!(advice(&long), advice(&"\u{e4}b".repeat(32)));
        assert!(!advice(&"password".repeat(1 << 17)).suggestions.is_empty());
    }

    #[test]
    fn at_most_eight_different_substitute_characters_are_rated() {
        let digits = "12345678".repeat(8);
        assert_eq!(beginning(&digits), digits);
        assert_eq!(beginning("12345678x@y"), "12345678x");
        assert_eq!(beginning(STAND_INS), &STAND_INS[..MAX_STAND_INS]);
    }
}
