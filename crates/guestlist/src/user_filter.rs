//! Which users an administrator looks for.

use unicode_normalization::UnicodeNormalization;

use crate::{Role, User};

/// Selects users. The default selects all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// A part of the e-mail address or of the name.
    pub search: Option<UserSearch>,
    /// Only users of this standing.
    pub standing: Option<UserStanding>,
}

impl UserFilter {
    /// Whether the user matches. Databases evaluate the filter themselves and must agree with this.
    pub fn matches(&self, user: &User) -> bool {
        self.search
            .as_ref()
            .is_none_or(|search| search.matches_user(user))
            && self.standing.is_none_or(|standing| standing.is_of(user))
    }
}

/// A group of users that an administrator has work with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserStanding {
    /// Users who are disabled.
    Disabled,
    /// Administrators, also disabled ones.
    Admins,
    /// Users who wait for an administrator's approval.
    Unapproved,
    /// Users whose e-mail address is not verified.
    Unverified,
}

impl UserStanding {
    /// All groups.
    pub const ALL: [Self; 4] = [
        Self::Disabled,
        Self::Admins,
        Self::Unapproved,
        Self::Unverified,
    ];

    /// Returns the word for the group.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Admins => "admins",
            Self::Unapproved => "unapproved",
            Self::Unverified => "unverified",
        }
    }

    /// Returns the group with that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.as_str() == word)
    }

    /// Whether the user belongs to the group.
    pub fn is_of(self, user: &User) -> bool {
        match self {
            Self::Disabled => user.disabled_at.is_some(),
            Self::Admins => user.role == Role::Admin,
            Self::Unapproved => user.approved_at.is_none(),
            Self::Unverified => user.verified_at.is_none(),
        }
    }
}

/// A part of an e-mail address or of a name. Upper and lower case are the same, letter by letter.
/// No character is a wildcard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSearch(Vec<char>);

impl UserSearch {
    /// How many characters a search has at most. The cost of a search grows with them. No e-mail
    /// address that is accepted is longer.
    pub const MOST: usize = 254;

    /// Reads what an administrator typed, without the spaces around it. Returns `None` if nothing
    /// remains.
    ///
    /// # Errors
    ///
    /// If the text is too long, or has a control character, which no address and no name has.
    pub fn parse(text: &str) -> Result<Option<Self>, UserSearchError> {
        let chars: Vec<char> = text.trim().nfc().take(Self::MOST + 1).collect();
        if chars.len() > Self::MOST {
            return Err(UserSearchError::TooLong);
        }
        if chars.iter().any(|c| c.is_control()) {
            return Err(UserSearchError::Control);
        }
        Ok(Some(Self(chars)).filter(|search| !search.0.is_empty()))
    }

    /// Whether the text contains these characters.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        text.windows(self.0.len()).any(|part| {
            part.iter()
                .zip(&self.0)
                .all(|(c, typed)| spellings(*typed).any(|spelling| spelling == *c))
        })
    }

    fn matches_user(&self, user: &User) -> bool {
        let name = user.name.as_ref().map_or("", |name| name.as_str());
        [user.email.key(), user.email.as_given(), name]
            .into_iter()
            .any(|text| self.matches(text))
    }

    /// Returns a regular expression that finds exactly what [`matches`](Self::matches) finds. A
    /// letter is a class of its two cases. A punctuation character has a backslash before it, so
    /// that in every dialect each character means itself.
    pub fn as_regex(&self) -> String {
        self.pattern(|literal, c| {
            if c.is_ascii_punctuation() {
                literal.push('\\');
            }
            literal.push(c);
        })
    }

    /// Returns a pattern for the operator `GLOB` of SQLite, which finds exactly what
    /// [`matches`](Self::matches) finds.
    pub fn as_glob(&self) -> String {
        let part = self.pattern(|literal, c| match c {
            '*' | '?' | '[' => literal.extend(['[', c, ']']),
            c => literal.push(c),
        });
        format!("*{part}*")
    }

    fn pattern(&self, literally: impl Fn(&mut String, char)) -> String {
        let mut pattern = String::with_capacity(self.0.len() * 4);
        for &c in &self.0 {
            let both: Vec<char> = spellings(c).collect();
            if both.iter().all(|spelling| *spelling == c) {
                literally(&mut pattern, c);
            } else {
                // Only letters have two cases, and no letter has a meaning in a class.
                pattern.push('[');
                pattern.extend(both);
                pattern.push(']');
            }
        }
        pattern
    }
}

/// Returns a character, and its lower and upper case if they are one character each. Some of the
/// three may be the same.
fn spellings(c: char) -> impl Iterator<Item = char> {
    let lower = single(c.to_lowercase()).unwrap_or(c);
    let upper = single(lower.to_uppercase()).unwrap_or(c);
    [c, lower, upper].into_iter()
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    chars.next().filter(|_| chars.next().is_none())
}

/// Why a text cannot be searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserSearchError {
    /// The text has more than [`UserSearch::MOST`] characters.
    #[error("a search may have at most {} characters", UserSearch::MOST)]
    TooLong,
    /// The text has a control character.
    #[error("the search contains a control character")]
    Control,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str) -> UserSearch {
        let search = UserSearch::parse(text).expect("is a search");
        search.expect("is not empty")
    }

    #[test]
    fn a_search_ignores_case_and_takes_every_character_as_itself() {
        for (typed, text, expected) in [
            ("LOVE", "Ada Lovelace", true),
            (" ada l ", "Ada Lovelace", true),
            ("zoë", "ZOË", true),
            ("зоя", "Зоя", true),
            ("%", "Ada Lovelace", false),
            ("_", "Ada Lovelace", false),
            (".*", "Ada Lovelace", false),
            ("a*e", "Ada Lovelace", false),
            ("d?", "Ada Lovelace", false),
            ("[a]", "Ada Lovelace", false),
            ("100%", "100% Ada", true),
            ("a longer text", "a", false),
        ] {
            assert_eq!(search(typed).matches(text), expected, "{typed} in {text}");
        }
    }

    #[test]
    fn a_search_has_a_limit_and_no_control_characters() {
        assert_eq!(UserSearch::parse("  "), Ok(None));
        assert_eq!(UserSearch::parse("a\0b"), Err(UserSearchError::Control));
        let most = "é".repeat(254);
        assert!(UserSearch::parse(&most).is_ok());
        let more = UserSearch::parse(&format!("{most}é"));
        assert_eq!(more, Err(UserSearchError::TooLong));
    }

    #[test]
    fn patterns_have_no_wildcard_but_those_at_the_ends() {
        assert_eq!(search("a.*ß1").as_regex(), r"[aaA]\.\*ß1");
        assert_eq!(search("*?[]^é").as_glob(), "*[*][?][[]]^[ééÉ]*");
    }
}
