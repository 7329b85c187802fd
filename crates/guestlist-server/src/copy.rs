//! A whole house from one database into another, whatever engines keep them.
//!
//! A mark in the target says how far the copy is, so that it goes on where it was interrupted, and that
//! nobody opens a house that is half there. At the end both are read again and compared.

mod mark;
mod page;

use std::fmt;

use guestlist::{Checksum, RecordKind, StoreError, Sum, Timestamp};

use self::{mark::Mark, page::Page};
use crate::database::Archives;

/// So many records are copied at a time.
const BATCH: u32 = 500;

/// What is copied, in this order: what refers to something comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the door keeps.
    Door(RecordKind),
    /// What the planner keeps.
    Event,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Door(RecordKind::User),
        Self::Door(RecordKind::Session),
        Self::Door(RecordKind::Token),
        Self::Door(RecordKind::Key),
        Self::Event,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Door(kind) => kind.as_str(),
            Self::Event => "events",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is told of a copy that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An earlier copy, which this one goes on with, had copied so many.
    WasCopied(Kind, u64),
    /// So many more are copied.
    Copied(Kind, u64),
    /// So many more are compared.
    Compared(Kind, u64),
}

/// How many records there are to copy, as far as can be told.
///
/// # Errors
///
/// If the store cannot say.
pub async fn how_much(from: &Archives) -> Result<u64, StoreError> {
    let mut records = 0;
    for kind in Kind::ALL {
        records += page::count(from, kind).await?;
    }
    Ok(records)
}

/// Copies everything, or what is left of it; what it came to. Nobody else may use either.
///
/// `source` is what the first database is called: a copy that was interrupted goes on only from there. What was over by
/// `now` is removed from the source first, as a running server does it: MongoDB would remove it from the target meanwhile, by its
/// own clock.
///
/// # Errors
///
/// If the target has records that are not of this copy, the source changes meanwhile, or a store fails.
/// After each of them the target is still marked as unfinished, if this copy has begun to fill it.
pub async fn copy(
    from: &Archives,
    to: &Archives,
    source: &str,
    now: Timestamp,
    tell: impl FnMut(Step),
) -> Result<Vec<(Kind, Sum)>, CopyError> {
    copy_by(BATCH, from, to, source, now, tell).await
}

async fn copy_by(
    batch: u32,
    from: &Archives,
    to: &Archives,
    source: &str,
    now: Timestamp,
    mut tell: impl FnMut(Step),
) -> Result<Vec<(Kind, Sum)>, CopyError> {
    if from.door.copy_mark().await?.is_some() {
        return Err(CopyError::SourceUnfinished);
    }
    let begun = match to.door.copy_mark().await? {
        None => begin(from, to, source, now).await?,
        Some(text) => {
            let mark = Mark::read(&text).filter(|mark| mark.source == source);
            let mark = mark.ok_or(CopyError::OfAnother)?;
            for kind in Kind::ALL {
                tell(Step::WasCopied(kind, page::count(to, kind).await?));
            }
            mark
        }
    };
    transfer(batch, from, to, begun, &mut tell).await?;
    let sums = compare(batch, from, to, &mut tell).await?;
    to.door.set_copy_mark(None).await?;
    Ok(sums)
}

/// Nothing may be there, and then a mark is.
async fn begin(
    from: &Archives,
    to: &Archives,
    source: &str,
    now: Timestamp,
) -> Result<Mark, CopyError> {
    for kind in Kind::ALL {
        if page::count(to, kind).await? > 0 {
            return Err(CopyError::NotEmpty(kind));
        }
    }
    while from.door.sweep(now, BATCH).await? > 0 {}
    let mark = Mark::beginning(source);
    to.door.set_copy_mark(Some(&mark.to_text())).await?;
    Ok(mark)
}

/// Each batch is put before the mark says so: what is put again after an interruption is the same.
async fn transfer(
    batch: u32,
    from: &Archives,
    to: &Archives,
    mut mark: Mark,
    tell: &mut impl FnMut(Step),
) -> Result<(), CopyError> {
    while let Some(kind) = mark.kind() {
        let page = Page::read(from, kind, mark.after.as_deref(), batch).await?;
        let next = match page.last_id() {
            Some(last) => {
                page.put(to).await?;
                tell(Step::Copied(kind, page.records()));
                mark.up_to(last)
            }
            None => mark.next_kind(),
        };
        to.door.set_copy_mark(Some(&next.to_text())).await?;
        mark = next;
    }
    Ok(())
}

/// Everything in both is read once more.
async fn compare(
    batch: u32,
    from: &Archives,
    to: &Archives,
    tell: &mut impl FnMut(Step),
) -> Result<Vec<(Kind, Sum)>, CopyError> {
    let mut sums = Vec::new();
    for kind in Kind::ALL {
        let there = sum(batch, from, kind, |_| {}).await?;
        let here = sum(batch, to, kind, |records| {
            tell(Step::Compared(kind, records))
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

/// Stops whoever would open a database into which a copy is not finished.
///
/// # Errors
///
/// If it is such a one, or nobody can tell.
pub async fn refuse_unfinished(archives: &Archives) -> Result<(), CopyError> {
    match archives.door.copy_mark().await? {
        None => Ok(()),
        Some(mark) => Err(CopyError::Unfinished(
            Mark::read(&mark).map_or_else(|| "another database".to_owned(), |mark| mark.source),
        )),
    }
}

/// Why there is no copy, or no whole one.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There are records in the target.
    #[error("the target is not empty: it has {0}. Give a new database, or empty that one")]
    NotEmpty(Kind),
    /// A copy into the target is not finished, and this is not its source.
    #[error(
        "a copy of another database into the target is not finished: go on with that one, or give a new database"
    )]
    OfAnother,
    /// What is to be copied is not whole.
    #[error("a copy into the source is not finished: finish that one first")]
    SourceUnfinished,
    /// Somebody wants to use what is not whole.
    #[error(
        "the copy of {0} into this database is not finished: give `guestlist copy` again as before, or use another database"
    )]
    Unfinished(String),
    /// The target is not what the source is.
    #[error(
        "the {kind} differ: {there_records} in the source and {here_records} in the target, {there} and {here}. \
         Somebody used one of them meanwhile: stop every server, and copy into a new database",
        there_records = there.records,
        here_records = here.records
    )]
    Differs {
        /// What differs.
        kind: Kind,
        /// What the source comes to.
        there: Sum,
        /// What the target comes to.
        here: Sum,
    },
    /// One of them cannot be read or written.
    #[error("cannot read the source or write the target; give the same command again to go on")]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
