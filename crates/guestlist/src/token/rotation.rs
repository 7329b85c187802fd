//! How long a key is valid, and when the next one is due. This module only computes dates: it does
//! not read the clock, create keys or store them.
//!
//! ```text
//!          margin            every
//!   made ---------> signs --------------> the next one signs
//!   published . . . . . . . . . . . . . . . . . . . . . . . . . . . gone
//!                                          lifetime + margin -----> verifies no more
//! ```

use std::time::Duration;

use crate::Timestamp;

/// The dates of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyLife {
    /// When the key was created and published.
    pub(crate) created_at: Timestamp,
    /// When the key starts to sign, unless a newer one signs.
    pub(crate) signs_from: Timestamp,
    /// When the key stops signing.
    pub(crate) signs_until: Timestamp,
    /// When the key stops verifying and is no longer published. Then it may be deleted.
    pub(crate) verifies_until: Timestamp,
}

impl KeyLife {
    /// Whether the key may sign.
    pub(crate) fn signs(&self, now: Timestamp) -> bool {
        self.signs_from <= now && now < self.signs_until
    }

    /// Whether the key verifies. It does so before it signs, because another node's clock may be
    /// ahead.
    pub(crate) fn verifies(&self, now: Timestamp) -> bool {
        now < self.verifies_until
    }
}

/// The schedule of keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    /// How long a key signs before the next one does.
    pub(crate) every: Duration,
    /// The time from a key's creation until it signs, and from its last token's expiry until its
    /// deletion. It must be longer than the time until every node, and every other reader of the
    /// published keys, has read the keys again, plus the difference of their clocks.
    pub(crate) margin: Duration,
    /// The longest lifetime of a token.
    pub(crate) lifetime: Duration,
}

impl Rotation {
    /// Returns the schedule: a new key every 90 days, which is published an hour before it signs.
    pub(crate) fn of_tokens_that_live(lifetime: Duration) -> Self {
        Self {
            every: Duration::from_secs(90 * 24 * 60 * 60),
            margin: Duration::from_secs(60 * 60),
            lifetime,
        }
    }

    /// Returns the dates of the key that must be created now, if one is due.
    ///
    /// A key is due if no key signs now, or if the newest key of `lasting` will have signed for
    /// `every` after less than `margin`. The keys of `passing` are encrypted with the previous
    /// secret and end with it. They sign until the new key signs, and a new key is due even so.
    pub(crate) fn due(
        &self,
        lasting: &[KeyLife],
        passing: &[KeyLife],
        now: Timestamp,
    ) -> Option<KeyLife> {
        let soon = now.plus(self.margin);
        let lasts = |life: &KeyLife| {
            let replaced_at = life.signs_from.plus(self.every).min(life.signs_until);
            soon < replaced_at
        };
        let mut keys = lasting.iter().chain(passing);
        if lasting.iter().any(lasts) && keys.any(|life| life.signs(now)) {
            return None;
        }
        Some(self.next(lasting.iter().chain(passing), now))
    }

    /// Returns the dates of a key that is created now, due or not. The key signs from `margin`
    /// after `now`. If all of these keys stop signing earlier, it signs from then: a token that a
    /// reader cannot verify yet is better than no token.
    pub(crate) fn next<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a KeyLife>,
        now: Timestamp,
    ) -> KeyLife {
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_by_key(|life| life.signs_from);
        let bridge = |until: Timestamp, life: &KeyLife| {
            let joins = life.signs_from <= until;
            if joins {
                until.max(life.signs_until)
            } else {
                until
            }
        };
        let bridged = keys.into_iter().fold(now, bridge);
        let signs_from = bridged.min(now.plus(self.margin));
        // Twice as long as planned, so that a late rotation leaves no time without a key.
        let signs_until = signs_from.plus(self.every * 2);
        KeyLife {
            created_at: now,
            signs_from,
            signs_until,
            verifies_until: self.verifies_until(signs_until),
        }
    }

    /// Returns the new dates of a key that `successor` replaces: it signs until the successor does,
    /// and verifies until its last token has expired. Returns `None` if the dates do not change, or
    /// if the key is at least as new.
    pub(crate) fn succeeded(&self, life: &KeyLife, successor: &KeyLife) -> Option<KeyLife> {
        if successor.signs_from <= life.signs_from {
            return None;
        }
        let signs_until = life.signs_until.min(successor.signs_from);
        let ended = KeyLife {
            signs_until,
            verifies_until: life.verifies_until.min(self.verifies_until(signs_until)),
            ..*life
        };
        (ended != *life).then_some(ended)
    }

    fn verifies_until(&self, signs_until: Timestamp) -> Timestamp {
        signs_until.plus(self.lifetime).plus(self.margin)
    }
}

#[cfg(test)]
mod tests;
