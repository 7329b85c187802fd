//! What the planner needs of a database, cut by record: each method is one atomic operation, named
//! for its meaning.
//!
//! A store returns what is stored and judges nothing; the rules are in the use cases. How to write
//! a store: implement the trait of each record beside the engine's `guestlist::Store`, then stamp
//! [`store_contract!`](crate::store_contract) onto both.

pub(crate) mod events;

mod list;

use guestlist::ArchiveOf;

pub use events::{EventDeletion, EventInsertion, EventStore, EventUpdate};
pub use list::{EventList, ListBuilder, ListLimit};

use crate::Event;

/// Everything that the planner stores. Every type that implements the trait of each record is a
/// store.
///
/// The planner gives up an operation after three seconds and treats it as `StoreError::Unknown`,
/// except operations whose time grows with the amount of data.
pub trait PlannerStore: EventStore {}

impl<S: EventStore> PlannerStore for S {}

/// The operations of a [`PlannerStore`], each a function named as the method.
pub mod operations {
    use guestlist::Operation;

    use super::EventStore;

    pub use super::events::operation::*;

    /// All of them.
    pub fn all() -> impl Iterator<Item = Operation> {
        <dyn EventStore>::OPERATIONS.iter().copied()
    }
}

/// All records of the planner exactly as they are stored, for a copy into another database. How to
/// offer it: implement `ArchiveOf<Event>` beside [`EventStore`], then stamp
/// `planner::archive_contract!` (feature `testing`) onto the store.
pub trait EventArchive: PlannerStore + ArchiveOf<Event> {}

impl<S: PlannerStore + ArchiveOf<Event>> EventArchive for S {}
