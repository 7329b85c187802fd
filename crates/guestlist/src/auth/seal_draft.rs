//! Drafts of a user whose session ended: encrypted, stored in the browser, and decrypted for the
//! same user.

use std::time::Duration;

use crate::{Guestlist, UserId};

/// How long a draft can be decrypted.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

impl Guestlist {
    /// Encrypts a text for one user, for one hour. The result needs no escaping in HTML, URLs or
    /// headers. Returns `None` if the operating system gives no randomness.
    pub fn seal_draft(&self, of: UserId, text: &[u8]) -> Option<String> {
        self.draft_keys().seal(of, self.now(), text)
    }

    /// Decrypts the text, if it was encrypted here for this user within the last hour.
    pub fn open_draft(&self, of: UserId, sealed: &str) -> Option<Vec<u8>> {
        let (sealed_at, text) = self.draft_keys().open(of, sealed)?;
        (self.now() < sealed_at.plus(LIFETIME)).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        SecretKey, UserId,
        auth::fixture::{Fixture, SECRET},
    };

    #[tokio::test]
    async fn a_draft_can_be_opened_by_its_user_only_and_for_an_hour() {
        let fixture = Fixture::new().await;
        let guestlist = &fixture.guestlist;
        let (ada, eve) = (fixture.user.id, UserId::new(fixture.now()));
        let sealed = guestlist.seal_draft(ada, b"Tea").expect("seals");
        assert!(!sealed.contains("VGVh"), "the text is not readable");
        assert_eq!(
            guestlist.open_draft(ada, &sealed).as_deref(),
            Some(&b"Tea"[..])
        );
        assert_eq!(guestlist.open_draft(eve, &sealed), None);
        fixture.advance(60 * 60 - 1);
        assert!(guestlist.open_draft(ada, &sealed).is_some());
        fixture.advance(1);
        assert_eq!(guestlist.open_draft(ada, &sealed), None);
    }

    #[tokio::test]
    async fn a_draft_of_the_previous_secret_opens_and_a_changed_draft_does_not() {
        let fixture = Fixture::new().await;
        let ada = fixture.user.id;
        let sealed = fixture.guestlist.seal_draft(ada, b"Tea").expect("seals");
        let previous = || SecretKey::weak(SECRET).expect("is a key");
        let next = fixture.node("another", |builder| builder.previous_secret(previous()));
        assert!(next.open_draft(ada, &sealed).is_some());
        let other = fixture.node("another", |builder| builder);
        assert_eq!(other.open_draft(ada, &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            let character = if &sealed[at..=at] == "A" { "B" } else { "A" };
            changed.replace_range(at..=at, character);
            let opened = fixture.guestlist.open_draft(ada, &changed);
            // The last character has bits that are not used.
            assert!(opened.is_none() || at + 1 == sealed.len(), "{at}");
            assert_eq!(fixture.guestlist.open_draft(ada, &sealed[..at]), None);
        }
    }
}
