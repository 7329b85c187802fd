//! Who made an event, for others to see.

use guestlist::{Email, UserName};

/// What a user without a name is called.
const NO_NAME: &str = "a member";

/// The user who made an event, as the user's record says now.
#[derive(Clone, Debug, PartialEq)]
pub struct Creator {
    /// The e-mail address. Nobody has to own it: do not show it to others as who somebody is.
    pub email: Email,
    /// The name, if the user gave one.
    pub name: Option<UserName>,
    /// The user may not sign in at present.
    pub is_disabled: bool,
}

impl Creator {
    /// What others are shown, see [`shown_name`].
    pub fn shown_name(&self) -> &str {
        shown_name(self.name.as_ref())
    }
}

/// What others are shown of a user: the name, or "a member" without one. An e-mail address is no name, nor
/// is a part of one; it could be anybody's.
pub fn shown_name(name: Option<&UserName>) -> &str {
    let name = name.filter(|name| !name.looks_like_an_address());
    name.map_or(NO_NAME, UserName::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_shown_by_a_name_and_never_by_an_address() {
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
