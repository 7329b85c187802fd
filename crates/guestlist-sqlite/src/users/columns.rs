//! The columns of a user, for the statements of several files.

/// The columns from which a user is read.
macro_rules! user_columns {
    () => {
        "u.id, u.email, u.email_as_given, u.password_hash, u.name, u.created_at, u.verified_at, \
         u.disabled_at, u.epoch, u.token_epoch, u.role, u.approved_at"
    };
}

/// Inserts a user with all columns.
macro_rules! insert_user {
    () => {
        "INSERT INTO {users} (id, email, email_as_given, password_hash, name, created_at, verified_at,
             disabled_at, epoch, token_epoch, role, approved_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    };
}

pub(crate) use {insert_user, user_columns};
