//! Limits the exports that run at once, for one user and in total.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use guestlist::UserId;

use crate::lock::lock;

/// Counts the running exports.
#[derive(Debug)]
pub(super) struct Places {
    per_user: u32,
    in_all: u32,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: u32,
    by_user: HashMap<UserId, u32>,
}

/// Counts one export until this is dropped, or [`leave`](Self::leave) is called.
#[derive(Debug)]
pub(super) struct Place {
    user: UserId,
    places: Arc<Places>,
    is_left: AtomicBool,
}

/// Why an export may not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPlace {
    /// The user has this many running exports, which is the limit.
    #[error("running exports of your account: {0}, which is the limit")]
    OfUser(u32),
    /// All users together have too many running exports.
    #[error("too many exports are running")]
    InAll,
}

impl Places {
    pub(super) fn new(per_user: u32, in_all: u32) -> Self {
        Self {
            per_user,
            in_all,
            taken: Mutex::default(),
        }
    }

    pub(super) fn take(self: &Arc<Self>, user: UserId) -> Result<Place, NoPlace> {
        let mut taken = lock(&self.taken);
        let theirs = taken.by_user.get(&user).copied().unwrap_or(0);
        if theirs >= self.per_user {
            return Err(NoPlace::OfUser(theirs));
        }
        if taken.in_all >= self.in_all {
            return Err(NoPlace::InAll);
        }
        taken.in_all += 1;
        taken.by_user.insert(user, theirs + 1);
        Ok(Place {
            user,
            places: Arc::clone(self),
            is_left: AtomicBool::new(false),
        })
    }

    fn leave(&self, user: UserId) {
        let mut taken = lock(&self.taken);
        taken.in_all = taken.in_all.saturating_sub(1);
        match taken.by_user.get_mut(&user) {
            Some(many) if *many > 1 => *many -= 1,
            _ => drop(taken.by_user.remove(&user)),
        }
    }
}

impl Place {
    pub(super) fn user(&self) -> UserId {
        self.user
    }

    /// Stops counting the export. Calling it again does nothing.
    pub(super) fn leave(&self) {
        if !self.is_left.swap(true, Ordering::AcqRel) {
            self.places.leave(self.user);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use guestlist::Timestamp;

    use super::*;

    #[test]
    fn a_place_is_freed_exactly_once() {
        let places = Arc::new(Places::new(1, 2));
        let [ada, bob, eve] = [(); 3].map(|()| UserId::new(Timestamp::from_millis(0)));
        let adas = places.take(ada).expect("is free");
        assert_eq!(places.take(ada).unwrap_err(), NoPlace::OfUser(1));
        let bobs = places.take(bob).expect("is free");
        assert_eq!(places.take(eve).unwrap_err(), NoPlace::InAll);
        adas.leave();
        let again = places.take(ada).expect("is free again");
        // It has left its place before.
        drop(adas);
        assert_eq!(places.take(ada).unwrap_err(), NoPlace::OfUser(1));
        drop(bobs);
        let eves = places.take(eve).expect("is free");
        assert_eq!(places.take(bob).unwrap_err(), NoPlace::InAll);
        drop((again, eves));
        assert!(lock(&places.taken).by_user.is_empty());
        assert_eq!(lock(&places.taken).in_all, 0);
    }
}
