//! The use cases of the planner, one a file: method, outcome, errors, tests.

mod create_event;
mod show_event;

mod list_events;

mod own_event;

mod change_event;
mod delete_event;
mod tries;

mod moderate;

mod delete_events_of;
mod purge;

#[cfg(test)]
mod fixture;

pub use change_event::ChangeEventError;
pub use create_event::CreateEventError;
pub use delete_event::DeleteEventError;
pub use list_events::Page;
pub use moderate::{AllEvents, ListAllEventsError};
pub use own_event::OwnEventError;
