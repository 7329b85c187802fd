//! The event that the id in a path names. An invalid id names nothing.

use guestlist_axum::{CurrentUser, Problem};
use planner::{Event, EventId, Planner, ShownEvent};

use crate::event_errors;

/// Finds the event with that id.
///
/// # Errors
///
/// 404 if the id is invalid or no event has it.
pub(crate) async fn find(planner: &Planner, id: &str) -> Result<ShownEvent, Problem> {
    let shown = planner.show_event(read(id)?).await?;
    shown.ok_or_else(Problem::not_found)
}

/// Finds the event with that id, which the user may change.
///
/// # Errors
///
/// As [`find`], and 403 if another user created the event.
pub(crate) async fn find_own(
    planner: &Planner,
    user: &CurrentUser,
    id: &str,
) -> Result<Event, Problem> {
    let own = planner.own_event(user.id(), read(id)?).await;
    Ok(own.map_err(event_errors::own_event)?.event)
}

fn read(id: &str) -> Result<EventId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}
