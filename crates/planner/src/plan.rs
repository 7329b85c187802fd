//! The use cases of the planner, one a file: method, outcome, errors, tests.

mod create_event;
mod show_event;

mod list_events;

mod change_event;
mod delete_event;
mod delete_events_of;
mod purge;

#[cfg(test)]
mod fixture;

pub use change_event::ChangeEventError;
pub use create_event::CreateEventError;
pub use delete_event::DeleteEventError;
pub use list_events::Page;

use guestlist::StoreError;

/// How many times a change or deletion without an expected version is tried. A try fails if another
/// request changed the event first.
const TRIES: u32 = 20;

/// The error after all tries: the client may repeat the request, so it is a failure of the store and no conflict.
fn overtaken() -> StoreError {
    StoreError::failed("other requests changed the event before each of the tries")
}
