//! The links and codes of messages: found by their token, verified.

use zeroize::Zeroizing;

use super::second_factor::six_digits;
use crate::{Guestlist, LinkPurpose, LinkToken, Message, StoreError, UserId, token::ShownLink};

impl Guestlist {
    /// Returns the message of a link, if this installation made the token for that purpose. Its
    /// link may have ended or expired: [`MessageLink::ended`](crate::MessageLink::ended) says why.
    /// It is for the page that shows what the link does. It changes nothing.
    pub async fn find_link(
        &self,
        token: &str,
        purpose: LinkPurpose,
    ) -> Result<Option<Message>, StoreError> {
        let Some(shown) = ShownLink::parse(token) else {
            return Ok(None);
        };
        let found = self.store().find_message(shown.id.into()).await?;
        Ok(found.filter(|message| {
            message.link.as_ref().is_some_and(|link| {
                link.purpose == purpose && self.link_keys().made(&shown, purpose, &link.salt)
            })
        }))
    }

    /// Tries a code of the signed-in user. The try is counted before the code is compared. A text
    /// without exactly six digits is refused before, and not counted. The link of the message stays
    /// active, so that a request that fails after this can be repeated.
    pub async fn try_link_code(
        &self,
        user: UserId,
        purpose: LinkPurpose,
        typed: &str,
    ) -> Result<CodeTry, StoreError> {
        if six_digits(typed).is_none() {
            return Ok(CodeTry::Malformed);
        }
        let now = self.now();
        let Some(found) = self.store().find_active_link(user, purpose, now).await? else {
            return Ok(CodeTry::NoCode);
        };
        let Some(tried) = self.store().try_code(found.id, now).await? else {
            return Ok(CodeTry::NoTriesLeft);
        };
        let Some(code) = &tried.code else {
            return Ok(CodeTry::NoCode);
        };
        let id = tried.id.as_uuid();
        if !self.link_keys().is_code(typed, id, purpose, &code.salt) {
            return Ok(CodeTry::Wrong {
                left: crate::CODE_TRIES.saturating_sub(code.tries),
            });
        }
        Ok(CodeTry::Right(Box::new(tried)))
    }

    /// Derives the token of the message's link, if it has one. A client that has it can use the
    /// link: show it only to the owner of the address, or to an administrator who asked for it.
    pub fn token_of_link(&self, message: &Message) -> Option<LinkToken> {
        let link = message.link.as_ref()?;
        let id = message.id.as_uuid();
        Some(self.link_keys().token(id, link.purpose, &link.salt))
    }

    /// Derives the six-digit code of the message, if it has one. The same holds for it.
    pub fn code_of(&self, message: &Message) -> Option<Zeroizing<String>> {
        let (link, code) = (message.link.as_ref()?, message.code.as_ref()?);
        let id = message.id.as_uuid();
        Some(self.link_keys().code(id, link.purpose, &code.salt))
    }
}

/// The outcome of [`Guestlist::try_link_code`].
#[derive(Clone, Debug)]
pub enum CodeTry {
    /// The code was right: this is its message.
    Right(Box<Message>),
    /// The code was wrong.
    Wrong {
        /// How many tries are left for this message.
        left: u32,
    },
    /// The text is no code, and was not counted.
    Malformed,
    /// All tries of the message were used. A new message has a new code.
    NoTriesLeft,
    /// The user has no message of that purpose with a code that is active.
    NoCode,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        LinkEnd, MessageData, MessageKind, MessageStore,
        auth::fixture::{Fixture, SECRET},
    };

    const PURPOSE: LinkPurpose = LinkPurpose::VerifyEmail;

    async fn fixture() -> (Fixture, Message, String) {
        let fixture = Fixture::new().await;
        let (message, token) = insert(&fixture).await;
        (fixture, message, token)
    }

    async fn insert(fixture: &Fixture) -> (Message, String) {
        let user = &fixture.user;
        let data = MessageData::new();
        let kind = MessageKind::VerifyEmail;
        let expires_at = fixture.now().plus(Duration::from_secs(3_600));
        let message = Message::new(kind, Some(user.id), user.email.clone(), data, fixture.now())
            .with_link(PURPOSE, None, expires_at)
            .with_code();
        let inserted = fixture.store.insert_message(&message).await;
        inserted.expect("inserts");
        let token = fixture.guestlist.token_of_link(&message).expect("has one");
        let token = token.expose().to_owned();
        (message, token)
    }

    fn code(fixture: &Fixture, message: &Message) -> String {
        let code = fixture.guestlist.code_of(message);
        code.expect("has one").to_string()
    }

    #[tokio::test]
    async fn a_used_link_is_found_and_says_that_it_was_used() {
        let (fixture, message, token) = fixture().await;
        let guestlist = &fixture.guestlist;
        for _ in 0..2 {
            let found = guestlist.find_link(&token, PURPOSE).await.expect("answers");
            assert!(found.expect("is there").has_active_link(fixture.now()));
        }
        let used = fixture
            .store
            .consume_link(message.id, PURPOSE, fixture.now());
        assert!(used.await.expect("answers").is_some());
        let found = guestlist.find_link(&token, PURPOSE).await.expect("answers");
        let link = found.expect("is there").link.expect("has one");
        assert_eq!(link.ended.map(|(end, _)| end), Some(LinkEnd::Used));
    }

    /// The id of a message is no secret.
    #[tokio::test]
    async fn only_the_token_of_this_installation_and_purpose_finds_the_message() {
        let (fixture, _, token) = fixture().await;
        let mut forged = token.clone();
        forged.replace_range(40..44, "AAAA");
        for (token, purpose) in [
            (&forged, PURPOSE),
            (&token, LinkPurpose::ResetPassword),
            (&String::new(), PURPOSE),
        ] {
            let found = fixture.guestlist.find_link(token, purpose).await;
            assert!(found.expect("answers").is_none(), "{purpose}");
        }
        let stranger = fixture.node("another secret", |builder| builder);
        let found = stranger.find_link(&token, PURPOSE).await.expect("answers");
        assert!(found.is_none());
        let previous = crate::SecretKey::weak(SECRET).expect("is a key");
        let changed = fixture.node("another secret", |b| b.previous_secret(previous));
        let found = changed.find_link(&token, PURPOSE).await.expect("answers");
        assert!(found.is_some());
    }

    #[tokio::test]
    async fn a_code_is_wrong_five_times_and_then_even_the_right_one_is_refused() {
        let (fixture, message, _) = fixture().await;
        let (user, right) = (fixture.user.id, code(&fixture, &message));
        let guestlist = &fixture.guestlist;
        let wrong = if right == "000000" {
            "000001"
        } else {
            "000000"
        };
        for malformed in ["", "x", "12345", "1234567", "12345x", "ABCDE-FGHIJ"] {
            let tried = guestlist.try_link_code(user, PURPOSE, malformed).await;
            assert!(matches!(tried, Ok(CodeTry::Malformed)), "{malformed}");
        }
        for left in [4, 3, 2, 1, 0] {
            let tried = guestlist.try_link_code(user, PURPOSE, wrong).await;
            let tried = tried.expect("answers");
            assert!(
                matches!(tried, CodeTry::Wrong { left: is } if is == left),
                "{tried:?}"
            );
        }
        let refused = guestlist.try_link_code(user, PURPOSE, &right).await;
        assert!(matches!(refused, Ok(CodeTry::NoTriesLeft)));
        // A new message has new tries and a new code.
        let (message, token) = insert(&fixture).await;
        let right = code(&fixture, &message);
        let tried = guestlist.try_link_code(user, PURPOSE, &right).await;
        assert!(matches!(tried, Ok(CodeTry::Right(used)) if used.id == message.id));
        let used = guestlist.mark_used(&message, PURPOSE).await;
        used.expect("marks");
        let found = guestlist.find_link(&token, PURPOSE).await.expect("answers");
        let is_active = found.expect("is there").has_active_link(fixture.now());
        assert!(!is_active);
        let again = guestlist.try_link_code(user, PURPOSE, &right).await;
        assert!(matches!(again, Ok(CodeTry::NoCode)));
        let reset = LinkPurpose::ResetPassword;
        let other = guestlist.try_link_code(user, reset, &right).await;
        assert!(matches!(other, Ok(CodeTry::NoCode)));
    }
}
