//! Records exactly as they are stored, one page after the other: a copy from one engine to another
//! needs them, and nothing else does.
//!
//! How to offer it: implement [`ArchiveOf`] for each record beside the record's trait, and
//! [`CopyMark`]. Then stamp [`archive_contract!`](crate::archive_contract) onto the store.

mod checksum;

use std::{fmt, hash::Hash};

use async_trait::async_trait;

use super::error::StoreError;

pub use checksum::{Checksum, Sum};

/// What an archive says about a record. It stands beside the record's store trait.
///
/// Its [`Hash`] covers every stored field, so that a [`Checksum`] finds any difference.
pub trait Archived: Clone + fmt::Debug + Hash + Send + Sync + 'static {
    /// What several of these records are called.
    const PLURAL: &'static str;

    /// The record's id: a UUID as text, in lower case with hyphens; a key's `kid`.
    fn archive_id(&self) -> String;
}

/// The records of one type, page by page.
#[async_trait]
pub trait ArchiveOf<R: Archived>: fmt::Debug + Send + Sync + 'static {
    /// Returns how many records there are. Records that a deleted user left behind may be counted.
    async fn count_all(&self) -> Result<u64, StoreError>;

    /// Returns up to `limit` records, active or not, in the order of their ids. The page begins
    /// after the id `after`, as [`Archived::archive_id`] spells it, or with the smallest id if
    /// `after` is `None`. The page is empty if and only if there are no more records.
    ///
    /// The order is the order of the bytes, for UUIDs as for the names of keys. Records that a
    /// deleted user left behind are not included.
    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Vec<R>, StoreError>;

    /// Stores records exactly as they are, each in place of the record with the same id. The caller
    /// must store users before their records. After an error some of the records may be stored;
    /// putting all of them again is safe.
    ///
    /// The caller must make sure that no server uses the database: a server would not learn about
    /// replaced records that it has cached.
    async fn put_all(&self, records: &[R]) -> Result<(), StoreError>;
}

/// Declares which records an archive has, in an order in which they can be put: a user before the
/// user's records.
macro_rules! archive_of {
    ($($(#[$about:meta])* $record:ident)+) => {
        /// A type of records.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RecordKind {
            $($(#[$about])* $record,)+
        }

        impl RecordKind {
            /// All of them, in an order in which they can be put.
            pub const ALL: [Self; [$(stringify!($record)),+].len()] = [$(Self::$record),+];

            /// Returns the word for several records of this type, such as `users`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$record => <$record as $crate::Archived>::PLURAL,)+
                }
            }
        }

        /// One record of any type.
        #[derive(Clone, Debug)]
        pub enum Record {
            $($(#[$about])* $record($record),)+
        }

        impl Record {
            /// The type of the record.
            pub const fn kind(&self) -> RecordKind {
                match self {
                    $(Self::$record(_) => RecordKind::$record,)+
                }
            }

            /// The id of the record, as [`Archived::archive_id`](crate::Archived::archive_id)
            /// spells it.
            pub fn id(&self) -> String {
                match self {
                    $(Self::$record(record) => $crate::Archived::archive_id(record),)+
                }
            }

            /// Adds the record to a checksum.
            pub fn add_to(&self, sum: &mut $crate::Checksum) {
                match self {
                    $(Self::$record(record) => sum.record(record),)+
                }
            }
        }

        /// All records of a store, type by type. Every store has it that implements
        /// [`ArchiveOf`](crate::ArchiveOf) for each record and [`CopyMark`].
        #[async_trait::async_trait]
        pub trait Archive: Store + CopyMark $(+ $crate::ArchiveOf<$record>)+ {
            /// Returns how many records of that type there are, as
            /// [`ArchiveOf::count_all`](crate::ArchiveOf::count_all) counts them.
            async fn count(&self, kind: RecordKind) -> Result<u64, StoreError> {
                match kind {
                    $(RecordKind::$record => $crate::ArchiveOf::<$record>::count_all(self).await,)+
                }
            }

            /// Returns one page of the records of that type: see
            /// [`ArchiveOf::page`](crate::ArchiveOf::page).
            async fn records(
                &self,
                kind: RecordKind,
                after: Option<&str>,
                limit: u32,
            ) -> Result<Vec<Record>, StoreError> {
                match kind {
                    $(RecordKind::$record => {
                        let page = $crate::ArchiveOf::<$record>::page(self, after, limit).await?;
                        Ok(page.into_iter().map(Record::$record).collect())
                    })+
                }
            }

            /// Stores records of any types exactly as they are: see
            /// [`ArchiveOf::put_all`](crate::ArchiveOf::put_all).
            async fn put(&self, records: &[Record]) -> Result<(), StoreError> {
                $(
                    let some: Vec<$record> = records
                        .iter()
                        .filter_map(|record| match record {
                            Record::$record(record) => Some(record.clone()),
                            _ => None,
                        })
                        .collect();
                    if !some.is_empty() {
                        $crate::ArchiveOf::<$record>::put_all(self, &some).await?;
                    }
                )+
                Ok(())
            }
        }

        impl<S: Store + CopyMark $(+ $crate::ArchiveOf<$record>)+> Archive for S {}
    };
}

pub(crate) use archive_of;
