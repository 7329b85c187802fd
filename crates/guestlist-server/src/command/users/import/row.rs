//! Converts the fields of a row to a user, or reports what is wrong.

use std::{borrow::Cow, mem};

use guestlist::{
    Email, Guestlist, HashRefusal, ImportedUser, PasswordHash, Role, Timestamp, UserId, UserName,
    UserNameError,
};

use super::{
    column::Column,
    instant::instant,
    row_error::{Mistakes, RowError},
};

/// The fields of a row. An empty field is not set.
#[derive(Debug, Default)]
pub(super) struct Words<'a> {
    fields: [Cow<'a, str>; 9],
    /// What was wrong before the fields are read.
    faults: Vec<RowError>,
}

impl<'a> Words<'a> {
    pub(super) fn say(&mut self, column: Column, words: impl Into<Cow<'a, str>>) {
        self.fields[column.index()] = words.into();
    }

    /// Remembers a mistake. [`read`](Self::read) reports it with the others.
    pub(super) fn find_fault(&mut self, fault: RowError) {
        self.faults.push(fault);
    }

    /// Returns the field, if it is set. Databases write `\N` or `NULL` for absent values; but a
    /// person may have the name Null.
    fn said(&self, column: Column) -> Option<&str> {
        let words = self.fields[column.index()].trim_matches([' ', '\t']);
        let is_null =
            words == "\\N" || words.eq_ignore_ascii_case("null") && column != Column::Name;
        (!words.is_empty() && !is_null).then_some(words)
    }

    /// Whether the row has an id, which another user may already have.
    pub(super) fn names_an_id(&self) -> bool {
        self.said(Column::Id).is_some()
    }

    /// Converts the row to a user, or returns all its mistakes. A hash that could never be
    /// verified, or that costs too much, is refused here, where the operator notices, and not at
    /// the user's sign-in.
    pub(super) fn read(
        &mut self,
        now: Timestamp,
        guestlist: &Guestlist,
    ) -> Result<ImportedUser, Mistakes> {
        let mut mistakes = Mistakes(mem::take(&mut self.faults));
        let email_is_faulty = mistakes.0.iter().any(|fault| {
            matches!(
                fault,
                RowError::Type {
                    column: Column::Email,
                    ..
                }
            )
        });
        let email = match self.said(Column::Email) {
            None if email_is_faulty => None,
            email => mistakes.unless(Email::parse_local(email.unwrap_or_default())),
        };
        let password_hash = mistakes.unless(self.hash(guestlist));
        let name = mistakes.unless(self.name());
        let created_at = match self.said(Column::CreatedAt) {
            Some(created_at) => mistakes.unless(instant(created_at, now)),
            None => Some(now),
        };
        let verified = mistakes.unless(self.truth(Column::EmailVerified));
        let disabled = mistakes.unless(self.truth(Column::Disabled));
        let role = mistakes.unless(self.role());
        let approved = mistakes.unless(self.truth(Column::Approved));
        let id = match self.said(Column::Id) {
            Some(id) => mistakes.unless(id.parse()),
            None => Some(UserId::new(now)),
        };
        match (
            email,
            password_hash,
            name,
            created_at,
            verified,
            disabled,
            role.zip(approved),
            id,
        ) {
            (
                Some(email),
                Some(password_hash),
                Some(name),
                Some(created_at),
                Some(verified),
                Some(disabled),
                Some((role, approved)),
                Some(id),
            ) if mistakes.0.is_empty() => Ok(ImportedUser {
                email,
                password_hash,
                name,
                created_at,
                verified,
                disabled,
                role,
                // Users of another system need no approval.
                approved: approved.unwrap_or(true),
                id,
                at: now,
            }),
            _ => Err(mistakes),
        }
    }

    fn hash(&self, guestlist: &Guestlist) -> Result<Option<PasswordHash>, HashRefusal> {
        let hash = self.said(Column::PasswordHash);
        // In Django, a hash that begins with an exclamation mark means that there is no password.
        let hash = hash.filter(|hash| !hash.starts_with('!'));
        let hash = hash.map(without_prefix).map(PasswordHash::from_stored);
        hash.map(|hash| guestlist.admits(&hash).map(|()| hash))
            .transpose()
    }

    /// Some systems write the address in place of a missing name. Such a name is ignored.
    fn name(&self) -> Result<Option<UserName>, UserNameError> {
        match self.said(Column::Name).map(UserName::parse).transpose() {
            Err(UserNameError::Address) => Ok(None),
            name => name,
        }
    }

    fn role(&self) -> Result<Role, RowError> {
        let role = self.said(Column::Role).map(str::parse).transpose();
        let role = role.map_err(|_| RowError::Role)?;
        Ok(role.unwrap_or(Role::Member))
    }

    fn truth(&self, column: Column) -> Result<Option<bool>, RowError> {
        let Some(words) = self.said(column) else {
            return Ok(None);
        };
        let is_one_of =
            |known: [&str; 5]| known.iter().any(|known| words.eq_ignore_ascii_case(known));
        if is_one_of(["true", "1", "t", "yes", "y"]) {
            Ok(Some(true))
        } else if is_one_of(["false", "0", "f", "no", "n"]) {
            Ok(Some(false))
        } else {
            Err(RowError::Truth(column.name()))
        }
    }
}

/// Removes the name of an encoder, which Spring Security and LDAP write: `{bcrypt}$2a$…`. A hash
/// that begins with `$` names its scheme itself.
fn without_prefix(hash: &str) -> &str {
    let encoder = hash.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    match encoder {
        Some((_, hash)) if hash.starts_with('$') => hash,
        _ => hash,
    }
}

#[cfg(test)]
mod tests;
