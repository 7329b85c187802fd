//! Which events, and in which order: said once, for every store.

use std::cmp::Ordering;

use guestlist::{Timestamp, UserId};

use super::{EventId, fields::is_forbidden_in_lines, fold_for_search};
use crate::{Event, Visibility};

/// Which events somebody wants to see. By default all public ones, the earliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// What [`Event::search_text`] has to hold, as it stands: no character is a wildcard. In the
    /// form of [`fold_for_search`], which [`searching`](Self::searching) brings it into.
    pub q: Option<String>,
    /// Tags the event carries, every one, as [`spelled_once`](crate::spelled_once) spells them:
    /// [`Planner::list_events`](crate::Planner::list_events) brings them into that form.
    pub tags: Vec<String>,
    /// The event [sorts](Event::sort_at) after this moment; one that is undecided does not.
    pub starts_after: Option<Timestamp>,
    /// The event [sorts](Event::sort_at) at this moment or after it; one that is undecided does not.
    /// With `starts_before`, ranges that lie side by side have each event once.
    pub starts_from: Option<Timestamp>,
    /// The event [sorts](Event::sort_at) before this moment; one that is undecided does not.
    pub starts_before: Option<Timestamp>,
    /// The event [is over](Event::over_at) only after this moment, or undecided: it is on or comes
    /// then.
    pub over_after: Option<Timestamp>,
    /// The event [is over](Event::over_at) by this moment.
    pub over_by: Option<Timestamp>,
    /// This user's own events, of every visibility. None: everybody's public ones.
    pub creator: Option<UserId>,
    /// The order.
    pub sort: EventSort,
}

/// The order events are listed in; those with the same key by id, in the same direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EventSort {
    /// By [`Event::sort_at`], the earliest first and the undecided last.
    #[default]
    StartsAt,
    /// By [`Event::sort_at`], the latest first and the undecided before them.
    StartsAtDesc,
    /// By `created_at`, the newest first.
    CreatedAtDesc,
    /// By `created_at`, the oldest first.
    CreatedAt,
}

/// Where an event stands in an order: what a page goes on after, whatever was inserted or deleted
/// meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// What the order goes by, in milliseconds: [`Event::sort_at`] or `created_at`.
    pub key: i64,
    /// Tells apart events with the same key.
    pub id: EventId,
}

impl EventFilter {
    /// The same filter for events with these words in title, description or location, in any case.
    /// No words are no filter.
    #[must_use]
    pub fn searching(mut self, words: &str) -> Self {
        self.q = Some(fold_for_search(words)).filter(|q| !q.is_empty());
        self
    }

    /// The last millisecond before those at which the event may sort, by
    /// [`starts_after`](Self::starts_after) and [`starts_from`](Self::starts_from); none if there is
    /// no such bound. Stores ask this, and not the two.
    pub fn sorts_after(&self) -> Option<i64> {
        let after = self.starts_after.map(Timestamp::as_millis);
        let before_from = self
            .starts_from
            .map(|from| from.as_millis().saturating_sub(1));
        after.max(before_from)
    }

    /// Whether the event is meant. Stores ask their engines instead, which have to answer the same.
    pub fn matches(&self, event: &Event) -> bool {
        let is_for_them = match self.creator {
            Some(creator) => event.creator == creator,
            None => event.fields.visibility == Visibility::Public,
        };
        let tags = &event.fields.tags;
        is_for_them
            && self.tags.iter().all(|tag| tags.contains(tag))
            && self.is_in_time(event)
            && self.is_over_in_time(event)
            && self
                .q
                .as_ref()
                .is_none_or(|q| event.search_text().contains(q))
    }

    /// Whether no event can match: for words and tags with a character that no event may hold,
    /// which not every engine takes.
    pub(crate) fn matches_nothing(&self) -> bool {
        let mut words = self.q.iter().flat_map(|q| q.chars());
        let mut tags = self.tags.iter().flat_map(|tag| tag.chars());
        words.any(is_forbidden_in_lines) || tags.any(char::is_control)
    }

    fn is_in_time(&self, event: &Event) -> bool {
        let starts = event.sort_at();
        let (after, before) = (self.sorts_after(), self.starts_before);
        after.is_none() && before.is_none()
            || !event.fields.when.is_undecided()
                && after.is_none_or(|after| after < starts)
                && before.is_none_or(|before| starts < before.as_millis())
    }

    fn is_over_in_time(&self, event: &Event) -> bool {
        let over = Timestamp::from_millis(event.over_at());
        self.over_after.is_none_or(|after| after < over) && self.over_by.is_none_or(|by| over <= by)
    }
}

impl EventSort {
    /// Whether the list begins with the greatest position.
    pub fn is_descending(self) -> bool {
        match self {
            Self::StartsAtDesc | Self::CreatedAtDesc => true,
            Self::StartsAt | Self::CreatedAt => false,
        }
    }

    /// How two places in this order stand to each other.
    pub fn compare(self, one: &Position, other: &Position) -> Ordering {
        if self.is_descending() {
            other.cmp(one)
        } else {
            one.cmp(other)
        }
    }
}

impl Event {
    /// Where this event stands in that order.
    pub fn position(&self, sort: EventSort) -> Position {
        let key = match sort {
            EventSort::StartsAt | EventSort::StartsAtDesc => self.sort_at(),
            EventSort::CreatedAt | EventSort::CreatedAtDesc => self.created_at.as_millis(),
        };
        Position { key, id: self.id }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn ties_go_by_id_in_the_direction_of_the_order() {
        let at = |key, id| Position {
            key,
            id: EventId::from(Uuid::from_u128(id)),
        };
        let rising = [at(-1, 9), at(0, 1), at(0, 2), at(i64::MAX, 0)];
        for (sort, rises) in [
            (EventSort::StartsAt, true),
            (EventSort::StartsAtDesc, false),
            (EventSort::CreatedAt, true),
            (EventSort::CreatedAtDesc, false),
        ] {
            let mut sorted = rising;
            sorted.sort_by(|one, other| sort.compare(one, other));
            if !rises {
                sorted.reverse();
            }
            assert_eq!(sorted, rising, "{sort:?}");
        }
        let newest_first = EventSort::CreatedAtDesc.compare(&at(0, 2), &at(0, 1));
        assert_eq!(newest_first, Ordering::Less);
    }
}
