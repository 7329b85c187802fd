//! The rules of event planning: who may change an event, which values it may have, and how events
//! are sorted.
//!
//! Everything starts at [`Planner`]: it holds a [`PlannerStore`] and the rules, with one method for
//! each use case. This crate knows neither HTTP nor databases, and does not authenticate: the
//! caller does that with `guestlist`, and passes the user's id.

mod planner;

mod event;
mod plan;
mod request;
mod store;

#[cfg(feature = "testing")]
pub mod testing;

pub use event::{
    Creator, Event, EventChanges, EventDraft, EventFields, EventFilter, EventId, EventSearch,
    EventSort, Field, FieldProblem, FilterProblem, ImageRule, InvalidEvent, InvalidFilter,
    LocalTime, Moment, Position, ProblemCode, ShownEvent, UnknownVisibility, Version, Visibility,
    When, WhenChanges, WhenFields, Zone, fold_for_search, shown_name, spelled_once,
    spelled_once_each,
};
pub use plan::{
    AllEvents, ChangeEventError, CreateEventError, DeleteEventError, ListAllEventsError,
    OwnEventError, Page,
};
pub use planner::Planner;
pub use request::{Fingerprint, RequestKey, RequestKeyError};
pub use store::{
    EventArchive, EventDeletion, EventInsertion, EventList, EventStore, EventUpdate, ListBuilder,
    ListLimit, PlannerStore, operations,
};
