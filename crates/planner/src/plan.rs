//! The use cases of the planner, one a file: the method, its outcome, its errors, its tests.

mod create_event;
mod show_event;

mod list_events;

mod change_event;
mod delete_event;
mod delete_events_of;
mod purge;

#[cfg(test)]
mod scene;

pub use change_event::ChangeEventError;
pub use create_event::CreateEventError;
pub use delete_event::DeleteEventError;
pub use list_events::Page;

/// How often a change or deletion that names no version is tried: each time somebody else was
/// faster, which no person is so often.
const TRIES: u32 = 8;
