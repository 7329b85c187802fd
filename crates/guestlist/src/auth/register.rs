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
                let sent = self.send_verification(Some(&user), &user.email).await;
                // The account exists.
                sent.map_err(StoreError::unknown)?;
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
        let sent = self.send_verification(Some(&user), &user.email).await;
        // The account exists, so the use of the invitation stays used.
        sent.map_err(StoreError::unknown)?;
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
                let finished = self.finish_replacement(&holder, name, admitted).await;
                // The account has the new password, so the use of the invitation stays used.
                finished.map_err(StoreError::unknown)?;
                return Ok(Some(holder.id));
            }
        }
        if self.counts_mail(&email).await? {
            self.tell_owner(&holder, email).await?;
        }
        Ok(None)
    }

    /// Does what follows when a sign-up replaced the password of an unconfirmed account.
    async fn finish_replacement(
        &self,
        holder: &User,
        name: Option<UserName>,
        admitted: &Admitted,
    ) -> Result<(), StoreError> {
        let store = self.store();
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
        self.send_verification(Some(holder), &holder.email).await
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
mod tests;
