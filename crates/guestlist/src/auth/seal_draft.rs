//! A draft of a user whose session ended: sealed, handed to the browser, and opened again for that user.

use std::time::Duration;

use crate::{Guestlist, UserId};

/// A draft is opened for so long.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

impl Guestlist {
    /// Seals a text for that user alone, for an hour: characters that need no escape anywhere. None if the
    /// operating system has no randomness to give.
    pub fn seal_draft(&self, of: UserId, text: &[u8]) -> Option<String> {
        self.draft_keys().seal(of, self.now(), text)
    }

    /// The text, if it was sealed here for that user within the last hour.
    pub fn open_draft(&self, of: UserId, sealed: &str) -> Option<Vec<u8>> {
        let (sealed_at, text) = self.draft_keys().open(of, sealed)?;
        (self.now() < sealed_at.plus(LIFETIME)).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        SecretKey, UserId,
        auth::scene::{SECRET, Scene},
    };

    #[tokio::test]
    async fn a_draft_opens_for_its_user_alone_for_an_hour() {
        let scene = Scene::new().await;
        let door = &scene.guestlist;
        let (ada, eve) = (scene.user.id, UserId::new(scene.now()));
        let sealed = door.seal_draft(ada, b"Tea").expect("seals");
        assert!(!sealed.contains("VGVh"), "it shows nothing");
        assert_eq!(door.open_draft(ada, &sealed).as_deref(), Some(&b"Tea"[..]));
        assert_eq!(door.open_draft(eve, &sealed), None);
        scene.advance(60 * 60 - 1);
        assert!(door.open_draft(ada, &sealed).is_some());
        scene.advance(1);
        assert_eq!(door.open_draft(ada, &sealed), None);
    }

    #[tokio::test]
    async fn a_draft_of_the_previous_secret_opens_and_one_that_was_changed_does_not() {
        let scene = Scene::new().await;
        let ada = scene.user.id;
        let sealed = scene.guestlist.seal_draft(ada, b"Tea").expect("seals");
        let previous = || SecretKey::weak(SECRET).expect("is a key");
        let next = scene.door("another", |door| door.previous_secret(previous()));
        assert!(next.open_draft(ada, &sealed).is_some());
        let other = scene.door("another", |door| door);
        assert_eq!(other.open_draft(ada, &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            let character = if &sealed[at..=at] == "A" { "B" } else { "A" };
            changed.replace_range(at..=at, character);
            let opened = scene.guestlist.open_draft(ada, &changed);
            // The last character has bits that count for nothing.
            assert!(opened.is_none() || at + 1 == sealed.len(), "{at}");
            assert_eq!(scene.guestlist.open_draft(ada, &sealed[..at]), None);
        }
    }
}
