//! How good a password is and how to find a better one, in words. Advice refuses nothing: that is
//! the policy's.

use zxcvbn::feedback::{Suggestion, Warning};

use super::{
    Password, PasswordPolicy,
    context::{words_of_email, words_of_site},
};
use crate::Email;

/// zxcvbn takes longer with the square of the length.
const MAX_CHARS: usize = 64;
/// It also takes longer with each further sign that may stand for a letter: a hundred characters
/// made of all of these took more than a second. Within both bounds the worst of 1500 took 18 ms,
/// which is about what a hash of the password costs.
const STAND_INS: &str = "4@8({[<369#&!1/|0$5+7%2";
const MAX_STAND_INS: usize = 8;

/// What zxcvbn says of a password, in words of our own that never repeat any of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// From 0, which anybody guesses, to 4.
    pub score: u8,
    /// What is wrong with it, if that can be said.
    pub warning: Option<&'static str>,
    /// What would be better.
    pub suggestions: Vec<&'static str>,
}

impl PasswordPolicy {
    /// How good that password would be for the owner of that address. Only its first characters are
    /// looked at, 64 at most; still it can be as much work as hashing it.
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
    /// All of it, the warning first.
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
        Warning::StraightRowsOfKeysAreEasyToGuess => "a row of keys is tried early",
        Warning::ShortKeyboardPatternsAreEasyToGuess => {
            "a short path over the keyboard is tried early"
        }
        Warning::RepeatsLikeAaaAreEasyToGuess => "one character over and over adds next to nothing",
        Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            "the same part twice is hardly better than once"
        }
        Warning::ThisIsATop10Password => "this is one of the ten commonest passwords",
        Warning::ThisIsATop100Password => "this is one of the hundred commonest passwords",
        Warning::ThisIsACommonPassword => "many people have this password",
        Warning::ThisIsSimilarToACommonlyUsedPassword => "this is a common password in disguise",
        Warning::SequencesLikeAbcAreEasyToGuess => {
            "characters in their order, as abc or 6543, are tried early"
        }
        Warning::RecentYearsAreEasyToGuess => "the years of a life are few, and all are tried",
        Warning::AWordByItselfIsEasyToGuess => "a single word stands in a dictionary",
        Warning::DatesAreOftenEasyToGuess => "dates are few, and all are tried",
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess => "a name alone stands in a list",
        Warning::CommonNamesAndSurnamesAreEasyToGuess => "common names are tried early",
    }
}

fn suggestion(of: Suggestion) -> &'static str {
    match of {
        Suggestion::UseAFewWordsAvoidCommonPhrases => {
            "take several words that nobody would put together"
        }
        Suggestion::NoNeedForSymbolsDigitsOrUppercaseLetters => {
            "capitals, digits and signs are not needed: length counts"
        }
        Suggestion::AddAnotherWordOrTwo => "add one more word, or two; rare ones are best",
        Suggestion::CapitalizationDoesntHelpVeryMuch => "a capital at the beginning helps little",
        Suggestion::AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase => {
            "capitals throughout help little"
        }
        Suggestion::ReversedWordsArentMuchHarderToGuess => "a word backwards helps little",
        Suggestion::PredictableSubstitutionsDontHelpVeryMuch => {
            "a sign in the place of a letter, as @ for a, helps little"
        }
        Suggestion::UseALongerKeyboardPatternWithMoreTurns => {
            "let a path over the keyboard be long and turn often"
        }
        Suggestion::AvoidRepeatedWordsAndCharacters => "leave out what is there already",
        Suggestion::AvoidSequences => "leave out characters in their order",
        Suggestion::AvoidRecentYears => "leave out years one has lived in",
        Suggestion::AvoidYearsThatAreAssociatedWithYou => {
            "leave out years that have to do with you"
        }
        Suggestion::AvoidDatesAndYearsThatAreAssociatedWithYou => {
            "leave out dates and years that have to do with you"
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
    fn what_everybody_knows_of_somebody_makes_a_password_worse() {
        let own = advice("lovelace12");
        let foreign = advice("hopperian12");
        assert!(own.score < foreign.score, "{own:?} {foreign:?}");
    }

    #[test]
    fn only_the_beginning_of_a_long_password_is_looked_at() {
        let long = "\u{e4}b".repeat(1 << 19);
        assert_eq!(beginning(&long).chars().count(), MAX_CHARS);
        assert_eq!(beginning("wombats rent seven"), "wombats rent seven");
        assert_eq!(beginning(""), "");
        assert_eq!(advice(&long), advice(&"\u{e4}b".repeat(32)));
        assert!(!advice(&"password".repeat(1 << 17)).suggestions.is_empty());
    }

    #[test]
    fn signs_that_may_stand_for_letters_are_looked_at_up_to_the_eighth() {
        let digits = "12345678".repeat(8);
        assert_eq!(beginning(&digits), digits);
        assert_eq!(beginning("12345678x@y"), "12345678x");
        assert_eq!(beginning(STAND_INS), &STAND_INS[..MAX_STAND_INS]);
    }
}
