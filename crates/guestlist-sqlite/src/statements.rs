//! How the statements of a record are declared: once, with placeholders for the names of tables.
//!
//! A statement names a table as `{users}`. The placeholders are filled in once for each prefix,
//! when the first operation needs the statements, so that a query costs no formatting.

/// Declares the statements of a record as a struct with one text for each statement.
///
/// `of(prefix)` returns them with the prefix before the name of each table. A process creates them
/// once for each prefix and keeps them.
#[doc(hidden)]
#[macro_export]
macro_rules! statements {
    (
        $(#[$about:meta])*
        $name:ident {
            $($(#[$doc:meta])* $statement:ident = $sql:expr;)+
        }
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $($(#[$doc])* pub(crate) $statement: &'static str,)+
        }

        impl $name {
            /// The statements for tables with that prefix.
            pub(crate) fn of(prefix: &str) -> &'static Self {
                use std::{
                    collections::BTreeMap,
                    sync::{Mutex, OnceLock, PoisonError},
                };

                static WITHOUT_PREFIX: OnceLock<&'static $name> = OnceLock::new();
                static WITH_PREFIX: Mutex<BTreeMap<String, &'static $name>> =
                    Mutex::new(BTreeMap::new());

                let make = || -> &'static Self {
                    Box::leak(Box::new(Self {
                        $($statement: $crate::with_prefix($sql, prefix),)+
                    }))
                };
                // A store asks before each operation. Without a prefix, no lock is taken.
                if prefix.is_empty() {
                    return WITHOUT_PREFIX.get_or_init(make);
                }
                let mut made = WITH_PREFIX.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(made) = made.get(prefix) {
                    return made;
                }
                made.entry(prefix.to_owned()).or_insert_with(make)
            }

            /// Returns all of them.
            #[cfg(test)]
            pub(crate) fn all(&self) -> Vec<&'static str> {
                vec![$(self.$statement),+]
            }
        }
    };
}

pub(crate) use statements;

/// Fills in the names of tables. The text is kept until the process ends.
#[doc(hidden)]
pub fn with_prefix(sql: &str, prefix: &str) -> &'static str {
    let sql = sql.replace('{', prefix).replace('}', "");
    Box::leak(sql.into_boxed_str())
}

#[cfg(test)]
mod tests {
    statements! {
        /// Statements for this test.
        Statements {
            find = "SELECT u.id FROM {users} u JOIN {tokens} t ON t.user_id = u.id";
        }
    }

    #[test]
    fn each_table_gets_the_prefix_and_a_prefix_is_filled_in_once() {
        let none = Statements::of("");
        assert_eq!(
            none.find,
            "SELECT u.id FROM users u JOIN tokens t ON t.user_id = u.id"
        );
        assert_eq!(none.all(), [none.find]);
        let prefixed = Statements::of("app_");
        assert_eq!(
            prefixed.find,
            "SELECT u.id FROM app_users u JOIN app_tokens t ON t.user_id = u.id"
        );
        assert!(std::ptr::eq(prefixed, Statements::of("app_")));
    }
}
