//! The owner of a mailbox verifies the address of an account, by link or code.

use super::link::{LinkError, LinkRefusal};
use crate::{
    CodeTry, EmailVerification, EpochRaise, Guestlist, HashExchange, LinkPurpose, Message,
    NewPasswordError, Password, PasswordHash, SecurityEvent, SecurityEventKind, StoreError, User,
    UserId, identity_cache::Tombstone,
};

const PURPOSE: LinkPurpose = LinkPurpose::VerifyEmail;

impl Guestlist {
    /// Returns the user of an active link for a verification, and changes nothing. It is for the
    /// page that shows the form.
    pub async fn check_verification_link(&self, token: &str) -> Result<User, LinkError> {
        self.verification_link(token).await.map(|(_, user)| user)
    }

    /// Verifies the address that the link was sent to, if the account still has it. No session is
    /// opened.
    ///
    /// The visitor who opens the link owns the mailbox, but another one may have signed up with its
    /// address. So pass a new password unless the link was opened where the account was made: in a
    /// session of that user, or in the browser that [signed up](Self::made_sign_up). It replaces
    /// the password, and ends all sessions and personal access tokens. A refused password spends
    /// nothing. `sealed` is what the browser keeps of its sign-up, if it keeps anything.
    ///
    /// # Errors
    ///
    /// [`VerifyEmailError::PasswordRequired`] if the account was made while addresses were
    /// concealed, in another browser, and `new` is missing.
    pub async fn confirm_email_verification(
        &self,
        token: &str,
        new: Option<Password>,
        sealed: Option<&str>,
    ) -> Result<User, VerifyEmailError> {
        let (message, mut user) = self.verification_link(token).await?;
        let hash = user.password_hash.as_ref();
        let is_unconfirmed = hash.is_some_and(PasswordHash::is_unconfirmed);
        let made_here = sealed.is_some_and(|sealed| self.made_sign_up(&user, sealed));
        if new.is_none() && is_unconfirmed && !made_here {
            return Err(VerifyEmailError::PasswordRequired);
        }
        let hash = match new {
            Some(new) => Some(self.hash_new_password(new, &user.email).await?),
            None => None,
        };
        if let Some(hash) = hash {
            let set = self.store().set_password(user.id, user.epoch, &hash);
            let set = set.await;
            self.has_ended(Tombstone::User(user.id));
            if set? == EpochRaise::Stale {
                return Err(LinkError::from(LinkRefusal::Used).into());
            }
            user.password_hash = Some(hash);
            // A stranger may have signed up with the address and set it up.
            self.drop_second_factor(user.id, &message).await?;
        }
        let kind = SecurityEventKind::EmailVerified;
        let event = self.event_by_link(&message, user.id, kind);
        self.verify(&user, &message, event).await?;
        self.mark_used(&message, PURPOSE).await?;
        Ok(user)
    }

    /// Verifies the address of the signed-in user by the code of the newest mail. Each mail accepts
    /// five tries. If the address is verified already, every code does.
    pub async fn confirm_email_verification_by_code(
        &self,
        user: UserId,
        code: &str,
    ) -> Result<(), VerifyEmailError> {
        let found = self.store().find_user(user).await?;
        let user = found.ok_or(VerifyEmailError::NoCode)?;
        if user.verified_at.is_some() {
            return Ok(());
        }
        let refused = match self.try_link_code(user.id, PURPOSE, code).await? {
            CodeTry::Right(message) => {
                let event = self.event(user.id, SecurityEventKind::EmailVerified);
                self.verify(&user, &message, event).await?;
                // The link in the mail and the code work once together.
                return Ok(self.mark_used(&message, PURPOSE).await?);
            }
            CodeTry::Malformed => return Err(VerifyEmailError::MalformedCode),
            CodeTry::Wrong { left } => VerifyEmailError::WrongCode { left },
            CodeTry::NoTriesLeft => VerifyEmailError::WrongCode { left: 0 },
            CodeTry::NoCode => VerifyEmailError::NoCode,
        };
        // The same code may have been sent twice, and the other request was faster.
        let found = self.store().find_user(user.id).await?;
        match found.is_some_and(|user| user.verified_at.is_some()) {
            true => Ok(()),
            false => Err(refused),
        }
    }

    /// Verifies the address of the message. From now on the password of a concealed account counts.
    async fn verify(
        &self,
        user: &User,
        message: &Message,
        event: SecurityEvent,
    ) -> Result<(), VerifyEmailError> {
        if self.confirm_password(user).await? == HashExchange::Stale {
            // Another visitor signed up with the address, and a newer mail is on the way.
            return Err(LinkError::from(LinkRefusal::Superseded).into());
        }
        let verified = self
            .store()
            .verify_email(user.id, &message.to, self.now())
            .await;
        // Cached identities are unverified.
        self.has_ended(Tombstone::User(user.id));
        if verified? == EmailVerification::Stale {
            return Err(LinkError::from(LinkRefusal::Revoked).into());
        }
        self.record_event(event).await;
        self.ask_for_approval_of_verified(user);
        Ok(())
    }

    /// Makes the password of a concealed account count, if it does not yet. `Stale` says that
    /// another visitor has signed up with the address since the user was read.
    pub(super) async fn confirm_password(&self, user: &User) -> Result<HashExchange, StoreError> {
        let unconfirmed = user.password_hash.as_ref();
        let Some(unconfirmed) = unconfirmed.filter(|hash| hash.is_unconfirmed()) else {
            return Ok(HashExchange::Replaced);
        };
        let confirmed = unconfirmed.clone().into_confirmed();
        let store = self.store();
        store
            .upgrade_password_hash(user.id, unconfirmed, &confirmed)
            .await
    }

    async fn verification_link(&self, token: &str) -> Result<(Message, User), LinkError> {
        let message = self.active_link(token, PURPOSE).await?;
        let user = match message.user_id {
            Some(user) => self.store().find_user(user).await?,
            None => None,
        };
        let user = user.filter(|user| user.disabled_at.is_none() && user.email == message.to);
        let user = user.ok_or(LinkRefusal::Revoked)?;
        if user.verified_at.is_some() {
            return Err(LinkRefusal::Used.into());
        }
        Ok((message, user))
    }
}

/// Why the address was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyEmailError {
    /// Another visitor may have signed up with this address.
    #[error("choose a password: another visitor may have signed up with this address")]
    PasswordRequired,
    /// The link does nothing.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The text is no code. It is not counted.
    #[error("the code has six digits")]
    MalformedCode,
    /// The code is wrong.
    #[error("the code is wrong; {}", tries_left(*.left))]
    WrongCode {
        /// How many tries are left. With none left, a new mail has a new code.
        left: u32,
    },
    /// No mail with a code is valid.
    #[error("no code is valid now; ask for a new mail")]
    NoCode,
    /// The new password was refused. The link still works.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn tries_left(left: u32) -> String {
    match left {
        0 => "no try is left, so ask for a new mail".to_owned(),
        1 => "one try is left".to_owned(),
        left => format!("{left} tries are left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AccountRules, Client, MessageKind, NewUser, SignInError, UserStore, Wanted,
        auth::{
            fixture::{Fixture, PASSWORD, password},
            link_fixture::{count, newest, newest_token},
            request_email_verification::RequestVerificationError,
        },
        testing::email,
    };

    async fn asked(fixture: &Fixture) -> String {
        let user = fixture.user.id;
        let asked = fixture.guestlist.request_email_verification(user).await;
        asked.expect("answers");
        newest_token(fixture, MessageKind::VerifyEmail).await
    }

    async fn is_verified(fixture: &Fixture) -> bool {
        let user = fixture.store.find_user(fixture.user.id).await;
        user.expect("answers")
            .expect("is there")
            .verified_at
            .is_some()
    }

    async fn refusal(fixture: &Fixture, token: &str) -> LinkRefusal {
        let used = fixture
            .guestlist
            .confirm_email_verification(token, None, None);
        match used.await {
            Err(VerifyEmailError::Link(LinkError::Refused(refusal))) => refusal,
            other => panic!("{other:?}"),
        }
    }

    fn code(fixture: &Fixture, message: &Message) -> String {
        let salt = message.code.as_ref().expect("has one").salt;
        let keys = fixture.guestlist.link_keys();
        keys.code(message.id.as_uuid(), PURPOSE, &salt).to_string()
    }

    #[tokio::test]
    async fn a_link_verifies_once_and_the_session_shows_it_at_once() {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(Wanted::DATABASE).await;
        let access = signed_in.access_token.expose();
        assert!(fixture.opens(access).await, "cached");
        let first = asked(&fixture).await;
        let second = asked(&fixture).await;
        assert_eq!(refusal(&fixture, &first).await, LinkRefusal::Superseded);
        fixture
            .guestlist
            .check_verification_link(&second)
            .await
            .expect("looking spends nothing");
        assert!(!is_verified(&fixture).await);
        let confirmed = fixture
            .guestlist
            .confirm_email_verification(&second, None, None);
        confirmed.await.expect("verifies");
        let identity = fixture.guestlist.identify(access).await;
        let identity = identity.expect("the session goes on");
        assert!(identity.user.verified_at.is_some());
        assert_eq!(refusal(&fixture, &second).await, LinkRefusal::Used);
        assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_some());
        let again = fixture
            .guestlist
            .request_email_verification(fixture.user.id)
            .await;
        assert!(matches!(again, Err(RequestVerificationError::Verified)));
    }

    #[tokio::test]
    async fn a_link_verifies_only_the_address_it_was_sent_to_and_for_a_day() {
        let fixture = Fixture::new().await;
        let token = asked(&fixture).await;
        let session = fixture.sign_in(Wanted::JWT).await.session.id;
        let changed = fixture
            .guestlist
            .change_email(session, email("other@example.com"));
        changed.await.expect("changes");
        assert_eq!(refusal(&fixture, &token).await, LinkRefusal::Revoked);
        assert!(!is_verified(&fixture).await);
        let token = asked(&fixture).await;
        fixture.advance(24 * 60 * 60);
        assert_eq!(refusal(&fixture, &token).await, LinkRefusal::Expired);
        let other = email("other@example.com");
        let reset = fixture.guestlist.request_password_reset(&other);
        reset.await.expect("answers");
        let reset = newest_token(&fixture, MessageKind::ResetPassword).await;
        assert_eq!(refusal(&fixture, &reset).await, LinkRefusal::Unknown);
        assert!(!is_verified(&fixture).await);
    }

    #[tokio::test]
    async fn the_owner_who_confirms_elsewhere_sets_the_password_and_ends_what_was_there() {
        let fixture = Fixture::new().await;
        let stranger = fixture.sign_in(Wanted::DATABASE).await;
        let token = asked(&fixture).await;
        let confirm = async |typed: &str| {
            let new = Some(password(typed));
            let confirmed = fixture
                .guestlist
                .confirm_email_verification(&token, new, None);
            confirmed.await
        };
        let weak = confirm("short").await;
        assert!(matches!(weak, Err(VerifyEmailError::Password(_))));
        assert!(!is_verified(&fixture).await);
        confirm("the owner's choice").await.expect("verifies");
        assert!(is_verified(&fixture).await);
        assert!(!fixture.opens(stranger.access_token.expose()).await);
        assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_none());
        let owner = fixture.try_sign_in("the owner's choice", Wanted::JWT).await;
        assert!(owner.is_some());
    }

    #[tokio::test]
    async fn a_code_verifies_and_five_wrong_ones_end_it() {
        let fixture = Fixture::new().await;
        let user = fixture.user.id;
        let confirm = async |typed: &str| {
            let confirmed = fixture
                .guestlist
                .confirm_email_verification_by_code(user, typed);
            confirmed.await
        };
        assert!(matches!(
            confirm("123456").await,
            Err(VerifyEmailError::NoCode)
        ));
        asked(&fixture).await;
        let right = code(&fixture, &newest(&fixture, MessageKind::VerifyEmail).await);
        let other = if right == "000000" {
            "000001"
        } else {
            "000000"
        };
        let malformed = confirm("12345").await;
        assert!(matches!(malformed, Err(VerifyEmailError::MalformedCode)));
        for left in [4, 3, 2, 1, 0, 0] {
            let wrong = confirm(other).await;
            assert!(
                matches!(wrong, Err(VerifyEmailError::WrongCode { left: is }) if is == left),
                "{left}: {wrong:?}"
            );
        }
        let ended = confirm(&right).await;
        assert!(matches!(
            ended,
            Err(VerifyEmailError::WrongCode { left: 0 })
        ));
        assert!(!is_verified(&fixture).await);
        asked(&fixture).await;
        let right = code(&fixture, &newest(&fixture, MessageKind::VerifyEmail).await);
        confirm(&right).await.expect("verifies");
        assert!(is_verified(&fixture).await);
    }

    #[tokio::test]
    async fn an_unverified_user_learns_why_the_sign_in_fails_only_with_the_right_password() {
        let rules = AccountRules {
            sends_mail: true,
            require_verified: true,
            conceal: false,
        };
        let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
        let sign_in = async |typed: &str| {
            let (email, client) = (Some(&fixture.user.email), Client::default());
            let typed = password(typed);
            let signed_in = fixture.guestlist.sign_in(email, typed, client, Wanted::JWT);
            signed_in.await
        };
        assert!(matches!(
            sign_in(PASSWORD).await,
            Err(SignInError::Unverified)
        ));
        assert!(matches!(
            sign_in("a wrong password").await,
            Err(SignInError::WrongCredentials)
        ));
        let token = asked(&fixture).await;
        let confirmed = fixture
            .guestlist
            .confirm_email_verification(&token, None, None);
        confirmed.await.expect("verifies");
        assert!(sign_in(PASSWORD).await.is_ok());
    }

    #[tokio::test]
    async fn a_visitor_gets_the_same_answer_for_every_address() {
        let fixture = Fixture::new().await;
        let token = asked(&fixture).await;
        let confirmed = fixture
            .guestlist
            .confirm_email_verification(&token, None, None);
        confirmed.await.expect("verifies");
        let bea = fixture
            .guestlist
            .sign_up(email("bea@example.com"), password(PASSWORD));
        bea.await.expect("signs up");
        for (address, waits) in [
            ("ada@example.com", false),
            ("bea@example.com", true),
            ("nobody@example.com", false),
        ] {
            let before = count(&fixture, MessageKind::VerifyEmail).await;
            let address = email(address);
            let asked = fixture.guestlist.request_email_verification_of(&address);
            asked.await.expect("answers");
            let after = count(&fixture, MessageKind::VerifyEmail).await;
            assert_eq!(after, before + 1);
            let message = newest(&fixture, MessageKind::VerifyEmail).await;
            assert_eq!(message.user_id.is_some(), waits, "{address}");
        }
    }

    /// Without a session there is no page that takes the code.
    #[tokio::test]
    async fn a_mail_has_a_code_only_for_a_user_who_can_be_signed_in() {
        for (require_verified, conceal) in [(false, false), (true, false), (false, true)] {
            let rules = AccountRules {
                sends_mail: true,
                require_verified,
                conceal,
            };
            let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
            let guestlist = &fixture.guestlist;
            let has_code = async || {
                let message = newest(&fixture, MessageKind::VerifyEmail).await;
                fixture.advance(1);
                message.code.is_some()
            };
            let new = NewUser::new(email("bea@example.com"), password(PASSWORD));
            let made = guestlist.register(&Client::default(), new).await;
            made.expect("registers");
            let expected = !require_verified && !conceal;
            assert_eq!(has_code().await, expected, "{rules:?}");
            let address = email("ada@example.com");
            let sent = guestlist.request_email_verification_of(&address).await;
            sent.expect("queues");
            assert_eq!(has_code().await, expected, "{rules:?}");
            asked(&fixture).await;
            assert!(has_code().await, "{rules:?}: the user is signed in");
        }
    }
}
