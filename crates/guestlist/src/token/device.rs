//! Known devices: which accounts a browser has signed in to before. The browser keeps one text with
//! an entry for each account. Nothing is stored.
//!
//! An entry is the time of its creation, an id of the device, and a MAC over both, the user and the
//! user's epoch. So only this server makes entries, and only for a user who has signed in. Another
//! password makes all devices unknown: one of them may be a thief's. An entry grants nothing: tries
//! from the device have limits of their own.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::random;
use crate::{Epoch, SecretKey, Timestamp, UserId, secret_key::Secrets};

const TIME: usize = 4;
const ID: usize = 16;
const MAC: usize = 16;
const ENTRY: usize = TIME + ID + MAC;
/// The most accounts of one browser. The oldest entry makes room for a new one.
const MOST: usize = 5;
/// How long a device is known after a sign-in: a year.
pub(crate) const LIFETIME: Duration = Duration::from_secs(365 * 86_400);

/// The id of a known device, a random number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceId(pub(crate) [u8; ID]);

/// The user of an entry, and the epoch in which it was made.
pub(crate) type Known = (UserId, Epoch);

/// Creates and verifies entries.
pub(crate) struct DeviceKeys {
    current: Zeroizing<[u8; 32]>,
    previous: Option<Zeroizing<[u8; 32]>>,
}

impl DeviceKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        let derive = |secret: &SecretKey| secret.derive("known device, MAC");
        Self {
            current: derive(secrets.current()),
            previous: secrets.previous().map(derive),
        }
    }

    /// Returns the id of the device, if this user has signed in on it in the last year.
    pub(crate) fn find(&self, held: &str, user: Known, now: Timestamp) -> Option<DeviceId> {
        self.entry(held, user, now).and_then(|entry| id_of(&entry))
    }

    /// Does the same, and only if the entry was made in a later second than `since`. Entries have
    /// whole seconds.
    pub(crate) fn find_since(
        &self,
        held: &str,
        user: Known,
        now: Timestamp,
        since: Timestamp,
    ) -> Option<DeviceId> {
        let entry = self.entry(held, user, now);
        entry
            .filter(|entry| made_at(entry) > since)
            .and_then(|entry| id_of(&entry))
    }

    /// Returns the valid entry of this user.
    fn entry(&self, held: &str, user: Known, now: Timestamp) -> Option<[u8; ENTRY]> {
        let mut entries = entries(held).into_iter();
        entries.find(|entry| is_new_enough(entry, now) && self.is_of(entry, user))
    }

    /// Returns the text for the browser after this user has signed in. `held` is its text before.
    pub(crate) fn renew(&self, held: &str, user: Known, now: Timestamp) -> String {
        let DeviceId(id) = self
            .find(held, user, now)
            .unwrap_or_else(|| DeviceId(*random()));
        let mut entry = [0; ENTRY];
        let seconds = u32::try_from(now.as_secs()).unwrap_or(0);
        entry[..TIME].copy_from_slice(&seconds.to_be_bytes());
        entry[TIME..TIME + ID].copy_from_slice(&id);
        let others = entries(held).into_iter();
        let others = others.filter(|other| is_new_enough(other, now) && !self.is_of(other, user));
        self.text(entry, user, others)
    }

    /// Returns the text for the browser after the user's epoch rose to `after`, if the device was
    /// known before. The entry keeps its time and its id, so the device gets no further tries.
    pub(crate) fn carry(
        &self,
        held: &str,
        (user, before): Known,
        after: Epoch,
        now: Timestamp,
    ) -> Option<String> {
        let entry = self.entry(held, (user, before), now)?;
        let others = entries(held).into_iter();
        let others = others.filter(|other| is_new_enough(other, now) && *other != entry);
        Some(self.text(entry, (user, after), others))
    }

    /// Returns the text with that entry, which gets its MAC here, and the first of the others.
    fn text(
        &self,
        mut entry: [u8; ENTRY],
        user: Known,
        others: impl Iterator<Item = [u8; ENTRY]>,
    ) -> String {
        let mac = hmac(&self.current, &entry, user).finalize().into_bytes();
        entry[TIME + ID..].copy_from_slice(&mac[..MAC]);
        let mut all = entry.to_vec();
        all.extend(others.take(MOST - 1).flatten());
        URL_SAFE_NO_PAD.encode(all)
    }

    fn is_of(&self, entry: &[u8; ENTRY], user: Known) -> bool {
        let mut newest_first = std::iter::once(&self.current).chain(&self.previous);
        newest_first.any(|key| {
            let mac = hmac(key, entry, user);
            mac.verify_truncated_left(&entry[TIME + ID..]).is_ok()
        })
    }
}

/// Returns the entries of a text, unverified: no entries of a text that this server cannot have
/// made.
fn entries(held: &str) -> Vec<[u8; ENTRY]> {
    if held.len() > (MOST * ENTRY).div_ceil(3) * 4 {
        return Vec::new();
    }
    let bytes = URL_SAFE_NO_PAD.decode(held).unwrap_or_default();
    let (entries, rest) = bytes.as_chunks::<ENTRY>();
    if rest.is_empty() {
        entries.to_vec()
    } else {
        Vec::new()
    }
}

fn is_new_enough(entry: &[u8; ENTRY], now: Timestamp) -> bool {
    made_at(entry).until(now) < LIFETIME
}

fn made_at(entry: &[u8; ENTRY]) -> Timestamp {
    let [a, b, c, d, ..] = *entry;
    let seconds = i64::from(u32::from_be_bytes([a, b, c, d]));
    Timestamp::from_millis(seconds * 1_000)
}

fn id_of(entry: &[u8; ENTRY]) -> Option<DeviceId> {
    entry[TIME..TIME + ID].try_into().ok().map(DeviceId)
}

/// Computes the MAC of an entry.
fn hmac(key: &[u8; 32], entry: &[u8; ENTRY], (user, epoch): Known) -> Hmac<Sha256> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    hmac.update(&entry[..TIME + ID]);
    hmac.update(user.as_uuid().as_bytes());
    hmac.update(&epoch.0.to_be_bytes());
    hmac
}

impl std::fmt::Debug for DeviceKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(current: &str, previous: Option<&str>) -> DeviceKeys {
        let secret = |text: &str| SecretKey::weak(text).expect("is a key");
        DeviceKeys::new(&Secrets::new(secret(current), previous.map(secret)))
    }

    fn now() -> Timestamp {
        Timestamp::from_millis(1_893_456_000_000)
    }

    #[test]
    fn a_device_is_known_for_a_year_and_for_its_user_alone() {
        let keys = keys("a", None);
        let (ada, bob) = (
            (UserId::new(now()), Epoch::default()),
            (UserId::new(now()), Epoch::default()),
        );
        let held = keys.renew("", ada, now());
        let knows = |user, at| keys.find(&held, user, at).is_some();
        let almost = now().plus(LIFETIME - Duration::from_secs(1));
        assert!(knows(ada, now()) && knows(ada, almost));
        assert!(!knows(ada, now().plus(LIFETIME)));
        assert!(!knows(bob, now()));
    }

    #[test]
    fn a_browser_of_several_users_keeps_the_newest_five_and_each_ones_id() {
        let keys = keys("a", None);
        let users: Vec<_> = (0..6)
            .map(|_| (UserId::new(now()), Epoch::default()))
            .collect();
        let mut held = String::new();
        let mut first = None;
        for user in &users {
            held = keys.renew(&held, *user, now());
            first = first.or_else(|| keys.find(&held, *user, now()));
        }
        assert!(keys.find(&held, users[0], now()).is_none(), "made room");
        for user in &users[1..] {
            let id = keys.find(&held, *user, now());
            assert!(id.is_some());
            let renewed = keys.renew(&held, *user, now());
            assert!(keys.find(&renewed, *user, now()) == id, "keeps its id");
            assert_eq!(renewed.len(), held.len());
        }
        assert!(held.len() <= 240, "{}", held.len());
    }

    #[test]
    fn a_carried_entry_keeps_its_id_and_its_time() {
        let keys = keys("a", None);
        let (ada, bob) = (UserId::new(now()), UserId::new(now()));
        let before = Epoch::default();
        let after = before.next();
        let held = keys.renew("", (bob, before), now());
        let held = keys.renew(&held, (ada, before), now());
        let later = now().plus(Duration::from_secs(60));
        let carried = keys.carry(&held, (ada, before), after, later);
        let carried = carried.expect("is known");
        let id = keys.find(&held, (ada, before), now());
        assert!(keys.find(&carried, (ada, after), later) == id);
        assert!(keys.find(&carried, (ada, before), later).is_none());
        assert!(keys.find(&carried, (bob, before), later).is_some());
        let since = keys.find_since(&carried, (ada, after), later, now());
        assert!(since.is_none(), "its time is the old one");
        assert!(keys.carry(&carried, (ada, before), after, later).is_none());
        assert!(keys.carry("", (ada, before), after, later).is_none());
    }

    #[test]
    fn an_entry_of_an_earlier_second_is_found_only_without_a_time() {
        let keys = keys("a", None);
        let ada = (UserId::new(now()), Epoch::default());
        let held = keys.renew("", ada, now());
        let second = Duration::from_secs(1);
        let last = Timestamp::from_millis(now().as_millis() - 1);
        for (since, is_found) in [(last, true), (now(), false), (now().plus(second), false)] {
            let found = keys.find_since(&held, ada, now(), since);
            assert_eq!(found.is_some(), is_found, "{since}");
        }
        assert!(keys.find(&held, ada, now()).is_some());
    }

    #[test]
    fn only_this_server_makes_an_entry() {
        let ours = keys("a", None);
        let ada = (UserId::new(now()), Epoch::default());
        let held = ours.renew("", ada, now());
        assert!(keys("b", None).find(&held, ada, now()).is_none());
        assert!(keys("b", Some("a")).find(&held, ada, now()).is_some());
        let bytes = URL_SAFE_NO_PAD.decode(&held).expect("decodes");
        for at in 0..ENTRY {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert!(ours.find(&changed, ada, now()).is_none(), "{at}");
        }
        for text in ["", "?", "AAAA", &held[1..], &held.repeat(9)] {
            assert!(ours.find(text, ada, now()).is_none(), "{text}");
            assert!(!ours.renew(text, ada, now()).is_empty());
        }
    }
}
