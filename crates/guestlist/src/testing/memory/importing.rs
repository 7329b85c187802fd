//! Users of another system, in memory.

use super::Records;
use crate::{ImportedUser, OnConflict, PasswordHash, User, UserImport};

impl Records {
    pub(super) fn import(&mut self, row: &ImportedUser, on_conflict: OnConflict) -> UserImport {
        let holder = self.users.get(&row.id);
        if holder.is_some_and(|holder| holder.email != row.email) {
            return UserImport::IdTaken;
        }
        let taken = self.users.values_mut().find(|user| user.email == row.email);
        let Some(user) = taken else {
            self.users.insert(row.id, row.clone().into_user());
            return UserImport::Inserted;
        };
        match on_conflict {
            OnConflict::Skip => UserImport::Skipped,
            OnConflict::Fail => UserImport::EmailTaken,
            OnConflict::Update if take_over(user, row) => UserImport::Updated(user.id),
            OnConflict::Update => UserImport::Unchanged,
        }
    }
}

/// What the row says and the user is not yet. Whether there was anything.
fn take_over(user: &mut User, row: &ImportedUser) -> bool {
    let text = |hash: &PasswordHash| hash.as_stored().to_owned();
    let kept = user.password_hash.as_ref().map(text);
    let new_hash = row
        .password_hash
        .as_ref()
        .filter(|new| Some(text(new)) != kept);
    let new_name = row.name.as_ref().filter(|_| row.name != user.name);
    let differs = |said: Option<bool>, is: bool| said.filter(|said| *said != is);
    let verified = differs(row.verified, user.verified_at.is_some());
    let disabled = differs(row.disabled, user.disabled_at.is_some());
    if new_hash.is_some() || disabled == Some(true) {
        user.raise_both();
    }
    let changed =
        new_hash.is_some() || new_name.is_some() || verified.is_some() || disabled.is_some();
    if let Some(new) = new_hash {
        user.password_hash = Some(new.clone());
    }
    if let Some(new) = new_name {
        user.name = Some(new.clone());
    }
    if let Some(verified) = verified {
        user.verified_at = verified.then_some(row.at);
    }
    if let Some(disabled) = disabled {
        user.disabled_at = disabled.then_some(row.at);
    }
    changed
}
