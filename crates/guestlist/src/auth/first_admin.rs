//! The first administrator: a setup link makes one of the site's users administrator. Being the
//! first user makes no administrator.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    FirstAdmin, Guestlist, LinkPurpose, LinkToken, Role, Salt, SecurityEventKind, StoreError,
    Timestamp, UserId, detail, identity_cache::Tombstone, token::ShownLink,
};

/// How long a setup link is valid.
const VALID: Duration = Duration::from_secs(24 * 60 * 60);
/// No record belongs to a setup link, so its salt is fixed. The id is the time in milliseconds.
const SALT: Salt = Salt::from_stored([0; 16]);

impl Guestlist {
    /// Makes a setup link, which is valid for 24 hours and only while there is no administrator.
    /// Returns `None` if there is one already. Nothing is stored.
    pub async fn make_setup_link(&self) -> Result<Option<LinkToken>, StoreError> {
        if self.store().has_admin().await? {
            return Ok(None);
        }
        let id = Uuid::from_u64_pair(self.now().as_millis().unsigned_abs(), 0);
        Ok(Some(self.link_keys().token(id, LinkPurpose::Setup, &SALT)))
    }

    /// Whether this is a setup link of this installation that is valid now.
    pub async fn is_setup_link(&self, token: &str) -> Result<bool, StoreError> {
        Ok(self.made_setup_link(token) && !self.store().has_admin().await?)
    }

    /// Makes the user administrator by a setup link. Of several calls at the same time, one
    /// succeeds.
    ///
    /// # Errors
    ///
    /// [`FirstAdminError::InvalidLink`] if the link is not valid or there is an administrator
    /// already. The caller is not told which.
    pub async fn make_first_admin(&self, token: &str, user: UserId) -> Result<(), FirstAdminError> {
        if !self.made_setup_link(token) {
            tracing::warn!(%user, "a setup link was refused");
            return Err(FirstAdminError::InvalidLink);
        }
        let made = self.store().make_first_admin(user, self.now()).await?;
        self.has_ended(Tombstone::User(user));
        match made {
            FirstAdmin::Done => {
                let event = self.event(user, SecurityEventKind::RoleChanged);
                let event = event
                    .with(detail::ROLE, Role::Admin)
                    .with(detail::HOW, detail::SETUP_LINK);
                self.record_event(event).await;
                Ok(())
            }
            FirstAdmin::Exists => {
                tracing::warn!(%user, "a setup link was refused: there is an administrator");
                Err(FirstAdminError::InvalidLink)
            }
            FirstAdmin::UserGone => Err(FirstAdminError::NoSuchUser),
        }
    }

    fn made_setup_link(&self, token: &str) -> bool {
        let Some(shown) = ShownLink::parse(token) else {
            return false;
        };
        if !self.link_keys().made(&shown, LinkPurpose::Setup, &SALT) {
            return false;
        }
        let (millis, _) = shown.id.as_u64_pair();
        let made_at = i64::try_from(millis).map(Timestamp::from_millis);
        made_at.is_ok_and(|made_at| self.now() < made_at.plus(VALID))
    }
}

/// Why the user is not administrator.
#[derive(Debug, thiserror::Error)]
pub enum FirstAdminError {
    /// The link is forged or expired, or there is an administrator.
    #[error(
        "this setup link is not valid any more; restart the server for another one, if there is no administrator"
    )]
    InvalidLink,
    /// The user does not exist or is disabled.
    #[error("there is no such user")]
    NoSuchUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Password, PasswordCost, Role, SecretKey,
        testing::{ManualClock, MemoryStore, email, guestlist},
    };
    use std::sync::Arc;

    async fn user(guestlist: &Guestlist, address: &str) -> UserId {
        let user = guestlist.sign_up(email(address), Password::new("exemplary"));
        user.await.expect("signs up").id
    }

    #[tokio::test]
    async fn the_first_user_is_a_member_until_the_setup_link_is_used_once() {
        let guestlist = guestlist();
        let ada = user(&guestlist, "ada@example.com").await;
        let bob = user(&guestlist, "bob@example.com").await;
        let found = guestlist.find_user(ada).await.expect("answers");
        assert_eq!(found.expect("is there").role, Role::Member);
        let link = guestlist.make_setup_link().await.expect("answers");
        let link = link.expect("there is no administrator");
        assert!(
            guestlist
                .is_setup_link(link.expose())
                .await
                .expect("answers")
        );
        let made = guestlist.make_first_admin(link.expose(), ada).await;
        made.expect("makes");
        let again = guestlist.make_first_admin(link.expose(), bob).await;
        assert!(matches!(again, Err(FirstAdminError::InvalidLink)));
        assert!(
            !guestlist
                .is_setup_link(link.expose())
                .await
                .expect("answers")
        );
        let none = guestlist.make_setup_link().await.expect("answers");
        assert!(none.is_none());
    }

    #[tokio::test]
    async fn of_racing_users_with_the_link_one_becomes_administrator() {
        let guestlist = guestlist();
        let ada = user(&guestlist, "ada@example.com").await;
        let bob = user(&guestlist, "bob@example.com").await;
        let link = guestlist.make_setup_link().await.expect("answers");
        let link = link.expect("there is no administrator");
        let (one, other) = tokio::join!(
            guestlist.make_first_admin(link.expose(), ada),
            guestlist.make_first_admin(link.expose(), bob),
        );
        assert!(one.is_ok() ^ other.is_ok());
    }

    #[tokio::test]
    async fn a_link_of_another_installation_or_purpose_makes_no_administrator() {
        let (guestlist, other) = (guestlist(), guestlist());
        let ada = user(&guestlist, "ada@example.com").await;
        let foreign = other.make_setup_link().await.expect("answers");
        let foreign = foreign.expect("there is no administrator");
        let keys = guestlist.link_keys();
        let invitation = keys.token(
            Uuid::from_u64_pair(1 << 41, 0),
            LinkPurpose::Invitation,
            &SALT,
        );
        for token in [foreign.expose(), invitation.expose(), "", "setup"] {
            let made = guestlist.make_first_admin(token, ada).await;
            assert!(matches!(made, Err(FirstAdminError::InvalidLink)), "{token}");
        }
        assert!(!guestlist.store().has_admin().await.expect("answers"));
    }

    #[tokio::test]
    async fn a_setup_link_expires_after_a_day() {
        let clock = Arc::new(ManualClock::new());
        let secret = SecretKey::weak("a secret").expect("is a key");
        let guestlist = Guestlist::builder(MemoryStore::new(), secret)
            .clock(clock.clone())
            .password_cost(PasswordCost::for_tests())
            .build()
            .expect("builds");
        let link = guestlist.make_setup_link().await.expect("answers");
        let link = link.expect("there is no administrator");
        clock.advance(VALID - Duration::from_secs(1));
        assert!(
            guestlist
                .is_setup_link(link.expose())
                .await
                .expect("answers")
        );
        clock.advance(Duration::from_secs(1));
        assert!(
            !guestlist
                .is_setup_link(link.expose())
                .await
                .expect("answers")
        );
    }
}
