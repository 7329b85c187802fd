//! The rules of planning an event: who may change it, what it may hold, and in which order events
//! are shown.
//!
//! Everything starts at [`Planner`]: it holds a [`PlannerStore`] and the rules, one use case a
//! method. This crate knows no HTTP and no database, and it asks nobody who is calling: the door
//! (`guestlist`) has done so, and hands over a user's id.

mod planner;

mod event;
mod plan;
mod request;
mod store;

#[cfg(feature = "testing")]
pub mod testing;

pub use event::{
    Creator, Event, EventChanges, EventFields, EventFilter, EventId, EventSort, FieldProblem,
    InvalidEvent, LocalTime, Moment, Position, ShownEvent, UnknownVisibility, Version, Visibility,
    When, WhenChanges, WhenFields, Zone, fold_for_search, is_web_address, shown_name, spelled_once,
    spelled_once_each,
};
pub use plan::{ChangeEventError, CreateEventError, DeleteEventError, Page};
pub use planner::Planner;
pub use request::{Fingerprint, RequestKey, RequestKeyError};
pub use store::{
    EventArchive, EventDeletion, EventInsertion, EventList, EventStore, EventUpdate, ListBuilder,
    ListLimit, PlannerStore, operations,
};
