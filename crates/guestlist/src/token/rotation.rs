//! How long a key lives, and when the next one is due. Nothing here asks for the time, makes a key or
//! stores one: it is arithmetic on dates.
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
    /// When it was made, and published.
    pub(crate) created_at: Timestamp,
    /// From then on it signs, unless a newer one does.
    pub(crate) signs_from: Timestamp,
    /// From then on it signs nothing.
    pub(crate) signs_until: Timestamp,
    /// From then on it verifies nothing, and is not published any more. It may be deleted.
    pub(crate) verifies_until: Timestamp,
}

impl KeyLife {
    /// Whether it may sign.
    pub(crate) fn signs(&self, now: Timestamp) -> bool {
        self.signs_from <= now && now < self.signs_until
    }

    /// Whether it verifies. It does so before it signs: the clock of another node may be ahead of ours.
    pub(crate) fn verifies(&self, now: Timestamp) -> bool {
        now < self.verifies_until
    }
}

/// How keys follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rotation {
    /// For how long a key signs before the next one does.
    pub(crate) every: Duration,
    /// From the making of a key until it signs, and from its last token's expiry until it goes: longer than
    /// every node and every reader of the published keys takes to read them again, and than their clocks
    /// differ.
    pub(crate) margin: Duration,
    /// The longest that a token lives.
    pub(crate) lifetime: Duration,
}

impl Rotation {
    /// A new key every 90 days, an hour after it was published.
    pub(crate) fn of_tokens_that_live(lifetime: Duration) -> Self {
        Self {
            every: Duration::from_secs(90 * 24 * 60 * 60),
            margin: Duration::from_secs(60 * 60),
            lifetime,
        }
    }

    /// The dates of the key that has to be made now, if one has to be.
    ///
    /// It is due `margin` before the newest of `lasting` has signed for `every`, and where no key signs at
    /// all. What signs by now but will not last, because the secret it is sealed under goes, is in
    /// `passing`: it bridges the time until the new key signs, and saves nobody from making it.
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

    /// The dates of a key that is made now, due or not. It signs `margin` from now, or as soon as none of
    /// these keys does: a token that a reader cannot verify yet is better than none.
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
        // Twice as long as planned: a rotation that comes late leaves nobody without a key.
        let signs_until = signs_from.plus(self.every * 2);
        KeyLife {
            created_at: now,
            signs_from,
            signs_until,
            verifies_until: self.verifies_until(signs_until),
        }
    }

    /// The dates of a key once `successor` is there: it signs until the other does, and verifies until its
    /// last token has expired. `None` if they are that already, and for a key that is as new.
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
