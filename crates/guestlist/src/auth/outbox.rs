//! An administrator looks at the mails that wait or were sent, and lets them go on.

use crate::{
    Guestlist, MailContent, MailText, MailTexts, Marked, Message, MessageFilter, MessageId,
    MessageKind, Site, StoreError,
};

impl Guestlist {
    /// Returns up to `limit` messages that pass the filter, newest first. The list begins after
    /// (that is, older than) the id `after`, or with the newest if it is `None`. Show neither the
    /// link nor the code of a message that concerns another user.
    pub async fn list_messages(
        &self,
        filter: MessageFilter,
        after: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        self.store().list_messages(filter, after, limit).await
    }

    /// Returns the message with that id.
    pub async fn find_message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.store().find_message(id).await
    }

    /// Returns the text that the message has now, without its link and without its code. `None` for
    /// a reset of the password: of it, an administrator sees only that it was asked for.
    pub async fn text_without_link(
        &self,
        message: &Message,
        texts: &dyn MailTexts,
        site: &Site,
    ) -> Result<Option<MailText>, StoreError> {
        if matches!(
            message.kind,
            MessageKind::ResetPassword | MessageKind::ResetLink
        ) {
            return Ok(None);
        }
        let user = match message.user_id {
            Some(user) => self.store().find_user(user).await?,
            None => None,
        };
        let text = texts.text(&MailContent {
            message,
            user: user.as_ref(),
            site,
            link: None,
            code: None,
        });
        Ok(Some(MailText { html: None, ..text }))
    }

    /// Queues a message again that failed, or lets one that waits after a failed attempt be sent at
    /// once. [`Marked::Stale`] says that it is in another state, or missing. Writes a line to the
    /// log, with the actor of [`acting_as`](Self::acting_as).
    pub async fn retry_message(&self, id: MessageId) -> Result<Marked, StoreError> {
        let marked = self.store().retry_message(id, self.now()).await?;
        if marked == Marked::Done {
            let actor = self.acting();
            tracing::info!(message = %id, actor, "a mail is sent again");
        }
        Ok(marked)
    }

    /// Ends all links of messages, and holds all mails that wait. Call it after the database was
    /// restored from a backup, which does not say which links were used since and which mails were
    /// sent. Invitations stay as they were in the backup. Returns how many mails are held.
    pub async fn hold_messages(&self) -> Result<u64, StoreError> {
        let held = self.store().hold_messages(self.now()).await?;
        let actor = self.acting();
        tracing::info!(
            held,
            actor,
            "all links ended, and the waiting mails are held"
        );
        Ok(held)
    }

    /// Queues all held mails. A mail whose link ended is dropped when it is due, not sent; the mail
    /// of an invitation is sent while the invitation can be used. Returns how many were queued.
    /// Writes a line to the log, with the actor of [`acting_as`](Self::acting_as).
    pub async fn release_held_messages(&self) -> Result<u64, StoreError> {
        let released = self.store().release_held(self.now()).await?;
        let actor = self.acting();
        tracing::info!(released, actor, "held mails are queued");
        Ok(released)
    }

    fn acting(&self) -> Option<String> {
        self.origin().actor.map(|actor| actor.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        DefaultTexts, LinkPurpose, MessageData, MessageStore,
        auth::{fixture::Fixture, link_fixture::newest},
    };

    fn site() -> Site {
        Site {
            name: "Plan".to_owned(),
            base_url: "https://plan.example".to_owned(),
            time_zone: None,
        }
    }

    /// An administrator could use the link of another user.
    #[tokio::test]
    async fn a_shown_text_has_neither_the_link_nor_the_code() {
        let fixture = Fixture::new().await;
        for kind in MessageKind::ALL {
            let (user, to) = (Some(fixture.user.id), fixture.user.email.clone());
            let expires = fixture.now().plus(std::time::Duration::from_secs(600));
            let message = Message::new(kind, user, to, MessageData::new(), fixture.now())
                .with_link(LinkPurpose::VerifyEmail, None, expires)
                .with_code();
            let inserted = fixture.store.insert_message(&message).await;
            inserted.expect("inserts");
            let message = newest(&fixture, kind).await;
            let token = fixture.guestlist.token_of_link(&message).expect("has one");
            let code = fixture.guestlist.code_of(&message).expect("has one");
            let (texts, site) = (&DefaultTexts, site());
            let text = fixture.guestlist.text_without_link(&message, texts, &site);
            let text = text.await.expect("answers");
            let is_reset = matches!(kind, MessageKind::ResetPassword | MessageKind::ResetLink);
            assert_eq!(text.is_none(), is_reset, "{kind}");
            if let Some(text) = text {
                assert!(text.html.is_none());
                for secret in [token.expose(), code.as_str()] {
                    assert!(!text.text.contains(secret) && !text.subject.contains(secret));
                }
            }
        }
    }
}
