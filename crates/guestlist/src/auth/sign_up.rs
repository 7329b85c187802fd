//! A visitor creates an account.

use super::tries::refuses_tries;
use crate::{
    Admission, AdmittedBecause, Email, Epoch, Guestlist, Invitation, NewPasswordError, Password,
    Redemption, RetryAfter, Role, SecurityEventKind, ShownInvitation, SignUpRefusal, StoreError,
    User, UserId, UserInsertion, UserName,
};

impl Guestlist {
    /// Creates an account without a name. The e-mail address is not verified.
    ///
    /// # Errors
    ///
    /// - [`SignUpError::Refused`] if [`Builder::sign_up_policy`](crate::Builder::sign_up_policy)
    ///   admits only other visitors.
    /// - [`SignUpError::Password`] if [`PasswordPolicy`](crate::PasswordPolicy) or
    ///   [`Builder::breached_passwords`](crate::Builder::breached_passwords) refuses the password.
    /// - [`SignUpError::EmailTaken`] if another user has the address. Of two sign-ups at the same
    ///   time, one gets this error.
    pub async fn sign_up(&self, email: Email, password: Password) -> Result<User, SignUpError> {
        self.sign_up_with_name(email, None, password).await
    }

    /// Creates an account as [`sign_up`](Self::sign_up) does, with a name that other users see.
    ///
    /// # Errors
    ///
    /// The errors of [`sign_up`](Self::sign_up).
    pub async fn sign_up_with_name(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
    ) -> Result<User, SignUpError> {
        self.sign_up_with_link(email, name, password, None).await
    }

    /// Creates an account as [`sign_up_with_name`](Self::sign_up_with_name) does. `link` is the
    /// token of an invitation or of a setup link. A setup link admits under every policy, and the
    /// address of its account counts as verified. An
    /// invitation is used just before the account is stored, and given back if it is not stored.
    ///
    /// # Errors
    ///
    /// The errors of [`sign_up`](Self::sign_up).
    pub async fn sign_up_with_link(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
        link: Option<&str>,
    ) -> Result<User, SignUpError> {
        let admitted = self.admit(link, &email).await?;
        self.sign_up_admitted(email, name, password, &admitted)
            .await
    }

    /// Creates the account of a visitor who may sign up, and tells if its address is taken.
    pub(super) async fn sign_up_admitted(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
        admitted: &Admitted,
    ) -> Result<User, SignUpError> {
        let mut user = self
            .user_to_be(email, name, password, admitted.is_approved)
            .await?;
        user.verified_at = admitted.is_setup.then_some(user.created_at);
        match self.insert_admitted(&user, admitted).await? {
            UserInsertion::Done => Ok(user),
            UserInsertion::Taken => Err(SignUpError::EmailTaken),
        }
    }

    /// Checks whether a visitor with that link and address may sign up.
    pub(super) async fn admit(
        &self,
        link: Option<&str>,
        email: &Email,
    ) -> Result<Admitted, SignUpError> {
        let (admission, invitation) = self.admission_of(link, Some(email)).await?;
        match admission {
            Admission::Admitted(because) => Ok(Admitted {
                is_approved: because != AdmittedBecause::Approval,
                is_setup: because == AdmittedBecause::Setup,
                // An invitation that is not needed is not used.
                invitation: invitation.filter(|_| because == AdmittedBecause::Invitation),
            }),
            Admission::Refused(why) => {
                tracing::warn!(reason = why.code(), "sign-up refused");
                Err(SignUpError::Refused(why))
            }
        }
    }

    /// Uses the invitation, if there is one, and stores the user. If the user is not stored, the
    /// invitation is given back.
    async fn insert_admitted(
        &self,
        user: &User,
        admitted: &Admitted,
    ) -> Result<UserInsertion, SignUpError> {
        self.redeem(admitted).await?;
        let inserted = self.insert_unreserved(user).await;
        match &inserted {
            Ok(UserInsertion::Done) => self.record_sign_up(user, admitted).await,
            Ok(UserInsertion::Taken) => self.give_back(admitted).await?,
            Err(error) => self.give_back_after(error, admitted).await?,
        }
        Ok(inserted?)
    }

    /// Writes to the logs that the user was stored.
    pub(super) async fn record_sign_up(&self, user: &User, admitted: &Admitted) {
        if let Some(invitation) = &admitted.invitation {
            tracing::info!(user = %user.id, invitation = %invitation.id, "used an invitation");
        }
        let event = self.event(user.id, SecurityEventKind::SignedUp);
        self.record_event(event).await;
        // Otherwise the administrators are asked once the address is verified.
        if user.verified_at.is_some() || !self.account_rules().verifies_first() {
            self.ask_for_approval(user);
        }
    }

    /// Uses the invitation once, if there is one. It may have ended since it was looked up.
    pub(super) async fn redeem(&self, admitted: &Admitted) -> Result<(), SignUpError> {
        let Some(Invitation { id, .. }) = admitted.invitation else {
            return Ok(());
        };
        if self.store().redeem_invitation(id, self.now()).await? == Redemption::Done {
            return Ok(());
        }
        let found = self.store().find_invitation(id).await?;
        let why = found.and_then(|invitation| invitation.is_over(self.now()));
        let why = why.unwrap_or(SignUpRefusal::InvitationUnknown);
        tracing::warn!(reason = why.code(), "sign-up refused");
        Err(SignUpError::Refused(why))
    }

    /// Gives back the use of an invitation after a failed write. The account may exist after an
    /// unknown outcome, so that use stays used.
    pub(super) async fn give_back_after(
        &self,
        error: &StoreError,
        admitted: &Admitted,
    ) -> Result<(), StoreError> {
        match error {
            StoreError::Unknown(_) => Ok(()),
            _ => self.give_back(admitted).await,
        }
    }

    async fn give_back(&self, admitted: &Admitted) -> Result<(), StoreError> {
        match &admitted.invitation {
            Some(invitation) => self.store().give_back_invitation(invitation.id).await,
            None => Ok(()),
        }
    }

    /// Returns whether a visitor may sign up who shows that token of a link.
    pub async fn admission(&self, link: Option<&str>) -> Result<Admission, StoreError> {
        Ok(self.admission_of(link, None).await?.0)
    }

    /// Returns the invitation of a link, and whether its visitor may sign up with it. It is for the
    /// page of the link. It uses nothing.
    pub async fn open_invitation(
        &self,
        link: &str,
    ) -> Result<(Option<Invitation>, Admission), StoreError> {
        let invitation = self.find_invitation_by_link(link).await?;
        let shown = self.shown_by(invitation.as_ref(), None);
        Ok((invitation, self.sign_up_policy().admit_by_link(shown)))
    }

    /// Returns what a visitor shows with the invitation of a link.
    fn shown_by(
        &self,
        invitation: Option<&Invitation>,
        address: Option<&Email>,
    ) -> ShownInvitation {
        match invitation {
            Some(invitation) => invitation.shown_by(address, self.now()),
            None => ShownInvitation::Refused(SignUpRefusal::InvitationUnknown),
        }
    }

    async fn admission_of(
        &self,
        link: Option<&str>,
        address: Option<&Email>,
    ) -> Result<(Admission, Option<Invitation>), StoreError> {
        let mut invitation = None;
        let shown = match link {
            None => ShownInvitation::None,
            Some(link) if self.is_setup_link(link).await? => ShownInvitation::Setup,
            Some(link) => {
                invitation = self.find_invitation_by_link(link).await?;
                self.shown_by(invitation.as_ref(), address)
            }
        };
        Ok((self.sign_up_policy().admit(shown), invitation))
    }

    /// Creates an account: the part that signing up and [`add_user`](Self::add_user) share.
    pub(super) async fn new_user(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
        is_approved: bool,
    ) -> Result<User, SignUpError> {
        let user = self.user_to_be(email, name, password, is_approved).await?;
        match self.insert_unreserved(&user).await? {
            UserInsertion::Done => Ok(user),
            UserInsertion::Taken => Err(SignUpError::EmailTaken),
        }
    }

    /// Checks and hashes the password, and returns the record of the user.
    async fn user_to_be(
        &self,
        email: Email,
        name: Option<UserName>,
        password: Password,
        is_approved: bool,
    ) -> Result<User, SignUpError> {
        let password_hash = self.hash_new_password(password, &email).await?;
        let now = self.now();
        Ok(User {
            id: UserId::new(now),
            email,
            password_hash: Some(password_hash),
            name,
            created_at: now,
            verified_at: None,
            disabled_at: None,
            role: Role::Member,
            approved_at: is_approved.then_some(now),
            epoch: Epoch::default(),
            token_epoch: Epoch::default(),
        })
    }
}

/// Why a visitor may sign up, and what that uses.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Whether the account may sign in without an approval.
    pub(super) is_approved: bool,
    /// Whether the visitor showed the setup link, so that the account is the operator's. Its
    /// address needs no verification: a mail server that does not work yet would keep the first
    /// administrator out.
    pub(super) is_setup: bool,
    /// The invitation that is used.
    pub(super) invitation: Option<Invitation>,
}

/// Why no account was created.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// The visitor may not sign up.
    #[error(transparent)]
    Refused(#[from] SignUpRefusal),
    /// Another user has this address.
    #[error("a user with this e-mail address exists already")]
    EmailTaken,
    /// The password was refused.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// There were too many sign-ups from the client's network.
    #[error("too many sign-ups from your network; try again in {0}")]
    TooManyTries(RetryAfter),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

refuses_tries!(SignUpError);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Client, PasswordCost, PasswordError, SecretKey, SignInError, SignUpPolicy, Wanted,
        testing::{MemoryStore, email, guestlist},
    };

    #[tokio::test]
    async fn an_address_can_be_used_once_whatever_its_case() {
        let guestlist = guestlist();
        let first = guestlist.sign_up(email("Ada@Example.com"), Password::new("exemplary"));
        assert_eq!(
            first.await.expect("signs up").email.as_given(),
            "Ada@Example.com"
        );
        let second = guestlist.sign_up(email("ada@EXAMPLE.com"), Password::new("testpassword"));
        assert!(matches!(second.await, Err(SignUpError::EmailTaken)));
    }

    #[tokio::test]
    async fn a_refused_password_creates_no_account() {
        let guestlist = guestlist();
        let refused = guestlist.sign_up(email("ada@example.com"), Password::new("short"));
        assert!(matches!(
            refused.await,
            Err(SignUpError::Password(NewPasswordError::Refused {
                reason: PasswordError::TooShort(8),
                ..
            }))
        ));
        let again = guestlist.sign_up(email("ada@example.com"), Password::new("exemplary"));
        assert!(again.await.is_ok());
    }

    fn with_policy(policy: SignUpPolicy) -> Guestlist {
        let secret = SecretKey::weak("a secret").expect("is a key");
        Guestlist::builder(MemoryStore::new(), secret)
            .password_cost(PasswordCost::for_tests())
            .sign_up_policy(policy)
            .build()
            .expect("builds")
    }

    /// The command line asks no policy, and a setup link admits under each.
    #[tokio::test]
    async fn the_policy_decides_who_signs_up() {
        let password = || Password::new("exemplary");
        for (policy, refusal) in [
            (SignUpPolicy::Open, None),
            (SignUpPolicy::Approval, None),
            (
                SignUpPolicy::Invited,
                Some(SignUpRefusal::InvitationRequired),
            ),
            (SignUpPolicy::Closed, Some(SignUpRefusal::Closed)),
        ] {
            let guestlist = with_policy(policy);
            let signed_up = guestlist
                .sign_up(email("ada@example.com"), password())
                .await;
            let refused = match signed_up {
                Ok(_) => None,
                Err(SignUpError::Refused(why)) => Some(why),
                Err(error) => panic!("{error}"),
            };
            assert_eq!(refused, refusal, "{policy}");
            let count = guestlist.list_users(None, 10).await.expect("lists").len();
            assert_eq!(count, usize::from(refusal.is_none()), "{policy}");
            let link = guestlist.make_setup_link().await.expect("answers");
            let link = link.expect("there is no administrator");
            let bob = email("bob@example.com");
            let bob = guestlist.sign_up_with_link(bob, None, password(), Some(link.expose()));
            assert!(bob.await.expect("signs up").approved_at.is_some());
            let added = guestlist
                .add_user(email("cy@example.com"), None, password())
                .await;
            assert!(added.expect("adds").approved_at.is_some());
            if refusal.is_some() {
                let eve = email("eve@example.com");
                let eve = guestlist.sign_up_with_link(eve, None, password(), Some("AAAA"));
                assert!(matches!(eve.await, Err(SignUpError::Refused(_))));
            }
        }
    }

    /// Without the right password the answer is that of an unknown address.
    #[tokio::test]
    async fn an_unapproved_user_signs_in_after_the_approval() {
        let guestlist = with_policy(SignUpPolicy::Approval);
        let ada = email("ada@example.com");
        let user = guestlist.sign_up(ada.clone(), Password::new("exemplary"));
        let user = user.await.expect("signs up");
        assert_eq!(user.approved_at, None);
        let sign_in = |password| {
            let password = Password::new(password);
            guestlist.sign_in(Some(&ada), password, Client::default(), Wanted::DATABASE)
        };
        let wrong = sign_in("wrong password").await;
        assert!(matches!(wrong, Err(SignInError::WrongCredentials)));
        let waiting = sign_in("exemplary").await;
        assert!(matches!(waiting, Err(SignInError::NotApproved)));
        assert!(guestlist.approve_user(user.id).await.expect("approves"));
        assert!(!guestlist.approve_user(user.id).await.expect("answers"));
        sign_in("exemplary").await.expect("signs in");
    }
}
