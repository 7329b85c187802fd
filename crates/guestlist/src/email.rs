//! E-mail addresses: parsed once, compared in one canonical form.
//!
//! An address is a dot-atom local part (RFC 5322, section 3.2.3, with the letters of RFC 6532) at a
//! domain name. Quoted local parts, address literals and comments are refused. Rules of single
//! providers are not applied: `a.l@example.com` and `al@example.com` are two addresses.

use std::{fmt, str::FromStr};

use addr_spec::AddrSpec;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// The limit of the local part (RFC 5321, section 4.5.3.1.1), in octets.
const MAX_LOCAL_PART: usize = 64;
/// The limit of an address (RFC 5321, section 4.5.3.1.3): a path of 256 octets without its angle
/// brackets.
const MAX_ADDRESS: usize = 254;

/// An e-mail address that a user signs in with.
///
/// Two addresses are equal if their [`key`](Self::key)s are.
#[derive(Clone)]
pub struct Email {
    key: String,
    as_given: String,
}

impl Email {
    /// Parses the address of a new account, or a new address of an account. Spaces and tabs around
    /// it are removed.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let email = Self::parse_local(text)?;
        if email.is_local() {
            return Err(EmailError::Domain);
        }
        let (local_part, _) = email.as_given.rsplit_once('@').unwrap_or_default();
        if !local_part.chars().all(may_stand_unquoted) {
            return Err(EmailError::Malformed);
        }
        Ok(email)
    }

    /// Parses an address that an existing account may have: for a sign-in, a search or an import.
    /// It accepts more than [`parse`](Self::parse) does: a machine of the local network, such as
    /// `admin@localhost`, and a `;` before the `@`, which earlier versions accepted.
    pub fn parse_local(text: &str) -> Result<Self, EmailError> {
        // Twice the limit in octets, because characters may become shorter when they are
        // normalized.
        if text.len() > 2 * MAX_ADDRESS {
            return Err(EmailError::TooLong);
        }
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.chars().any(is_unseen) {
            return Err(EmailError::UnseenCharacter);
        }
        let before_at = text
            .rsplit_once('@')
            .map_or(text, |(local_part, _)| local_part);
        if before_at.chars().any(is_another_spelling) {
            return Err(EmailError::OtherSpelling);
        }
        // Quotes that are not needed would give one address two forms.
        if text.contains('"') {
            return Err(EmailError::Malformed);
        }
        let address: AddrSpec = text.parse().map_err(|_| EmailError::Malformed)?;
        if address.is_quoted() || address.is_literal() {
            return Err(EmailError::Malformed);
        }
        let (local_part, domain) = address.into_parts();
        let ascii_domain = Uts46::new()
            .to_ascii(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| EmailError::Domain)?;
        // A number at the end is an IPv4 address.
        let last_label = ascii_domain.rsplit('.').next().unwrap_or_default();
        if last_label.bytes().all(|b| b.is_ascii_digit()) {
            return Err(EmailError::Domain);
        }
        let key = format!("{}@{ascii_domain}", local_part.to_lowercase().nfc());
        let as_given = format!("{local_part}@{domain}");
        if local_part.len() > MAX_LOCAL_PART || as_given.len().max(key.len()) > MAX_ADDRESS {
            return Err(EmailError::TooLong);
        }
        Ok(Self { key, as_given })
    }

    /// Whether the domain has only one label, which names a machine of the local network.
    pub fn is_local(&self) -> bool {
        let domain = self.key.rsplit_once('@').map(|(_, domain)| domain);
        domain.is_some_and(|domain| !domain.contains('.'))
    }

    /// Restores an address from its stored forms, [`key`](Self::key) and
    /// [`as_given`](Self::as_given). The caller must pass the two forms of one address, unchanged:
    /// this function does not check them.
    pub fn from_stored(key: String, as_given: String) -> Self {
        Self { key, as_given }
    }

    /// Returns the form for comparing addresses: lower case, NFC, and the domain in its ASCII form
    /// (UTS 46).
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the address as its owner wrote it, to show it and to send e-mail.
    pub fn as_given(&self) -> &str {
        &self.as_given
    }
}

/// Whether a local part may contain the character without quotes: letters and digits, the marks of
/// `atext` (RFC 5322, section 3.2.3), and the dots between atoms.
fn may_stand_unquoted(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

/// Whether a character is invisible: an address with such a character looks like another one.
fn is_unseen(c: char) -> bool {
    use GeneralCategory as Category;
    let category = get_general_category(c);
    matches!(
        category,
        Category::Control
            | Category::Format
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::PrivateUse
            | Category::SpaceSeparator
            | Category::Surrogate
            | Category::Unassigned
    ) || matches!(c,
        // Letters and marks by category that have no visible form (Default_Ignorable_Code_Point).
        '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether Unicode treats the character as another form of others (NFKC), such as U+212A, the
/// Kelvin sign, of `K`. With such a character, two forms could be one account, and a domain that
/// normalizes would send e-mail to another user. Characters that NFC splits into a letter and its
/// marks are allowed, because some keyboards type them.
fn is_another_spelling(c: char) -> bool {
    if c.is_ascii() {
        return false;
    }
    let same = std::iter::once(c);
    let changes = !same.clone().nfkc().eq(same.clone());
    let is_apart = same.clone().nfc().count() > 1 && same.clone().nfc().eq(same.nfkc());
    changes && !is_apart
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Email {}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_given)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({:?})", self.as_given)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Why a text is not accepted as an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// The text is empty.
    #[error("an e-mail address is needed")]
    Empty,
    /// The address has more than 64 octets before the `@`, or more than 254 in all.
    #[error("this e-mail address is too long")]
    TooLong,
    /// The address contains a space or an invisible character.
    #[error("this e-mail address contains a space or an invisible character")]
    UnseenCharacter,
    /// The part before the `@` has a character that is another form of others.
    #[error(
        "this e-mail address has a character before the @ that is a special form of another; type the usual one"
    )]
    OtherSpelling,
    /// The text does not have the form `name@example.com`.
    #[error("an e-mail address looks like name@example.com")]
    Malformed,
    /// The part after the `@` is not a domain name.
    #[error("this e-mail address does not end in a domain name such as example.com")]
    Domain,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(text: &str) -> String {
        Email::parse(text).expect(text).key
    }

    #[test]
    fn case_and_the_form_of_the_domain_do_not_matter() {
        assert_eq!(key("ALICE@Example.Com"), key("alice@example.com"));
        assert_eq!(key(" \talice@example.com "), key("alice@example.com"));
        assert_eq!(key("user@xn--mnchen-3ya.de"), key("user@münchen.de"));
        assert_eq!(key("user@ｅｘａｍｐｌｅ.com"), key("user@example.com"));
        assert_eq!(key("user@example。com"), key("user@example.com"));
        assert_eq!(key("Zoe\u{301}@example.com"), key("zoé@example.com"));
    }

    #[test]
    fn an_address_of_the_local_network_is_refused_for_a_new_account() {
        for text in ["admin@localhost", "Root@Mail"] {
            assert_eq!(Email::parse(text), Err(EmailError::Domain), "{text}");
            let email = Email::parse_local(text).expect(text);
            assert_eq!(email.key(), text.to_lowercase());
            assert!(email.is_local());
        }
        for text in ["admin@", "a@7", "a@-x", "a b@localhost", "a@127.0.0.1"] {
            assert!(Email::parse_local(text).is_err(), "{text}");
        }
    }

    #[test]
    fn different_addresses_stay_different() {
        assert_ne!(key("a.l.i.c.e@gmail.example"), key("alice@gmail.example"));
        assert_ne!(key("alice+x@example.com"), key("alice@example.com"));
        let latin_and_cyrillic = (key("alice@example.com"), key("\u{430}lice@example.com"));
        assert_ne!(latin_and_cyrillic.0, latin_and_cyrillic.1);
    }

    /// U+212A was once treated as `k`, in lower case and in NFC.
    #[test]
    fn a_local_part_has_one_form() {
        for text in [
            "\u{212a}@example.com",
            "mar\u{212a}@example.com",
            "\u{212b}sa@example.com",
            "\u{2126}@example.com",
            "ada\u{ff11}@example.com",
            "\u{ff41}da@example.com",
            "o\u{fb03}ce@example.com",
            "ada\u{b2}@example.com",
            "\u{17f}am@example.com",
            "\u{f900}@example.com",
        ] {
            assert_eq!(
                Email::parse(text).err(),
                Some(EmailError::OtherSpelling),
                "{text}"
            );
        }
        assert_eq!(
            key("user@\u{212a}elvin.example"),
            key("user@kelvin.example")
        );
        assert_eq!(
            key("\u{958}@example.com"),
            key("\u{915}\u{93c}@example.com")
        );
        assert_eq!(key("zo\u{eb}@example.com"), key("zoe\u{308}@example.com"));
        for text in [
            "太郎@example.com",
            "зоя@example.com",
            "straße@example.com",
            "ıi@example.com",
        ] {
            assert!(Email::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_given_form_is_kept() {
        let email = Email::parse("Ada.Lovelace@Example.com").expect("parses");
        assert_eq!(email.to_string(), "Ada.Lovelace@Example.com");
        assert_eq!(email.key(), "ada.lovelace@example.com");
    }

    #[test]
    fn limits_are_those_of_rfc_5321() {
        let local = |n: usize| format!("{}@example.com", "a".repeat(n));
        assert!(Email::parse(&local(64)).is_ok());
        assert_eq!(Email::parse(&local(65)), Err(EmailError::TooLong));
        let labels = format!("{0}.{0}.{0}.{1}", "b".repeat(59), "c".repeat(61));
        assert_eq!(labels.len() + "aaaaaaaaaaaa@".len(), 254);
        assert!(Email::parse(&format!("aaaaaaaaaaaa@{labels}")).is_ok());
        assert!(Email::parse(&format!("aaaaaaaaaaaaa@{labels}")).is_err());
        assert_eq!(Email::parse(&local(1 << 20)), Err(EmailError::TooLong));
    }

    #[test]
    fn an_invalid_address_is_refused() {
        for text in [
            "a@b@example.com",
            "a@",
            "@b",
            "a",
            "",
            " ",
            "a@.com",
            "a@b..c",
            ".a@b.com",
            "a.@b.com",
            "a..b@c.com",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "a@localhost",
            "a@127.0.0.1",
            "\"a b\"@example.com",
            "\"a\"@example.com",
            "a b@example.com",
            "a@exam ple.com",
            "a@-example.com",
            "a@example.com.",
            "a@exa_mple.com",
            ";=x@example.com",
            "<script>@example.com",
            "a@example.com\"><img src=x>",
            "a@example.com%0d%0aX: y",
            "Ada <a@example.com>",
            "a(comment)@example.com",
            "a@example.com\r\nBcc: x@evil.example",
            "a@xn--a.com",
            "a@example.com\0.evil.example",
            "a\0@example.com",
            "\u{a0}a@example.com",
            "a@example.com\u{200b}",
            "\u{feff}a@example.com",
            "a\u{202e}b@example.com",
            "a\u{7}@example.com",
            "\u{3164}@example.com",
            "a@example.com\n",
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }

    /// RFC 5321, section 4.1.2: a local part without quotes is a `Dot-string` of `atext`.
    #[test]
    fn a_local_part_has_the_marks_of_an_atom_and_no_others() {
        for mark in "!#$%&'*+-/=?^_`{|}~".chars() {
            for text in [
                format!("{mark}x@example.com"),
                format!("a{mark}@example.com"),
            ] {
                assert!(Email::parse(&text).is_ok(), "{text}");
            }
        }
        for mark in "\"(),:;<>@[\\]".chars() {
            for text in [
                format!("{mark}=x@example.com"),
                format!("a{mark}b@example.com"),
            ] {
                let parsed = Email::parse(&text);
                assert_eq!(parsed.err(), Some(EmailError::Malformed), "{text}");
                let existing = Email::parse_local(&text);
                assert_eq!(existing.is_ok(), mark == ';', "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_a_key_is_its_own_key(text in "\\PC{0,12}@?\\PC{0,12}(\\.com)?") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.key()).expect("a key is an address");
                prop_assert_eq!(again.key(), email.key());
            }
        }
    }
}
