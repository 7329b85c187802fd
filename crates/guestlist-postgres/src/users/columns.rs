//! The columns of a user, for the statements of several files.

/// Writes each column of a user except the id, with `$table` before its name.
macro_rules! each_column {
    ($table:literal) => {
        concat!(
            $table,
            "email, ",
            $table,
            "email_as_given, ",
            $table,
            "password_hash, ",
            $table,
            "name, ",
            $table,
            "created_at, ",
            $table,
            "verified_at, ",
            $table,
            "disabled_at, ",
            $table,
            "epoch, ",
            $table,
            "token_epoch, ",
            $table,
            "role, ",
            $table,
            "approved_at"
        )
    };
}

/// The values of the columns, in the same order.
macro_rules! each_value {
    () => {
        "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12"
    };
}

/// The columns from which a user is read.
macro_rules! user_columns {
    () => {
        concat!("u.id, ", $crate::users::columns::each_column!("u."))
    };
}

/// Inserts a user with all columns.
macro_rules! insert_user {
    () => {
        concat!(
            "INSERT INTO users (id, ",
            $crate::users::columns::each_column!(""),
            ") VALUES ($1, ",
            $crate::users::columns::each_value!(),
            ")"
        )
    };
}

/// Sets all columns of a user except the id, after `UPDATE SET`.
macro_rules! set_user {
    () => {
        concat!(
            "(",
            $crate::users::columns::each_column!(""),
            ") = (",
            $crate::users::columns::each_value!(),
            ")"
        )
    };
}

pub(crate) use {each_column, each_value, insert_user, set_user, user_columns};
