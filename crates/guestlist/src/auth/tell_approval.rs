//! Mails around an approval: administrators learn that a user waits, and the user that it ended.

use crate::{
    Guestlist, Message, MessageData, MessageKind, StoreError, User, UserFilter, UserId,
    UserStanding, causes,
};

/// How many administrators get a mail about one account.
const TOLD: u32 = 20;

impl Guestlist {
    /// Tells the administrators that the account waits for approval, if it does. In the background,
    /// so that the time of a concealed sign-up does not tell that the address was free. The
    /// administrators get only so many mails, because strangers cause them.
    pub(super) fn ask_for_approval(&self, user: &User) {
        if user.approved_at.is_some() {
            return;
        }
        let Some(place) = self.underway().begin() else {
            tracing::warn!(user = %user.id, "too much waits for the store: no mail about a user who waits");
            return;
        };
        let (guestlist, user) = (self.clone(), user.clone());
        tokio::spawn(async move {
            if let Err(error) = guestlist.tell_admins(&user).await {
                untold(user.id, &error);
            }
            drop(place);
        });
    }

    /// Does the same after the address of the account was verified, if it was not before and the
    /// rules require it. `before` is the user before the verification.
    pub(super) fn ask_for_approval_of_verified(&self, before: &User) {
        if before.verified_at.is_none() && self.account_rules().verifies_first() {
            self.ask_for_approval(before);
        }
    }

    async fn tell_admins(&self, user: &User) -> Result<(), StoreError> {
        if !self.counts_approval_mail().await? {
            return Ok(());
        }
        let filter = UserFilter {
            standing: Some(UserStanding::Admins),
            ..UserFilter::default()
        };
        let admins = self.store().find_users(&filter, None, TOLD).await?;
        for admin in admins.iter().filter(|admin| admin.disabled_at.is_none()) {
            let data = MessageData::new().with("email", user.email.as_given());
            self.insert_plain(MessageKind::ApprovalNeeded, admin, data)
                .await?;
        }
        Ok(())
    }

    /// Tells the user that an administrator approved the account. A failure is only logged.
    pub(super) async fn tell_approved(&self, user: UserId) {
        let told = async {
            match self.store().find_user(user).await? {
                Some(user) => {
                    let data = MessageData::new();
                    self.insert_plain(MessageKind::Approved, &user, data).await
                }
                None => Ok(()),
            }
        };
        if let Err(error) = told.await {
            untold(user, &error);
        }
    }

    async fn insert_plain(
        &self,
        kind: MessageKind,
        to: &User,
        data: MessageData,
    ) -> Result<(), StoreError> {
        let message = Message::new(kind, Some(to.id), to.email.clone(), data, self.now());
        self.store().insert_message(&message).await.map(drop)
    }
}

fn untold(user: UserId, error: &StoreError) {
    let error = causes(error);
    tracing::error!(%user, error, "cannot queue a mail about an approval");
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{
        AccountRules, Guestlist, MessageKind, PasswordCost, Role, SecretKey, SignUpPolicy,
        auth::{
            fixture::{Fixture, SECRET, password},
            link_fixture::{count, newest, newest_token},
        },
        operations,
        testing::{FaultyStore, email},
    };

    #[tokio::test]
    async fn administrators_learn_who_waits_and_the_user_that_it_ended() {
        let fixture = Fixture::new().await;
        let node = fixture.node(SECRET, |builder| {
            builder.sign_up_policy(SignUpPolicy::Approval)
        });
        let admin = node.set_role(fixture.user.id, Role::Admin).await;
        admin.expect("sets");
        let sign_up = async |address: &str| {
            let made = node.sign_up(email(address), password("a long exemplary one"));
            let made = made.await.expect("signs up");
            node.finish_events().await;
            made
        };
        let bea = sign_up("bea@example.com").await;
        let kind = MessageKind::ApprovalNeeded;
        assert_eq!(count(&fixture, kind).await, 1);
        let mail = newest(&fixture, kind).await;
        assert_eq!(mail.to, fixture.user.email);
        assert_eq!(mail.data.get("email"), Some("bea@example.com"));
        assert!(node.approve_user(bea.id).await.expect("approves"));
        assert!(!node.approve_user(bea.id).await.expect("answers"));
        assert_eq!(count(&fixture, MessageKind::Approved).await, 1);
        assert_eq!(newest(&fixture, MessageKind::Approved).await.to, bea.email);
        // Strangers cannot fill the mailbox.
        for number in 0..20 {
            sign_up(&format!("stranger{number}@example.com")).await;
        }
        assert_eq!(count(&fixture, kind).await, 10);
        fixture.advance(1_800);
        sign_up("late@example.com").await;
        assert_eq!(count(&fixture, kind).await, 11);
    }

    /// Strangers could make the store look for administrators as often as they signed up.
    #[tokio::test]
    async fn beyond_the_limit_of_mails_no_administrator_is_looked_for() {
        let fixture = Fixture::new().await;
        let faulty = Arc::new(FaultyStore::over(fixture.store.clone()));
        let secret = SecretKey::weak(SECRET).expect("is a key");
        let guestlist = Guestlist::builder_over(faulty.clone(), secret)
            .clock(fixture.clock.clone())
            .password_cost(PasswordCost::for_tests())
            .sign_up_policy(SignUpPolicy::Approval)
            .build()
            .expect("builds");
        let mut looked = Vec::new();
        for number in 0..12 {
            let address = email(&format!("stranger{number}@example.com"));
            let made = guestlist.sign_up(address, password("a long exemplary one"));
            made.await.expect("signs up");
            guestlist.finish_events().await;
            looked.push(faulty.faults.asked().contains(&operations::find_users()));
        }
        assert_eq!(looked, [[true; 10].as_slice(), &[false; 2]].concat());
    }

    /// A stranger could make administrators approve an address that is not the stranger's.
    #[tokio::test]
    async fn if_addresses_are_verified_first_administrators_are_asked_after_it() {
        let fixture = Fixture::new().await;
        let node = fixture.node(SECRET, |builder| {
            let rules = AccountRules {
                sends_mail: true,
                require_verified: true,
                conceal: false,
            };
            let builder = builder.sign_up_policy(SignUpPolicy::Approval);
            builder.account_rules(rules)
        });
        let admin = node.set_role(fixture.user.id, Role::Admin).await;
        admin.expect("sets");
        let kind = MessageKind::ApprovalNeeded;
        for (asked, way) in ["link", "operator", "reset"].into_iter().enumerate() {
            let address = email(&format!("{way}@example.com"));
            let made = node.sign_up(address.clone(), password("a long exemplary one"));
            let made = made.await.expect("signs up");
            node.finish_events().await;
            assert_eq!(count(&fixture, kind).await, asked, "{way}");
            match way {
                "link" => {
                    let sent = node.request_email_verification_of(&address).await;
                    sent.expect("queues");
                    let token = newest_token(&fixture, MessageKind::VerifyEmail).await;
                    let verified = node.confirm_email_verification(&token, None, None).await;
                    verified.expect("verifies");
                }
                "operator" => assert!(node.verify_user(made.id).await.expect("verifies")),
                _ => {
                    let sent = node.request_password_reset(&address).await;
                    sent.expect("queues");
                    let token = newest_token(&fixture, MessageKind::ResetPassword).await;
                    let reset = node.confirm_password_reset(&token, password("another long one"));
                    reset.await.expect("resets");
                }
            }
            node.finish_events().await;
            assert_eq!(count(&fixture, kind).await, asked + 1, "{way}");
            let told = newest(&fixture, kind).await;
            assert_eq!(told.data.get("email"), Some(address.as_given()));
            fixture.advance(1);
        }
    }
}
