//! A browser is remembered after a sign-in, so that its user can sign in while others guess.

use std::{fmt, time::Duration};

use crate::{Epoch, Guestlist, User, token::DEVICE_LIFETIME};

/// A text that a browser keeps: it shows which users have signed in on this device. It opens
/// nothing. Tries from a known device have a limit of their own, which others cannot use up.
///
/// A browser keeps it in a cookie with `HttpOnly`, and sends it back at the next sign-in.
#[derive(Clone)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// Returns the text itself. Use it only for the answer to the user who signed in.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns how long the device stays known: a year.
    pub fn lifetime(&self) -> Duration {
        DEVICE_LIFETIME
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(…)")
    }
}

impl Guestlist {
    /// Returns the text for the browser in which this user has just signed in with all factors.
    /// `held` is the text that the browser had, unchecked; up to four other users in it stay.
    ///
    /// The device is known until the user's epoch rises: until the user has another password, or all
    /// other sessions were ended. [`keep_device`](Self::keep_device) keeps it known.
    ///
    /// # Panics
    ///
    /// Panics if the operating system gives no randomness.
    pub fn remember_device(&self, user: &User, held: Option<&str>) -> DeviceToken {
        let (held, known) = (held.unwrap_or_default(), (user.id, user.epoch));
        DeviceToken(self.device_keys().renew(held, known, self.now()))
    }

    /// Returns the text for the browser whose session was replaced, after the user changed the
    /// password or ended the other sessions in it. `before` is the epoch of the replaced session.
    /// The device keeps its limit and the time of its last sign-in.
    ///
    /// Returns `None` if the device was not known. Otherwise a thief of a session would get a
    /// device with further tries by each new session.
    pub fn keep_device(
        &self,
        user: &User,
        before: Epoch,
        held: Option<&str>,
    ) -> Option<DeviceToken> {
        let known = (user.id, before);
        let kept = self
            .device_keys()
            .carry(held?, known, user.epoch, self.now());
        kept.map(DeviceToken)
    }

    /// Returns the text for the browser in which this user has just confirmed the second factor. Every
    /// other device that was known before is unknown at the second step of a sign-in, because the
    /// password alone made it known.
    ///
    /// # Panics
    ///
    /// Panics if the operating system gives no randomness.
    pub fn remember_device_of_set_up(&self, user: &User, held: Option<&str>) -> DeviceToken {
        let (held, known) = (held.unwrap_or_default(), (user.id, user.epoch));
        // Entries of sign-ins in the second of the set-up do not count. This one does.
        let next_second = self.now().plus(Duration::from_secs(1));
        DeviceToken(self.device_keys().renew(held, known, next_second))
    }
}
