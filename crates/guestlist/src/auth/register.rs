//! A visitor creates an account, and the answer may conceal whether the address was known.

use sha2::{Digest, Sha256};

use super::{ApproveUserError, request_password_reset::RESET_LIFETIME, sign_up::Admitted};
use crate::{
    Client, Email, Epoch, Guestlist, HashExchange, LinkPurpose, Message, MessageData, MessageKind,
    Password, PasswordHash, Role, SignUpError, StoreError, User, UserId, UserInsertion, UserName,
};

/// Separates the sealed text of a sign-up from drafts, which are sealed under the same key.
const SIGN_UP: &[u8] = b"sign-up\0";

impl Guestlist {
    /// Creates an account as [`sign_up_with_link`](Self::sign_up_with_link) does, for a client whose
    /// network may create only so many ([`Limits`](crate::Limits)). A refused password does not
    /// count. An address that is taken does, because the answer reveals an account. If
    /// [`AccountRules`](crate::AccountRules) say so, known and unknown addresses get the same
    /// answer after the same hashing. The owner of the mailbox gets a mail. It verifies the new
    /// account, or says that there is one already. A new account cannot sign in before that, unless
    /// it was made with the setup link. Each such answer uses the invitation once, whether the
    /// address is known or not.
    ///
    /// An account whose address was never verified blocks no user: the next sign-up with the
    /// address replaces its password and its name.
    ///
    /// # Errors
    ///
    /// - the errors of [`sign_up`](Self::sign_up), but [`SignUpError::EmailTaken`] only without
    ///   concealment
    /// - [`SignUpError::TooManyTries`] if the limit is reached
    pub async fn register(
        &self,
        client: &Client,
        new: NewUser,
    ) -> Result<Registration, SignUpError> {
        let counted = self.count_sign_up(client).await?;
        let registered = self.register_counted(new).await;
        if matches!(
            registered,
            Err(SignUpError::Password(_) | SignUpError::Store(_))
        ) {
            self.give_back_try(counted).await?;
        }
        registered
    }

    async fn register_counted(&self, new: NewUser) -> Result<Registration, SignUpError> {
        let NewUser {
            email,
            name,
            password,
            link,
        } = new;
        let admitted = self.admit(link.as_deref(), &email).await?;
        // The operator of the site, who has the setup link, may know which addresses are taken.
        if !self.account_rules().conceals() || admitted.is_setup {
            let user = self
                .sign_up_admitted(email, name, password, &admitted)
                .await?;
            if self.account_rules().sends_mail && user.verified_at.is_none() {
                self.send_verification(Some(&user), &user.email).await?;
            }
            return Ok(Registration::Created(Box::new(user)));
        }
        let hash = self.hash_new_password(password, &email).await?;
        let hash = hash.into_unconfirmed();
        // A known address uses the invitation too: a use that is left would tell that it is known.
        self.redeem(&admitted).await?;
        let registered = self.register_concealed(email, name, &hash, &admitted).await;
        if let Err(error) = &registered {
            self.give_back_after(error, &admitted).await?;
        }
        let user = registered?;
        let user = user.unwrap_or_else(|| UserId::new(self.now()));
        tracing::info!("a sign-up waits for its mail");
        let sealed = self.seal_draft(user, &sign_up_text(&hash));
        Ok(Registration::Concealed(ConcealedSignUp {
            sealed: sealed.unwrap_or_default(),
        }))
    }

    /// Returns the user that the visitor created, if they did.
    async fn register_concealed(
        &self,
        email: Email,
        name: Option<UserName>,
        hash: &PasswordHash,
        admitted: &Admitted,
    ) -> Result<Option<UserId>, StoreError> {
        let now = self.now();
        if let Some(holder) = self.holder_of(&email).await? {
            let known = self.register_known(holder, email, name, hash, admitted);
            return known.await;
        }
        let user = User {
            id: UserId::new(now),
            email,
            password_hash: Some(hash.clone()),
            name,
            created_at: now,
            verified_at: None,
            disabled_at: None,
            role: Role::Member,
            approved_at: admitted.is_approved.then_some(now),
            epoch: Epoch::default(),
            token_epoch: Epoch::default(),
        };
        if self.insert_unreserved(&user).await? == UserInsertion::Taken {
            // Another sign-up was faster. Its mail is on the way.
            return Ok(None);
        }
        self.record_sign_up(&user, admitted).await;
        self.send_verification(Some(&user), &user.email).await?;
        Ok(Some(user.id))
    }

    /// Replaces the password of an account that was never confirmed, or tells the owner.
    async fn register_known(
        &self,
        holder: User,
        email: Email,
        name: Option<UserName>,
        hash: &PasswordHash,
        admitted: &Admitted,
    ) -> Result<Option<UserId>, StoreError> {
        let old = holder.password_hash.as_ref();
        let unconfirmed = old.filter(|old| {
            old.is_unconfirmed()
                && holder.verified_at.is_none()
                && holder.disabled_at.is_none()
                && holder.email == email
        });
        if let Some(old) = unconfirmed {
            let store = self.store();
            let replaced = store.upgrade_password_hash(holder.id, old, hash).await?;
            if replaced == HashExchange::Replaced {
                store
                    .set_name(holder.id, holder.epoch, name.as_ref())
                    .await?;
                if admitted.is_approved && holder.approved_at.is_none() {
                    // The first sign-up had no invitation, and this one has.
                    match self.approve_user(holder.id).await {
                        Ok(_) | Err(ApproveUserError::NoSuchUser) => {}
                        Err(ApproveUserError::Store(error)) => return Err(error),
                    }
                }
                self.send_verification(Some(&holder), &holder.email).await?;
                return Ok(Some(holder.id));
            }
        }
        if self.counts_mail(&email).await? {
            self.tell_owner(&holder, email).await?;
        }
        Ok(None)
    }

    /// Tells the owner of an address that it was used to sign up or for another account. The mail
    /// has a link for another password, because an owner who signs up again may have forgotten it.
    pub(super) async fn tell_owner(&self, owner: &User, email: Email) -> Result<(), StoreError> {
        let kind = MessageKind::SignUpOnKnownAddress;
        let data = MessageData::new();
        let id = owner.disabled_at.is_none().then_some(owner.id);
        // The mail has a link that resets the password, so it goes to the stored spelling.
        let email = match owner.email == email {
            true => owner.email.clone(),
            false => email,
        };
        let now = self.now();
        let mut message = Message::new(kind, id, email, data, now);
        if owner.email == message.to {
            message = message.with_link(
                LinkPurpose::ResetPassword,
                Some(owner.epoch.0.to_string()),
                now.plus(RESET_LIFETIME),
            );
        }
        self.store().insert_message(&message).await.map(drop)
    }

    /// Returns the user who has the address, or whose earlier address it is while they can undo the
    /// change.
    pub(super) async fn holder_of(&self, email: &Email) -> Result<Option<User>, StoreError> {
        if let Some(user) = self.store().find_user_by_email(email).await? {
            return Ok(Some(user));
        }
        let now = self.now();
        let reserved = self
            .store()
            .find_active_link_to(email, LinkPurpose::UndoEmail, now);
        match reserved.await?.and_then(|message| message.user_id) {
            Some(user) => self.store().find_user(user).await,
            None => Ok(None),
        }
    }

    /// Inserts a user unless the address is reserved. A change of an address reserves the old one
    /// before it frees it, so looking again after the insertion leaves no gap.
    pub(super) async fn insert_unreserved(&self, user: &User) -> Result<UserInsertion, StoreError> {
        let store = self.store();
        let is_reserved = async || {
            let reserved =
                store.find_active_link_to(&user.email, LinkPurpose::UndoEmail, self.now());
            reserved.await.map(|message| message.is_some())
        };
        if is_reserved().await? {
            return Ok(UserInsertion::Taken);
        }
        let inserted = store.insert_user(user).await?;
        // From here on the user may exist, whatever fails.
        if inserted == UserInsertion::Done && is_reserved().await.map_err(StoreError::unknown)? {
            let deleted = store.delete_user(user.id).await;
            deleted.map_err(StoreError::unknown)?;
            return Ok(UserInsertion::Taken);
        }
        Ok(inserted)
    }

    /// Seals what [`made_sign_up`](Self::made_sign_up) recognizes, for the browser that made this
    /// account and cannot sign in yet. `None` if the user has no password.
    pub fn seal_sign_up(&self, user: &User) -> Option<String> {
        let text = sign_up_text(user.password_hash.as_ref()?);
        self.seal_draft(user.id, &text)
    }

    /// Whether this is the browser in which the account was made, as its sealed text says, and the
    /// password is still the one that was typed there.
    pub fn made_sign_up(&self, user: &User, sealed: &str) -> bool {
        let hash = user.password_hash.as_ref();
        self.open_draft(user.id, sealed)
            .zip(hash)
            .is_some_and(|(text, hash)| text == sign_up_text(hash))
    }
}

fn sign_up_text(hash: &PasswordHash) -> Vec<u8> {
    [SIGN_UP, &Sha256::digest(hash.as_stored())].concat()
}

/// What a visitor types to sign up.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The address to sign in with.
    pub email: Email,
    /// The name that other users see, if there is one.
    pub name: Option<UserName>,
    /// The password.
    pub password: Password,
    /// The token of an invitation or of a setup link, if the visitor has one.
    pub link: Option<String>,
}

impl NewUser {
    /// A visitor without a name and without a link.
    pub fn new(email: Email, password: Password) -> Self {
        Self {
            email,
            name: None,
            password,
            link: None,
        }
    }
}

/// The outcome of [`Guestlist::register`].
#[derive(Debug)]
pub enum Registration {
    /// The account is made.
    Created(Box<User>),
    /// The visitor gets the same answer for known and unknown addresses.
    Concealed(ConcealedSignUp),
}

/// What the browser of a concealed sign-up keeps.
#[derive(Clone, Debug)]
pub struct ConcealedSignUp {
    /// A sealed text for a cookie, for one hour. With it, [`Guestlist::made_sign_up`] recognizes
    /// the browser. It says nothing about whether the address was known.
    pub sealed: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AccountRules, Client, NewInvitation, SignInError, SignUpRefusal, UserStore, Wanted,
        auth::{
            fixture::{Fixture, PASSWORD, SECRET, password},
            link_fixture::{count, newest, newest_token},
        },
        testing::email,
    };

    const CONCEAL: AccountRules = AccountRules {
        sends_mail: true,
        require_verified: false,
        conceal: true,
    };

    async fn fixture() -> Fixture {
        Fixture::with(|builder| builder.account_rules(CONCEAL)).await
    }

    async fn register(fixture: &Fixture, address: &str, typed: &str) -> ConcealedSignUp {
        let anyone = Client::default();
        let registered = fixture
            .guestlist
            .register(&anyone, NewUser::new(email(address), password(typed)));
        match registered.await.expect("answers") {
            Registration::Concealed(concealed) => concealed,
            Registration::Created(user) => panic!("{user:?}"),
        }
    }

    async fn sign_in(fixture: &Fixture, address: &str, typed: &str) -> Result<(), SignInError> {
        let (email, client) = (email(address), Client::default());
        let signed_in =
            fixture
                .guestlist
                .sign_in(Some(&email), password(typed), client, Wanted::JWT);
        signed_in.await.map(drop)
    }

    async fn user(fixture: &Fixture, address: &str) -> User {
        let found = fixture.store.find_user_by_email(&email(address)).await;
        found.expect("answers").expect("is there")
    }

    #[tokio::test]
    async fn known_and_unknown_addresses_get_answers_of_one_form_and_a_mail_each() {
        let fixture = fixture().await;
        let known = register(&fixture, "ADA@example.com", "a long exemplary one").await;
        assert_eq!(count(&fixture, MessageKind::SignUpOnKnownAddress).await, 1);
        assert_eq!(count(&fixture, MessageKind::VerifyEmail).await, 0);
        let new = register(&fixture, "new@example.com", "a long exemplary one").await;
        assert_eq!(count(&fixture, MessageKind::SignUpOnKnownAddress).await, 1);
        assert_eq!(count(&fixture, MessageKind::VerifyEmail).await, 1);
        assert_eq!(known.sealed.len(), new.sealed.len());
        let link = newest_token(&fixture, MessageKind::SignUpOnKnownAddress).await;
        let checked = fixture.guestlist.check_reset_link(&link).await;
        checked.expect("the owner can set another password");
        // The account that was there keeps its password.
        assert!(sign_in(&fixture, "ada@example.com", PASSWORD).await.is_ok());
        let stolen = sign_in(&fixture, "ada@example.com", "a long exemplary one").await;
        assert!(matches!(stolen, Err(SignInError::WrongCredentials)));
    }

    #[tokio::test]
    async fn a_concealed_account_opens_only_after_its_address_is_verified() {
        let fixture = fixture().await;
        let made = register(&fixture, "new@example.com", PASSWORD).await;
        // The answer is that of a known address, whose password the visitor does not know.
        for typed in [PASSWORD, "a wrong password"] {
            let early = sign_in(&fixture, "new@example.com", typed).await;
            assert!(matches!(early, Err(SignInError::WrongCredentials)));
        }
        let new = user(&fixture, "new@example.com").await;
        assert!(fixture.guestlist.made_sign_up(&new, &made.sealed));
        let token = newest_token(&fixture, MessageKind::VerifyEmail).await;
        let confirmed =
            fixture
                .guestlist
                .confirm_email_verification(&token, None, Some(&made.sealed));
        confirmed.await.expect("verifies");
        assert!(sign_in(&fixture, "new@example.com", PASSWORD).await.is_ok());
    }

    /// A stranger signed up with the address first, or in between.
    #[tokio::test]
    async fn an_unconfirmed_account_blocks_no_user_and_its_browser_is_not_the_owners() {
        let fixture = fixture().await;
        let stranger = register(&fixture, "new@example.com", "the stranger's choice").await;
        let owner = register(&fixture, "new@example.com", "the owner's choice").await;
        assert_eq!(count(&fixture, MessageKind::SignUpOnKnownAddress).await, 0);
        let new = user(&fixture, "new@example.com").await;
        let is_of = |made: &ConcealedSignUp, user: &User| {
            fixture.guestlist.made_sign_up(user, &made.sealed)
        };
        assert!(is_of(&owner, &new));
        assert!(!is_of(&stranger, &new));
        register(&fixture, "new@example.com", "the stranger's choice").await;
        let new = user(&fixture, "new@example.com").await;
        assert!(!is_of(&owner, &new), "the password is the stranger's again");
        // So the page asks the owner for a password.
        let token = newest_token(&fixture, MessageKind::VerifyEmail).await;
        let chosen = Some(password("the owner's choice"));
        let confirmed = fixture
            .guestlist
            .confirm_email_verification(&token, chosen, None);
        confirmed.await.expect("verifies");
        let stranger = sign_in(&fixture, "new@example.com", "the stranger's choice").await;
        assert!(matches!(stranger, Err(SignInError::WrongCredentials)));
        let owner = sign_in(&fixture, "new@example.com", "the owner's choice").await;
        assert!(owner.is_ok());
    }

    #[tokio::test]
    async fn a_sealed_sign_up_belongs_to_its_account_and_a_draft_is_none() {
        let fixture = fixture().await;
        let ada = &fixture.user;
        let made = register(&fixture, "new@example.com", PASSWORD).await;
        assert!(!fixture.guestlist.made_sign_up(ada, &made.sealed));
        for sealed in ["", "x"] {
            assert!(!fixture.guestlist.made_sign_up(ada, sealed));
        }
        let draft = fixture.guestlist.seal_draft(ada.id, b"Tea").expect("seals");
        assert!(!fixture.guestlist.made_sign_up(ada, &draft));
    }

    #[tokio::test]
    async fn a_mailed_reset_verifies_the_address_and_an_unconfirmed_password_cannot_be_rehashed() {
        let fixture = fixture().await;
        register(&fixture, "new@example.com", PASSWORD).await;
        let new = user(&fixture, "new@example.com").await;
        assert!(new.password_hash.is_some_and(|hash| hash.is_unconfirmed()));
        let address = email("new@example.com");
        let asked = fixture.guestlist.request_password_reset(&address);
        asked.await.expect("answers");
        let token = newest_token(&fixture, MessageKind::ResetPassword).await;
        let reset = fixture
            .guestlist
            .confirm_password_reset(&token, password("the owner's choice"));
        reset.await.expect("resets");
        let signed_in = sign_in(&fixture, "new@example.com", "the owner's choice").await;
        assert!(signed_in.is_ok());
        assert!(
            user(&fixture, "new@example.com")
                .await
                .verified_at
                .is_some()
        );
    }

    /// What a second sign-up with an invitation for one use gets, after a first one with `address`.
    async fn probe(address: &str) -> Option<SignUpRefusal> {
        let policy = crate::SignUpPolicy::Invited;
        let fixture = fixture().await;
        register(&fixture, "unconfirmed@example.com", PASSWORD).await;
        let configure =
            |builder: crate::Builder| builder.account_rules(CONCEAL).sign_up_policy(policy);
        let guestlist = fixture.node(SECRET, configure);
        let new = NewInvitation {
            note: None,
            email: None,
            uses: 1,
            valid_for: NewInvitation::VALID,
            send: false,
        };
        let made = guestlist.make_invitation(None, new).await.expect("makes");
        let sign_up = async |address: &str| {
            let new = NewUser {
                link: Some(made.link.expose().to_owned()),
                ..NewUser::new(email(address), password(PASSWORD))
            };
            guestlist.register(&Client::default(), new).await
        };
        let first = sign_up(address).await;
        assert!(matches!(first, Ok(Registration::Concealed(_))), "{address}");
        match sign_up("another@example.com").await {
            Ok(_) => None,
            Err(SignUpError::Refused(why)) => Some(why),
            Err(error) => panic!("{error}"),
        }
    }

    /// An invitation with a use left told that the address of the first sign-up was known.
    #[tokio::test]
    async fn an_invitation_does_not_tell_whether_an_address_is_known() {
        for address in [
            "new@example.com",
            "ada@example.com",
            "unconfirmed@example.com",
        ] {
            let second = probe(address).await;
            assert_eq!(second, Some(SignUpRefusal::InvitationUsed), "{address}");
        }
    }

    /// The use would be lost otherwise.
    #[tokio::test]
    async fn an_invitation_approves_an_account_that_was_never_confirmed() {
        let policy = crate::SignUpPolicy::Approval;
        let configure =
            |builder: crate::Builder| builder.account_rules(CONCEAL).sign_up_policy(policy);
        let fixture = Fixture::with(configure).await;
        register(&fixture, "new@example.com", PASSWORD).await;
        assert_eq!(user(&fixture, "new@example.com").await.approved_at, None);
        let new = NewInvitation {
            note: None,
            email: None,
            uses: 1,
            valid_for: NewInvitation::VALID,
            send: false,
        };
        let made = fixture.guestlist.make_invitation(None, new).await;
        let new = NewUser {
            link: Some(made.expect("makes").link.expose().to_owned()),
            ..NewUser::new(email("new@example.com"), password(PASSWORD))
        };
        let registered = fixture.guestlist.register(&Client::default(), new).await;
        registered.expect("answers");
        let approved = user(&fixture, "new@example.com").await.approved_at;
        assert!(approved.is_some());
    }

    #[tokio::test]
    async fn of_racing_sign_ups_of_one_address_all_get_the_same_answer_and_one_account_is_made() {
        let fixture = fixture().await;
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let guestlist = fixture.guestlist.clone();
            racing.spawn(async move {
                let anyone = Client::default();
                let made = guestlist.register(
                    &anyone,
                    NewUser::new(email("new@example.com"), password(PASSWORD)),
                );
                matches!(made.await, Ok(Registration::Concealed(_)))
            });
        }
        assert!(racing.join_all().await.into_iter().all(|same| same));
        let all = fixture.store.list_users(None, 100).await.expect("answers");
        assert_eq!(all.len(), 2);
    }

    /// A known address gets "wrong credentials", so a new account must not tell that it waits.
    #[tokio::test]
    async fn a_concealed_account_that_waits_for_an_approval_does_not_tell() {
        let policy = crate::SignUpPolicy::Approval;
        let configure =
            |builder: crate::Builder| builder.account_rules(CONCEAL).sign_up_policy(policy);
        let fixture = Fixture::with(configure).await;
        register(&fixture, "new@example.com", PASSWORD).await;
        let refused = sign_in(&fixture, "new@example.com", PASSWORD).await;
        assert!(matches!(refused, Err(SignInError::WrongCredentials)));
    }

    #[tokio::test]
    async fn without_concealment_a_sign_up_says_taken_and_mails_only_if_mail_is_on() {
        for sends_mail in [false, true] {
            let rules = AccountRules {
                sends_mail,
                conceal: !sends_mail,
                require_verified: false,
            };
            let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
            let anyone = Client::default();
            let taken = fixture.guestlist.register(
                &anyone,
                NewUser::new(email("ada@example.com"), password(PASSWORD)),
            );
            assert!(matches!(taken.await, Err(SignUpError::EmailTaken)));
            let made = fixture.guestlist.register(
                &anyone,
                NewUser::new(email("new@example.com"), password(PASSWORD)),
            );
            let Ok(Registration::Created(made)) = made.await else {
                panic!("is created");
            };
            let sealed = fixture.guestlist.seal_sign_up(&made).expect("seals");
            assert!(fixture.guestlist.made_sign_up(&made, &sealed));
            assert!(!fixture.guestlist.made_sign_up(&fixture.user, &sealed));
            let mails = count(&fixture, MessageKind::VerifyEmail).await;
            assert_eq!(mails, usize::from(sends_mail));
            assert!(sign_in(&fixture, "new@example.com", PASSWORD).await.is_ok());
            if sends_mail {
                let message = newest(&fixture, MessageKind::VerifyEmail).await;
                assert_eq!(message.to, email("new@example.com"));
            }
        }
    }
}
