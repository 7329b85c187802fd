//! Sign-in from a browser.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use guestlist::{
    ChangePasswordError, Client, Email, Guestlist, Password, ResetPasswordError, RevokeError,
    Session, SignInError, SignedIn, StoreError, User, Wanted,
};

use crate::{KnownDevice, Problem, SentBy, SessionCookie, browser::Visit, client::seen_from};

/// Signs a user in with a session cookie. The handler must also ask for an
/// [`OwnForm`](crate::OwnForm), or at least for [`FromOwnPage`](crate::FromOwnPage): an unchecked
/// request cannot set a cookie.
///
/// If no browser would keep the cookie, the extractor answers 403 `needs_https`.
#[derive(Clone, Debug)]
pub struct CookieSignIn {
    visit: Arc<Visit>,
    guestlist: Guestlist,
    client: Client,
}

impl CookieSignIn {
    /// Checks the password and creates a session, as
    /// [`Guestlist::sign_in`](guestlist::Guestlist::sign_in) does. Ends the browser's previous
    /// session (OWASP ASVS 5.0, 7.2.4). From then on the browser is a known device of the user: a
    /// second cookie says so, for a year. The returned cookie must be part of the response.
    pub async fn sign_in(
        &self,
        email: Option<&Email>,
        password: Password,
    ) -> Result<(User, SessionCookie), SignInError> {
        let guestlist = &self.guestlist;
        let client = self.client.clone();
        let device = self.visit.device();
        let signed_in =
            guestlist.sign_in_on_device(email, password, client, Wanted::Cookie, device);
        let signed_in = signed_in.await?;
        Ok(cookie_of(guestlist, &self.visit, signed_in).await?)
    }

    /// Changes the password in that session, as
    /// [`Guestlist::change_password`](guestlist::Guestlist::change_password) does. All known
    /// devices become unknown, except this browser. The returned cookie must be part of the
    /// response.
    pub async fn change_password(
        &self,
        session: &Session,
        current: Password,
        new: Password,
    ) -> Result<SessionCookie, ChangePasswordError> {
        let guestlist = &self.guestlist;
        let changed = guestlist.change_password(session.id, current, new).await?;
        let browser = KnownDevice::of(&self.visit);
        let cookie = browser.after_replacement(session, &changed);
        Ok(cookie.unwrap_or_else(SessionCookie::cleared))
    }

    /// Sets another password by a link, as
    /// [`Guestlist::confirm_password_reset`](guestlist::Guestlist::confirm_password_reset) does.
    /// The user is not signed in, and the browser's session cookie is deleted.
    ///
    /// From then on the browser is a known device of the user, so that its owner can sign in while
    /// others guess. A user with a second factor gets no known device: each further one would allow
    /// further tries of a code. The returned cookie must be part of the response.
    pub async fn reset_password(
        &self,
        token: &str,
        new: Password,
    ) -> Result<SessionCookie, ResetPasswordError> {
        let guestlist = &self.guestlist;
        let user = guestlist.confirm_password_reset(token, new).await?;
        let cookie = SessionCookie::cleared();
        // The password is set. If the store fails now, the browser is not remembered.
        match guestlist.second_factor_of(user.id).await {
            Ok(None) => {
                let known = guestlist.remember_device(&user, self.visit.device());
                Ok(cookie.remembering(known))
            }
            Ok(Some(_)) | Err(_) => Ok(cookie),
        }
    }
}

impl CookieSignIn {
    /// Returns the origin of the request.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

/// Ends the session that the browser held before, and returns the user and the cookie of the new
/// session. The browser becomes a known device.
pub(crate) async fn cookie_of(
    guestlist: &Guestlist,
    visit: &Visit,
    signed_in: SignedIn,
) -> Result<(User, SessionCookie), StoreError> {
    if let Some(held) = visit.cookie() {
        guestlist.revoke(held).await.map_err(|error| match error {
            RevokeError::Store(error) => error,
        })?;
    }
    let cookie = SessionCookie::of(&signed_in);
    let cookie = cookie.expect("a cookie session was asked for");
    let known = guestlist.remember_device(&signed_in.user, visit.device());
    Ok((signed_in.user, cookie.remembering(known)))
}

impl<S: Send + Sync> FromRequestParts<S> for CookieSignIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(SentBy(client)) = SentBy::from_request_parts(parts, state).await;
        let visit = Arc::clone(Visit::needed(&parts.extensions, &parts.headers)?);
        if !visit.layer().can_set_cookies() {
            return Err(Problem::needs_https());
        }
        let guestlist = seen_from(visit.layer().guestlist(), parts);
        Ok(Self {
            visit,
            guestlist,
            client,
        })
    }
}
