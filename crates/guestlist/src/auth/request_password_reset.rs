//! A visitor forgot the password and asks for a mail with a link.

use std::time::Duration;

use crate::{
    Email, Epoch, Guestlist, LinkPurpose, Message, MessageData, MessageKind, SecurityEventKind,
    StoreError, User,
};

/// How long the link for another password is valid.
pub(super) const RESET_LIFETIME: Duration = Duration::from_secs(60 * 60);

impl Guestlist {
    /// Queues a mail with a link for another password. The answer and the work are the same for a
    /// known address, an unknown one, and one of a disabled user (OWASP ASVS 5.0, 6.3.8). Each
    /// stores one message, and the sender drops those of unknown addresses. While a link is active,
    /// the same link is sent again.
    ///
    /// If the limit of mails is reached, no mail is queued, and the answer is the same.
    pub async fn request_password_reset(&self, email: &Email) -> Result<(), StoreError> {
        if !self.counts_mail(email).await? {
            return Ok(());
        }
        let found = self.store().find_user_by_email(email).await?;
        let user = found.filter(|user| user.disabled_at.is_none());
        self.send_reset(user.as_ref(), email, MessageData::new())
            .await
    }

    /// Queues the mail. `email` is used if there is no user. `data` says why the mail is sent, if the
    /// user did not ask for it.
    pub(super) async fn send_reset(
        &self,
        user: Option<&User>,
        email: &Email,
        data: MessageData,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let epoch = user.map_or(Epoch::default(), |user| user.epoch);
        let to = user.map_or(email, |user| &user.email);
        let message = Message::new(
            MessageKind::ResetPassword,
            user.map(|user| user.id),
            to.clone(),
            data,
            now,
        )
        .with_link(
            LinkPurpose::ResetPassword,
            Some(epoch.0.to_string()),
            now.plus(RESET_LIFETIME),
        );
        self.store().insert_message(&message).await?;
        match user {
            // In the background, so that the time does not tell that there is an account.
            Some(user) => {
                let kind = SecurityEventKind::PasswordResetRequested;
                self.record_in_background(self.event(user.id, kind));
            }
            None => tracing::info!("a reset was asked for an address without an account"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Email, LinkPurpose, Message, MessageFilter, MessageStore, auth::fixture::Fixture,
        testing::email,
    };

    async fn messages(fixture: &Fixture) -> Vec<Message> {
        let all = fixture
            .store
            .list_messages(MessageFilter::default(), None, 100);
        all.await.expect("answers")
    }

    /// Otherwise a stranger fills the mailbox of an owner, or the store with addresses that no user
    /// has.
    #[tokio::test]
    async fn requests_are_limited_for_each_address_and_each_network() {
        let fixture = Fixture::new().await;
        let client = crate::Client {
            address: Some("192.0.2.1".parse().expect("is an address")),
            ..crate::Client::default()
        };
        let guestlist = fixture.guestlist.seen_from(client);
        for _ in 0..12 {
            let asked = guestlist.request_password_reset(&fixture.user.email).await;
            asked.expect("answers");
            // Each expires, so that the next request would make another one.
            let all = messages(&fixture).await;
            let used = guestlist.mark_used(&all[0], LinkPurpose::ResetPassword);
            used.await.expect("marks");
        }
        assert_eq!(messages(&fixture).await.len(), 10);
        for number in 0..110 {
            let address = email(&format!("nobody{number}@example.com"));
            let asked = guestlist.request_password_reset(&address).await;
            asked.expect("answers");
        }
        assert_eq!(messages(&fixture).await.len(), 100);
    }

    #[tokio::test]
    async fn each_address_gets_the_same_answer_and_one_message() {
        let fixture = Fixture::new().await;
        let eve = fixture.guestlist.sign_up(
            email("eve@example.com"),
            crate::Password::new("a long exemplary one"),
        );
        let eve = eve.await.expect("signs up").id;
        fixture.guestlist.disable_user(eve).await.expect("disables");
        for (address, is_for_a_user) in [
            ("ada@example.com", true),
            ("ADA@example.com", true),
            ("nobody@example.com", false),
            ("eve@example.com", false),
        ] {
            let before = messages(&fixture).await.len();
            let email = Email::parse_local(address).expect("is an address");
            let asked = fixture.guestlist.request_password_reset(&email).await;
            asked.expect("answers");
            let after = messages(&fixture).await;
            let newest = after.first().expect("there is one");
            assert_eq!(newest.user_id.is_some(), is_for_a_user, "{address}");
            let is_repeated = address.starts_with("ADA");
            assert_eq!(after.len(), before + usize::from(!is_repeated), "{address}");
        }
    }

    /// Otherwise a stranger who keeps asking would end each link that the owner gets.
    #[tokio::test]
    async fn a_second_request_sends_the_same_link_again() {
        let fixture = Fixture::new().await;
        let ada = &fixture.user.email;
        let mut tokens = Vec::new();
        for _ in 0..3 {
            let asked = fixture.guestlist.request_password_reset(ada).await;
            asked.expect("answers");
            let all = messages(&fixture).await;
            assert_eq!(all.len(), 1);
            let token = fixture.guestlist.token_of_link(&all[0]).expect("has one");
            tokens.push(token.expose().to_owned());
            fixture.advance(60);
        }
        tokens.dedup();
        assert_eq!(tokens.len(), 1);
        fixture.advance(3_600);
        let asked = fixture.guestlist.request_password_reset(ada).await;
        asked.expect("answers");
        let all = messages(&fixture).await;
        let token = fixture.guestlist.token_of_link(&all[0]).expect("has one");
        assert_ne!(token.expose(), tokens[0], "the first one expired");
        let link = all[0].link.as_ref().expect("has one");
        assert_eq!(link.purpose, LinkPurpose::ResetPassword);
    }

    #[tokio::test]
    async fn one_address_gets_ten_mails_and_then_one_in_five_minutes() {
        let fixture = Fixture::new().await;
        let ask = async |times: u32| {
            let new = email("new@example.com");
            for _ in 0..times {
                let asked = fixture.guestlist.request_email_verification_of(&new);
                asked.await.expect("answers alike");
            }
            messages(&fixture).await.len()
        };
        assert_eq!(ask(40).await, 10);
        fixture.advance(299);
        assert_eq!(ask(5).await, 10);
        fixture.advance(1);
        assert_eq!(ask(5).await, 11);
    }
}
