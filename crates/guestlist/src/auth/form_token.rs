//! Whether a request was made from a form of ours.

use crate::{FormOf, Guestlist, OpaqueToken, SessionId, TokenKind};

impl Guestlist {
    /// A new token for a form: whoever sends it back was shown that form, in that session or as that
    /// visitor. It opens nothing, and lives for as long as what it is bound to.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    pub fn form_token(&self, of: FormOf<'_>) -> String {
        self.form_keys().token(of)
    }

    /// Whether that token was made here for that session or visitor.
    pub fn made_form_token(&self, of: FormOf<'_>, token: &str) -> bool {
        self.form_keys().made(of, token)
    }

    /// The session that a cookie of that value is for, whether it opens it or not. Nobody is asked.
    pub fn session_of_cookie(&self, value: &str) -> Option<SessionId> {
        let token = OpaqueToken::parse(value).ok()?;
        (token.kind() == TokenKind::Cookie).then(|| token.record().into())
    }
}

#[cfg(test)]
mod tests {
    use crate::{FormOf, Wanted, auth::scene::Scene};

    #[tokio::test]
    async fn a_cookie_names_its_session_and_a_token_of_a_form_shows_it() {
        let scene = Scene::new().await;
        let cookie = scene.sign_in(Wanted::Cookie).await;
        let token = scene.sign_in(Wanted::DATABASE).await;
        let named = |value: &str| scene.guestlist.session_of_cookie(value);
        let id = named(cookie.access_token.expose()).expect("is a cookie");
        assert_eq!(id, cookie.session.id);
        assert_eq!(named(token.access_token.expose()), None);
        assert_eq!(named("glc_"), None);
        let form = scene.guestlist.form_token(FormOf::Session(id));
        let made = |of| scene.guestlist.made_form_token(of, &form);
        assert!(made(FormOf::Session(id)));
        assert!(!made(FormOf::Session(token.session.id)));
    }
}
