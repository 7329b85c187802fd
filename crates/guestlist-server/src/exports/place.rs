//! Who may begin an export: so many at once for one user, and so many in all.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use guestlist::UserId;

use super::lock;

/// The exports that run.
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

/// The place of one export. It is left when this is dropped, or before that by [`leave`](Self::leave).
#[derive(Debug)]
pub(super) struct Place {
    user: UserId,
    places: Arc<Places>,
    is_left: AtomicBool,
}

/// Why an export may not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPlace {
    /// So many of this user run, which is the most.
    #[error("{0} of your exports still run, the most that may at once")]
    OfUser(u32),
    /// Too many of all users run.
    #[error("too many exports run at once")]
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

    /// Makes room for another export; a second time it does nothing.
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
    fn a_place_is_free_again_once_however_it_is_left() {
        let places = Arc::new(Places::new(1, 2));
        let [ada, bob, eve] = [(); 3].map(|()| UserId::new(Timestamp::from_millis(0)));
        let adas = places.take(ada).expect("is free");
        assert_eq!(places.take(ada).unwrap_err(), NoPlace::OfUser(1));
        let bobs = places.take(bob).expect("is free");
        assert_eq!(places.take(eve).unwrap_err(), NoPlace::InAll);
        adas.leave();
        let again = places.take(ada).expect("is free again");
        // It was left before.
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
