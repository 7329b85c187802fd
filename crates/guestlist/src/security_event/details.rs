//! What is known about an event besides its kind.

use std::collections::BTreeMap;

/// The names of details, and the values that have a fixed form.
pub mod detail {
    /// Why something was refused or ended: one of the words below, or the words of an administrator.
    pub const REASON: &str = "reason";
    /// The id of a session.
    pub const SESSION: &str = "session";
    /// How a session was opened: [`SignInMethod`](crate::SignInMethod). Or by which link something
    /// was done.
    pub const HOW: &str = "how";
    /// The id of a personal access token.
    pub const TOKEN: &str = "token";
    /// The name of a personal access token.
    pub const NAME: &str = "name";
    /// The scope of a personal access token.
    pub const SCOPE: &str = "scope";
    /// The e-mail address before the change.
    pub const FROM: &str = "from";
    /// The e-mail address after the change.
    pub const TO: &str = "to";
    /// The title of an event that an administrator removed.
    pub const TITLE: &str = "title";
    /// How many recovery codes are left.
    pub const LEFT: &str = "left";
    /// The new role.
    pub const ROLE: &str = "role";
    /// Whether personal access tokens ended too: `true`.
    pub const TOKENS_ENDED: &str = "tokens_ended";
    /// The generation of a refresh token.
    pub const GENERATION: &str = "generation";
    /// How often a refresh token was sent again.
    pub const RETRIES: &str = "retries";
    /// The address from which the session was refreshed before.
    pub const REFRESHED_FROM: &str = "refreshed_from";
    /// What differs from the refresh before: `network`, `device`, `network and device`.
    pub const ANOTHER: &str = "another";
    /// Whose address the event has, if it is not the client's: `proxy`.
    pub const ADDRESS_OF: &str = "address_of";

    /// The value of [`ADDRESS_OF`] if a proxy that is not trusted passed the request on.
    pub const PROXY: &str = "proxy";
    /// A [`REASON`]: the password is wrong.
    pub const WRONG_PASSWORD: &str = "wrong_password";
    /// A [`REASON`]: the code of the second factor is wrong.
    pub const WRONG_CODE: &str = "wrong_code";
    /// A [`REASON`]: the stored hash cannot be used.
    pub const UNREADABLE_HASH: &str = "unreadable_hash";
    /// A [`REASON`]: the account is disabled.
    pub const DISABLED: &str = "disabled";
    /// A [`REASON`]: the password was changed during the sign-in.
    pub const PASSWORD_CHANGED: &str = "password_changed";
    /// A [`REASON`]: the user has too many sessions.
    pub const QUOTA: &str = "quota";
    /// By the setup link of a site without an administrator.
    pub const SETUP_LINK: &str = "setup_link";
    /// A [`HOW`]: by the link in a mail. It is unknown who opened the link.
    pub const MAIL_LINK: &str = "mail_link";
    /// A [`HOW`]: by a link for another password that an administrator made.
    pub const RESET_LINK: &str = "reset_link";
    /// A [`REASON`]: a refresh token was used that had been replaced before.
    pub const OLD_TOKEN: &str = "old_token";
    /// A [`REASON`]: a refresh token was sent again too often.
    pub const TOO_OFTEN: &str = "too_often";
    /// A [`REASON`]: a refresh token was sent again from another network or device.
    pub const ELSEWHERE: &str = "elsewhere";
}

/// What is known about an event besides its kind: a few names with values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventDetails(BTreeMap<String, String>);

impl EventDetails {
    /// Returns the value of a detail.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns all details in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Sets a detail.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// Returns the text to store: a JSON object.
    pub fn as_stored(&self) -> String {
        serde_json::json!(self.0).to_string()
    }

    /// Restores the details from their stored text ([`as_stored`](Self::as_stored)).
    ///
    /// # Errors
    ///
    /// If the text is not a JSON object of texts.
    pub fn from_stored(text: &str) -> Result<Self, EventDetailsError> {
        let details = serde_json::from_str(text);
        details.map(Self).map_err(|_| EventDetailsError)
    }
}

/// The text holds no details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the details of an event: a JSON object of texts")]
pub struct EventDetailsError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_comes_back() {
        let mut details = EventDetails::default();
        assert_eq!(details.as_stored(), "{}");
        details.insert(detail::NAME, "\0 \" \\ \u{1f980} $ne");
        assert!(!details.as_stored().contains('\0'));
        let restored = EventDetails::from_stored(&details.as_stored());
        assert_eq!(restored, Ok(details));
        for other in ["", "[]", "{\"a\":1}", "null"] {
            assert_eq!(EventDetails::from_stored(other), Err(EventDetailsError));
        }
    }
}
