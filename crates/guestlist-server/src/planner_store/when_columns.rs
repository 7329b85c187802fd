//! When an event takes place, as columns that every engine stores.

use guestlist::Timestamp;
use planner::{Moment, When};

/// The columns of a [`When`], except its time zone. Days and local times are texts.
pub(super) struct WhenColumns {
    pub(super) starts_at: Option<Timestamp>,
    pub(super) starts_wall: Option<String>,
    pub(super) ends_at: Option<Timestamp>,
    pub(super) ends_wall: Option<String>,
    pub(super) start_date: Option<String>,
    pub(super) end_date: Option<String>,
}

impl From<&When> for WhenColumns {
    fn from(when: &When) -> Self {
        let (mut starts, mut ends, mut dates) = (None, None, None);
        match when {
            When::At {
                starts: start,
                ends: end,
                ..
            } => (starts, ends) = (Some(start), end.as_ref()),
            When::Dates { first, last, .. } => dates = Some((first.to_string(), last.to_string())),
            When::Undecided { .. } => {}
        }
        let at = |moment: Option<&Moment>| moment.map(|moment| moment.at);
        let wall = |moment: Option<&Moment>| moment.map(|moment| moment.wall.to_string());
        let (start_date, end_date) = dates.unzip();
        Self {
            starts_at: at(starts),
            starts_wall: wall(starts),
            ends_at: at(ends),
            ends_wall: wall(ends),
            start_date,
            end_date,
        }
    }
}
