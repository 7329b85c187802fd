//! The creator of an event, as other users see it.

use guestlist::{Email, UserName};

/// Shown for a user without a name.
const NO_NAME: &str = "a member";

/// The creator of an event, with the current values of the user's record.
#[derive(Clone, Debug, PartialEq)]
pub struct Creator {
    /// The e-mail address. Ownership is not verified, so do not show it to other users as an
    /// identity.
    pub email: Email,
    /// The name, if the user gave one.
    pub name: Option<UserName>,
    /// Whether the user is disabled and may not sign in.
    pub is_disabled: bool,
}

impl Creator {
    /// Returns the name that other users see; see [`shown_name`].
    pub fn shown_name(&self) -> &str {
        shown_name(self.name.as_ref())
    }
}

/// Returns the name that other users see: the user's name, or "a member". A name that looks like an
/// e-mail address is not shown, because the address could belong to another person.
pub fn shown_name(name: Option<&UserName>) -> &str {
    let name = name.filter(|name| !name.looks_like_an_address());
    name.map_or(NO_NAME, UserName::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_shown_by_name_and_never_by_an_address() {
        let ada = UserName::parse("Ada").ok();
        let stored = Some(UserName::from_stored("ceo@bigcorp.example".to_owned()));
        for (name, shown) in [(ada, "Ada"), (None, "a member"), (stored, "a member")] {
            let creator = Creator {
                email: guestlist::testing::email("ada@example.com"),
                name,
                is_disabled: false,
            };
            assert_eq!(creator.shown_name(), shown);
        }
    }
}
