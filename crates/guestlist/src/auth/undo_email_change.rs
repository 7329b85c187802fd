//! The owner of the old address undoes a change that they did not want.

use super::link::{LinkError, LinkRefusal};
use crate::{
    EmailRestoration, Guestlist, LinkPurpose, Message, MessageData, SecurityEventKind, StoreError,
    User, identity_cache::Tombstone, mail::UNDONE,
};

const PURPOSE: LinkPurpose = LinkPurpose::UndoEmail;

impl Guestlist {
    /// Returns the user of an active link that undoes a change, and changes nothing. It is for the
    /// page that shows the form.
    pub async fn check_undo_link(&self, token: &str) -> Result<User, LinkError> {
        self.undo_link(token).await.map(|(_, user)| user)
    }

    /// Gives the account its old address back, verified. All sessions and personal access tokens
    /// end, the password and the second factor are removed, and a mail to the old address has a link
    /// for another password.
    ///
    /// Each change has its own link, also if the address was changed again since. Links of later
    /// changes end: otherwise the mailbox that took the account could take it back.
    pub async fn undo_email_change(&self, token: &str) -> Result<(), UndoEmailChangeError> {
        let (message, user) = self.undo_link(token).await?;
        // The restoration comes first: it can be repeated if a crash follows.
        let restored = self
            .store()
            .restore_email(user.id, &message.to, self.now())
            .await;
        // Also if the store's answer was lost: it may be done.
        self.has_ended(Tombstone::User(user.id));
        let epoch = match restored? {
            EmailRestoration::Restored(epoch) => epoch,
            EmailRestoration::Taken => return Err(UndoEmailChangeError::EmailTaken),
            EmailRestoration::Gone => return Err(LinkError::from(LinkRefusal::Revoked).into()),
        };
        let kind = SecurityEventKind::EmailChangeUndone;
        let event = self.event_by_link(&message, user.id, kind);
        self.record_event(event).await;
        self.end_later_links(user.id, PURPOSE, &message).await?;
        // The visitor who took the account may have set it up.
        self.drop_second_factor(user.id, &message).await?;
        let change = LinkPurpose::ChangeEmail;
        self.store().end_links(user.id, change, self.now()).await?;
        let user = User {
            email: message.to.clone(),
            epoch,
            ..user
        };
        if user.disabled_at.is_none() {
            let data = MessageData::new().with(UNDONE, "true");
            self.send_reset(Some(&user), &user.email, data).await?;
        }
        self.mark_used(&message, PURPOSE).await?;
        Ok(())
    }

    async fn undo_link(&self, token: &str) -> Result<(Message, User), LinkError> {
        let message = self.active_link(token, PURPOSE).await?;
        let user = match message.user_id {
            Some(user) => self.store().find_user(user).await?,
            None => None,
        };
        let user = user.ok_or(LinkRefusal::Revoked)?;
        Ok((message, user))
    }
}

/// Why the change was not undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoEmailChangeError {
    /// Another user has the old address.
    #[error("another account has the old e-mail address; ask an administrator for help")]
    EmailTaken,
    /// The link does nothing.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AccountRules, Email, MessageKind, SignUpError, UserStore, Wanted,
        auth::{
            change_email::ChangeEmailError,
            confirm_email_change::ConfirmEmailChangeError,
            fixture::{Fixture, PASSWORD, password},
            link_fixture::{count, newest_token},
            request_email_change::EmailChangeRequest,
        },
        testing::email,
    };

    const MAIL: AccountRules = AccountRules {
        sends_mail: true,
        require_verified: false,
        conceal: false,
    };

    async fn with_mail() -> Fixture {
        Fixture::with(|builder| builder.account_rules(MAIL)).await
    }

    async fn address(fixture: &Fixture) -> Email {
        let user = fixture.store.find_user(fixture.user.id).await;
        user.expect("answers").expect("is there").email
    }

    async fn request(fixture: &Fixture, new: &str) -> Result<String, ChangeEmailError> {
        let session = fixture.try_sign_in(PASSWORD, Wanted::DATABASE).await;
        let session = match session {
            Some(session) => session.session.id,
            None => {
                let address = address(fixture).await;
                let client = crate::Client::default();
                let signed_in = fixture.guestlist.sign_in(
                    Some(&address),
                    password(PASSWORD),
                    client,
                    Wanted::DATABASE,
                );
                signed_in.await.expect("signs in").session.id
            }
        };
        let asked = fixture.guestlist.request_email_change(session, email(new));
        match asked.await? {
            EmailChangeRequest::Pending { .. } => {}
            EmailChangeRequest::Changed(user) => panic!("{user:?}"),
        }
        Ok(newest_token(fixture, MessageKind::ChangeEmail).await)
    }

    /// Changes the address, and returns the token that undoes it.
    async fn change(fixture: &Fixture, new: &str) -> String {
        let token = request(fixture, new).await.expect("asks");
        let confirmed = fixture.guestlist.confirm_email_change(&token).await;
        confirmed.expect("confirms");
        newest_token(fixture, MessageKind::EmailChanged).await
    }

    fn refusal(error: ConfirmEmailChangeError) -> LinkRefusal {
        match error {
            ConfirmEmailChangeError::Link(LinkError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_address_changes_when_its_mailbox_confirms_and_is_verified_then() {
        let fixture = with_mail().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let access = signed_in.access_token.expose();
        let token = request(&fixture, "new@example.com").await.expect("asks");
        assert_eq!(address(&fixture).await, fixture.user.email);
        let user = fixture.user.id;
        let pending = fixture.guestlist.pending_email_change(user).await;
        assert_eq!(pending.expect("answers"), Some(email("new@example.com")));
        let shown = fixture.guestlist.check_email_change_link(&token).await;
        assert_eq!(shown.expect("works"), email("new@example.com"));
        let confirmed = fixture.guestlist.confirm_email_change(&token).await;
        confirmed.expect("confirms");
        let identity = fixture.guestlist.identify(access).await.expect("goes on");
        assert_eq!(identity.user.email, email("new@example.com"));
        assert!(identity.user.verified_at.is_some());
        let again = fixture.guestlist.confirm_email_change(&token).await;
        assert_eq!(refusal(again.expect_err("used")), LinkRefusal::Used);
        assert_eq!(count(&fixture, MessageKind::EmailChanged).await, 1);
        let pending = fixture.guestlist.pending_email_change(user).await;
        assert_eq!(pending.expect("answers"), None);
    }

    #[tokio::test]
    async fn a_link_ends_by_a_newer_request_a_cancellation_or_another_password() {
        let fixture = with_mail().await;
        let first = request(&fixture, "mistyped@example.com")
            .await
            .expect("asks");
        let second = request(&fixture, "new@example.com").await.expect("asks");
        let confirm = async |token: &str| {
            let confirmed = fixture.guestlist.confirm_email_change(token).await;
            refusal(confirmed.expect_err("does nothing"))
        };
        assert_eq!(confirm(&first).await, LinkRefusal::Superseded);
        let user = fixture.user.id;
        let cancelled = fixture.guestlist.cancel_email_change(user).await;
        cancelled.expect("cancels");
        assert_eq!(confirm(&second).await, LinkRefusal::Revoked);
        let third = request(&fixture, "thief@example.com").await.expect("asks");
        let set = fixture.guestlist.set_password(user, password(PASSWORD));
        set.await.expect("sets");
        assert_eq!(confirm(&third).await, LinkRefusal::Revoked);
        let fourth = request(&fixture, "late@example.com").await.expect("asks");
        fixture.advance(24 * 60 * 60);
        assert_eq!(confirm(&fourth).await, LinkRefusal::Expired);
        assert_eq!(address(&fixture).await, fixture.user.email);
        assert_eq!(count(&fixture, MessageKind::EmailChanged).await, 0);
    }

    #[tokio::test]
    async fn an_undo_sets_the_address_back_ends_everything_and_starts_a_reset() {
        let fixture = with_mail().await;
        let thief = fixture.sign_in(Wanted::DATABASE).await;
        let undo = change(&fixture, "thief@example.com").await;
        assert!(fixture.opens(thief.access_token.expose()).await, "cached");
        fixture.advance(72 * 60 * 60 - 1);
        fixture
            .guestlist
            .check_undo_link(&undo)
            .await
            .expect("looking changes nothing");
        assert_eq!(address(&fixture).await, email("thief@example.com"));
        let undone = fixture.guestlist.undo_email_change(&undo).await;
        undone.expect("undoes");
        assert_eq!(address(&fixture).await, fixture.user.email);
        assert!(!fixture.opens(thief.access_token.expose()).await);
        assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_none());
        let reset = newest_token(&fixture, MessageKind::ResetPassword).await;
        let new = password("the owner's choice");
        let reset = fixture.guestlist.confirm_password_reset(&reset, new).await;
        reset.expect("resets");
        let owner = fixture.try_sign_in("the owner's choice", Wanted::JWT).await;
        assert!(owner.is_some());
        let again = fixture.guestlist.undo_email_change(&undo).await;
        assert!(matches!(
            again,
            Err(UndoEmailChangeError::Link(LinkError::Refused(
                LinkRefusal::Used
            )))
        ));
        assert!(
            fixture
                .try_sign_in("the owner's choice", Wanted::JWT)
                .await
                .is_some()
        );
    }

    /// A thief changes the address twice. The first owner's link works, and the thief's does not
    /// work after it.
    /// Otherwise the owner would be asked for a code of the thief.
    #[tokio::test]
    async fn an_undo_removes_a_second_factor_that_the_thief_set_up() {
        let fixture = with_mail().await;
        let undo = change(&fixture, "thief@example.com").await;
        let address = email("thief@example.com");
        let thief = fixture.guestlist.sign_in(
            Some(&address),
            password(PASSWORD),
            crate::Client::default(),
            Wanted::DATABASE,
        );
        let session = thief.await.expect("signs in").session.id;
        let started = fixture.guestlist.start_totp(session).await;
        let code = started.expect("starts").secret.code_at(fixture.now());
        let confirmed = fixture.guestlist.confirm_totp(session, &code).await;
        confirmed.expect("confirms");
        let user = fixture.user.id;
        let factor = fixture.guestlist.second_factor_of(user).await;
        assert!(factor.expect("answers").is_some());
        let undone = fixture.guestlist.undo_email_change(&undo).await;
        undone.expect("undoes");
        let factor = fixture.guestlist.second_factor_of(user).await;
        assert!(factor.expect("answers").is_none());
    }

    #[tokio::test]
    async fn each_change_has_its_own_undo_and_the_earliest_one_wins() {
        let fixture = with_mail().await;
        let owners = change(&fixture, "thief@example.com").await;
        fixture.advance(1);
        let thiefs = change(&fixture, "thief2@example.com").await;
        let undone = fixture.guestlist.undo_email_change(&owners).await;
        undone.expect("undoes");
        let stolen = fixture.guestlist.undo_email_change(&thiefs).await;
        assert!(stolen.is_err());
        assert_eq!(address(&fixture).await, fixture.user.email);
        let fixture = with_mail().await;
        let owners = change(&fixture, "thief@example.com").await;
        fixture.advance(1);
        let thiefs = change(&fixture, "thief2@example.com").await;
        let first = fixture.guestlist.undo_email_change(&thiefs).await;
        first.expect("undoes");
        let undone = fixture.guestlist.undo_email_change(&owners).await;
        undone.expect("the earlier one still works");
        assert_eq!(address(&fixture).await, fixture.user.email);
    }

    #[tokio::test]
    async fn the_old_address_stays_reserved_while_the_change_can_be_undone() {
        let fixture = with_mail().await;
        change(&fixture, "new@example.com").await;
        let old = || fixture.user.email.clone();
        let sign_up = async || fixture.guestlist.sign_up(old(), password(PASSWORD)).await;
        assert!(matches!(sign_up().await, Err(SignUpError::EmailTaken)));
        let bea = fixture
            .guestlist
            .sign_up(email("bea@example.com"), password(PASSWORD));
        bea.await.expect("signs up");
        let (client, address) = (crate::Client::default(), email("bea@example.com"));
        let typed = password(PASSWORD);
        let bea = fixture
            .guestlist
            .sign_in(Some(&address), typed, client, Wanted::JWT);
        let bea = bea.await.expect("signs in").session.id;
        let wanted = fixture.guestlist.request_email_change(bea, old()).await;
        assert!(matches!(wanted, Err(ChangeEmailError::EmailTaken)));
        let wanted = fixture.guestlist.change_email(bea, old()).await;
        assert!(matches!(wanted, Err(ChangeEmailError::EmailTaken)));
        // Its owner may go back to it.
        change(&fixture, "ada@example.com").await;
        change(&fixture, "new@example.com").await;
        fixture.advance(72 * 60 * 60);
        assert!(sign_up().await.is_ok());
    }

    #[tokio::test]
    async fn a_taken_address_is_told_or_concealed() {
        let fixture = with_mail().await;
        let bea = fixture
            .guestlist
            .sign_up(email("bea@example.com"), password(PASSWORD));
        bea.await.expect("signs up");
        let taken = request(&fixture, "bea@example.com").await;
        assert!(matches!(taken, Err(ChangeEmailError::EmailTaken)));
        let conceal = AccountRules {
            conceal: true,
            ..MAIL
        };
        let concealing = fixture.node(crate::auth::fixture::SECRET, |builder| {
            builder.account_rules(conceal)
        });
        let session = fixture.sign_in(Wanted::JWT).await.session.id;
        for new in ["bea@example.com", "free@example.com"] {
            let asked = concealing.request_email_change(session, email(new)).await;
            assert!(matches!(asked, Ok(EmailChangeRequest::Pending { .. })));
            let pending = concealing.pending_email_change(fixture.user.id).await;
            assert_eq!(pending.expect("answers"), Some(email(new)));
        }
        assert_eq!(count(&fixture, MessageKind::SignUpOnKnownAddress).await, 1);
    }

    #[tokio::test]
    async fn one_link_used_by_many_at_once_changes_the_address_once() {
        let fixture = with_mail().await;
        let token = request(&fixture, "new@example.com").await.expect("asks");
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (guestlist, token) = (fixture.guestlist.clone(), token.clone());
            racing.spawn(async move { guestlist.confirm_email_change(&token).await.is_ok() });
        }
        let won = racing.join_all().await.into_iter().filter(|won| *won);
        assert_eq!(won.count(), 1);
        assert_eq!(count(&fixture, MessageKind::EmailChanged).await, 1);
    }

    #[tokio::test]
    async fn of_a_change_and_a_sign_up_with_one_address_one_wins() {
        for round in 0..50 {
            let fixture = with_mail().await;
            let wanted = format!("wanted{round}@example.com");
            let token = request(&fixture, &wanted).await.expect("asks");
            let sign_up = fixture
                .guestlist
                .sign_up(email(&wanted), password(PASSWORD));
            let (changed, made) =
                tokio::join!(fixture.guestlist.confirm_email_change(&token), sign_up);
            assert_ne!(changed.is_ok(), made.is_ok(), "{round}");
            let address = address(&fixture).await;
            assert_eq!(address == email(&wanted), changed.is_ok());
        }
    }

    #[tokio::test]
    async fn without_mail_a_change_takes_effect_at_once() {
        let fixture = Fixture::new().await;
        let session = fixture.sign_in(Wanted::JWT).await.session.id;
        let changed = fixture
            .guestlist
            .request_email_change(session, email("new@example.com"));
        assert!(matches!(changed.await, Ok(EmailChangeRequest::Changed(_))));
        assert_eq!(address(&fixture).await, email("new@example.com"));
        fixture.advance(600);
        let refused = fixture
            .guestlist
            .request_email_change(session, email("other@example.com"));
        assert!(matches!(
            refused.await,
            Err(ChangeEmailError::Reauthenticated(_))
        ));
    }
}
