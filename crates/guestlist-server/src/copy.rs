//! Copies everything from one database into another, between any two engines.
//!
//! A mark in the target says how far the copy is. With it, an interrupted copy continues where it
//! stopped, and no server opens a half-filled database. At the end, both databases are read again
//! and compared.

mod kind;
mod mark;
mod page;

use guestlist::{Checksum, StoreError, Sum, Timestamp};

pub use kind::Kind;

use self::{mark::Mark, page::Page};
use crate::database::Archives;

/// How many records are copied at a time.
const BATCH: u32 = 500;

/// The progress of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyStep {
    /// An interrupted copy, which this one continues, had copied that many records.
    WasCopied(Kind, u64),
    /// That many more records are copied.
    Copied(Kind, u64),
    /// That many more records are compared.
    Compared(Kind, u64),
}

/// Estimates how many records there are to copy.
///
/// # Errors
///
/// If the store fails.
pub async fn how_much(from: &Archives) -> Result<u64, StoreError> {
    let mut records = 0;
    for kind in Kind::all() {
        records += page::count(from, kind).await?;
    }
    Ok(records)
}

/// Copies all records from one database to another, or continues an interrupted copy. Returns how
/// many records of each kind were copied, and their checksums.
///
/// The caller must make sure that no other program uses either database. `source` is a name of the
/// database that is read. It is stored in the target, and an interrupted copy can only be continued
/// from the source of that name.
///
/// Before it copies, this removes the records from the source that have expired at `now`, as a
/// running server does. Otherwise MongoDB would remove them from the target during the copy, and
/// the checksums would differ.
///
/// # Errors
///
/// If the target has records of another origin, if the source changes during the copy, or if a
/// store fails. If the copy has begun, the target is marked as unfinished: no server starts on it,
/// and the copy can be continued.
pub async fn copy(
    from: &Archives,
    to: &Archives,
    source: &str,
    now: Timestamp,
    tell: impl FnMut(CopyStep),
) -> Result<Vec<(Kind, Sum)>, CopyError> {
    copy_by(BATCH, from, to, source, now, tell).await
}

async fn copy_by(
    batch: u32,
    from: &Archives,
    to: &Archives,
    source: &str,
    now: Timestamp,
    mut tell: impl FnMut(CopyStep),
) -> Result<Vec<(Kind, Sum)>, CopyError> {
    if from.accounts.copy_mark().await?.is_some() {
        return Err(CopyError::SourceUnfinished);
    }
    let begun = match to.accounts.copy_mark().await? {
        None => begin(from, to, source, now).await?,
        Some(text) => {
            let mark = Mark::read(&text).filter(|mark| mark.source == source);
            let mark = mark.ok_or(CopyError::OfAnother)?;
            for kind in Kind::all() {
                tell(CopyStep::WasCopied(kind, page::count(to, kind).await?));
            }
            mark
        }
    };
    transfer(batch, from, to, begun, &mut tell).await?;
    let sums = compare(batch, from, to, &mut tell).await?;
    to.accounts.set_copy_mark(None).await?;
    Ok(sums)
}

/// Checks that the target is empty and sets the mark.
async fn begin(
    from: &Archives,
    to: &Archives,
    source: &str,
    now: Timestamp,
) -> Result<Mark, CopyError> {
    for kind in Kind::all() {
        if page::count(to, kind).await? > 0 {
            return Err(CopyError::NotEmpty(kind));
        }
    }
    while from.accounts.purge(now, BATCH).await? > 0 {}
    let mark = Mark::beginning(source);
    to.accounts.set_copy_mark(Some(&mark.to_text())).await?;
    Ok(mark)
}

/// Puts each batch before it moves the mark: after an interruption, the same batch is put again.
async fn transfer(
    batch: u32,
    from: &Archives,
    to: &Archives,
    mut mark: Mark,
    tell: &mut impl FnMut(CopyStep),
) -> Result<(), CopyError> {
    while let Some(kind) = mark.kind() {
        let page = Page::read(from, kind, mark.after.as_deref(), batch).await?;
        let next = match page.last_id() {
            Some(last) => {
                page.put(to).await?;
                tell(CopyStep::Copied(kind, page.records()));
                mark.up_to(last)
            }
            None => mark.next_kind(),
        };
        to.accounts.set_copy_mark(Some(&next.to_text())).await?;
        mark = next;
    }
    Ok(())
}

/// Reads everything in both databases once more.
async fn compare(
    batch: u32,
    from: &Archives,
    to: &Archives,
    tell: &mut impl FnMut(CopyStep),
) -> Result<Vec<(Kind, Sum)>, CopyError> {
    let mut sums = Vec::new();
    for kind in Kind::all() {
        let there = sum(batch, from, kind, |_| {}).await?;
        let here = sum(batch, to, kind, |records| {
            tell(CopyStep::Compared(kind, records))
        })
        .await?;
        if there != here {
            return Err(CopyError::Differs { kind, there, here });
        }
        sums.push((kind, here));
    }
    Ok(sums)
}

async fn sum(
    batch: u32,
    archives: &Archives,
    kind: Kind,
    mut tell: impl FnMut(u64),
) -> Result<Sum, StoreError> {
    let (mut checksum, mut after) = (Checksum::new(), None);
    loop {
        let page = Page::read(archives, kind, after.as_deref(), batch).await?;
        let Some(last) = page.last_id() else { break };
        page.add_to(&mut checksum);
        tell(page.records());
        after = Some(last);
    }
    Ok(checksum.finish())
}

/// Refuses a database into which a copy is unfinished.
///
/// # Errors
///
/// If a copy into the database is unfinished, or the store fails.
pub async fn refuse_unfinished(archives: &Archives) -> Result<(), CopyError> {
    match archives.accounts.copy_mark().await? {
        None => Ok(()),
        Some(mark) => Err(CopyError::Unfinished(
            Mark::read(&mark).map_or_else(|| "another database".to_owned(), |mark| mark.source),
        )),
    }
}

/// Why a copy failed.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target has records.
    #[error("the target is not empty: it has {0}. Give a new database, or empty that one")]
    NotEmpty(Kind),
    /// An unfinished copy into the target is from another source.
    #[error(
        "a copy of another database into the target is not finished: go on with that one, or give a new database"
    )]
    OfAnother,
    /// A copy into the source is unfinished.
    #[error("a copy into the source is not finished: finish that one first")]
    SourceUnfinished,
    /// A copy into this database is unfinished.
    #[error(
        "the copy of {0} into this database is not finished: give `guestlist copy` again as before, or use another database"
    )]
    Unfinished(String),
    /// The target differs from the source.
    #[error(
        "the {kind} differ: {there_records} in the source and {here_records} in the target, {there} and {here}. \
         One of them was changed meanwhile: stop every server, and copy into a new database",
        there_records = there.records,
        here_records = here.records
    )]
    Differs {
        /// The type of the records that differ.
        kind: Kind,
        /// The sum of the source.
        there: Sum,
        /// The sum of the target.
        here: Sum,
    },
    /// A database cannot be read or written.
    #[error("cannot read the source or write the target; give the same command again to go on")]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
