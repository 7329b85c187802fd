//! The request body that creates an account.

use axum::extract::{FromRef, FromRequest, Request};
use guestlist::{Email, Guestlist, Password, PasswordPolicy};
use serde::Deserialize;

use crate::{FieldError, Mistakes, Problem, Unchecked};

/// The e-mail address and the password of a new account, from a JSON object with `email` and
/// `password`. Other members are ignored. A refusal lists the mistakes of both.
#[derive(Debug)]
pub struct NewAccount {
    /// The address to sign in with.
    pub email: Email,
    /// The password to sign in with. [`Guestlist::sign_up`] checks it.
    pub password: Password,
}

#[derive(Deserialize)]
struct Sent {
    email: String,
    password: String,
}

impl NewAccount {
    /// Returns the account, or adds its mistakes. The policy is asked only if there are other
    /// mistakes; otherwise signing up asks it and gives advice.
    pub(crate) fn check(
        email: &str,
        password: String,
        policy: &PasswordPolicy,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let email = mistakes.take(Email::parse(email).map_err(FieldError::email));
        let password = Password::new(password);
        if !mistakes.is_empty() {
            mistakes.password("/password", policy.check(&password, email.as_ref()));
        }
        Some(Self {
            email: email?,
            password,
        })
    }
}

impl<S> FromRequest<S> for NewAccount
where
    S: Send + Sync,
    Guestlist: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let sent: Unchecked<Sent> = Unchecked::from_request(request, state).await?;
        let guestlist = Guestlist::from_ref(state);
        Ok(sent.check(|sent, mistakes| {
            Self::check(&sent.email, sent.password, guestlist.policy(), mistakes)
        })?)
    }
}
