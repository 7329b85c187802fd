//! How the command line names a user.

use std::str::FromStr;

use anyhow::Context;
use guestlist::{Email, User, UserId};

use crate::app::App;

/// An e-mail address or an id.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    Id(UserId),
    Email(Email),
}

impl FromStr for Who {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let email = Email::parse_local(text).map(Self::Email);
        email.map_err(|_| "give an e-mail address or an id")
    }
}

impl Who {
    /// Finds the user.
    pub(crate) async fn find(&self, app: &App) -> anyhow::Result<User> {
        let (found, named) = match self {
            Self::Id(id) => (app.guestlist.find_user(*id).await?, id.to_string()),
            Self::Email(email) => (
                app.guestlist.find_user_by_email(email).await?,
                email.to_string(),
            ),
        };
        found.with_context(|| format!("there is no user {named}"))
    }
}
