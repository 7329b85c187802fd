//! Tokens that show that a request comes from one of our own forms.

use crate::{FormOf, Guestlist, OpaqueToken, SessionId, TokenKind};

impl Guestlist {
    /// Creates a CSRF token for a form. A request that sends the token back comes from a form of
    /// this session or visitor, because pages of other sites cannot read it. The token grants
    /// nothing else. The token is valid until the session ends or the browser loses the visitor's
    /// cookie.
    ///
    /// # Panics
    ///
    /// Panics if the operating system gives no randomness.
    pub fn form_token(&self, of: FormOf<'_>) -> String {
        self.form_keys().token(of)
    }

    /// Whether [`form_token`](Self::form_token) made this token for this session or visitor, with
    /// the current or the previous secret.
    pub fn made_form_token(&self, of: FormOf<'_>, token: &str) -> bool {
        self.form_keys().made(of, token)
    }

    /// Returns the session that a session cookie names. The store is not asked, so the cookie may
    /// be invalid.
    pub fn session_of_cookie(&self, value: &str) -> Option<SessionId> {
        let token = OpaqueToken::parse(value).ok()?;
        (token.kind() == TokenKind::Cookie).then(|| token.record().into())
    }
}

#[cfg(test)]
mod tests {
    use crate::{FormOf, Wanted, auth::fixture::Fixture};

    #[tokio::test]
    async fn a_cookie_names_its_session_and_a_form_token_is_bound_to_it() {
        let fixture = Fixture::new().await;
        let cookie = fixture.sign_in(Wanted::Cookie).await;
        let token = fixture.sign_in(Wanted::DATABASE).await;
        let named = |value: &str| fixture.guestlist.session_of_cookie(value);
        let id = named(cookie.access_token.expose()).expect("is a cookie");
        assert_eq!(id, cookie.session.id);
        assert_eq!(named(token.access_token.expose()), None);
        assert_eq!(named("glc_"), None);
        let form = fixture.guestlist.form_token(FormOf::Session(id));
        let made = |of| fixture.guestlist.made_form_token(of, &form);
        assert!(made(FormOf::Session(id)));
        assert!(!made(FormOf::Session(token.session.id)));
    }
}
