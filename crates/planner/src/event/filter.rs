//! Filters and sort orders of event lists, defined once for all stores.

use std::{borrow::Cow, cmp::Ordering};

use guestlist::{Timestamp, UserId};

use super::{
    EventId,
    fields::{EventFields, is_forbidden_in_lines},
    filter_problem::{FilterProblem, InvalidFilter},
    fold_for_search,
    tags::distinct,
};
use crate::{Event, Visibility};

/// Selects events. The default selects all public ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// The words and tags that the event must have. Only [`of_search`](Self::of_search) makes one,
    /// so that no search is beyond its limits.
    pub search: EventSearch,
    /// The event [sorts](Event::sort_at) after this moment. Excludes undecided events.
    pub starts_after: Option<Timestamp>,
    /// The event [sorts](Event::sort_at) at this moment or later. Excludes undecided events. With
    /// `starts_before`, adjacent ranges contain each event exactly once.
    pub starts_from: Option<Timestamp>,
    /// The event [sorts](Event::sort_at) before this moment. Excludes undecided events.
    pub starts_before: Option<Timestamp>,
    /// The event [is over](Event::over_at) after this moment, or is undecided: it is running or
    /// upcoming.
    pub over_after: Option<Timestamp>,
    /// The event [is over](Event::over_at) at this moment or before it.
    pub over_by: Option<Timestamp>,
    /// Only this user's events, public and unlisted. `None`: the public events of all users.
    pub creator: Option<UserId>,
    /// The sort order.
    pub sort: EventSort,
}

/// The words and tags of a search. The default finds every event. A caller cannot go round the
/// limits of [`EventFilter::of_search`]:
///
/// ```compile_fail
/// let search = planner::EventSearch { q: None, tags: vec!["x".repeat(1_000)] };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventSearch {
    pub(crate) q: Option<String>,
    pub(crate) tags: Vec<String>,
}

/// The sort order of a list. Events with the same key are sorted by id, in the same direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EventSort {
    /// By [`Event::sort_at`], the earliest first; undecided events come last.
    #[default]
    StartsAt,
    /// By [`Event::sort_at`], the latest first; undecided events come first.
    StartsAtDesc,
    /// By `created_at`, the newest first.
    CreatedAtDesc,
    /// By `created_at`, the oldest first.
    CreatedAt,
}

/// The position of an event in a sort order. A page starts after a position, even if events were
/// inserted or deleted in the meantime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The sort key, in milliseconds: [`Event::sort_at`] or `created_at`.
    pub key: i64,
    /// Distinguishes events with the same key.
    pub id: EventId,
}

impl EventFilter {
    /// How many characters a search text has at most. The cost of a search grows with them.
    pub const MOST_Q: usize = 100;

    /// Creates a filter for what a visitor searches for: words in title, description and location,
    /// ignoring case, and tags that the event must all have. An empty text adds no search.
    ///
    /// # Errors
    ///
    /// All limits that the search breaks. No event has more tags, or longer ones.
    pub fn of_search(words: &str, tags: &[String]) -> Result<Self, InvalidFilter> {
        let mut problems = Vec::new();
        if words.chars().count() > Self::MOST_Q {
            let most = Self::MOST_Q;
            problems.push(FilterProblem::LongText { most });
        }
        let tags = distinct(tags);
        if tags.len() > EventFields::MOST_TAGS {
            let most = EventFields::MOST_TAGS;
            problems.push(FilterProblem::TooManyTags { most });
        }
        let is_long = |tag: &Cow<'_, str>| tag.chars().count() > EventFields::MOST_TAG;
        if tags.iter().any(is_long) {
            let most = EventFields::MOST_TAG;
            problems.push(FilterProblem::LongTag { most });
        }
        if !problems.is_empty() {
            return Err(InvalidFilter { problems });
        }
        let tags = tags.into_iter().map(Cow::into_owned).collect();
        Ok(Self::default().tagged(tags).searching(words))
    }

    /// Returns a part of [`Event::search_text`], which the event must contain, folded by
    /// [`fold_for_search`]. No character is a wildcard. `None`: events with any text.
    pub fn q(&self) -> Option<&str> {
        self.search.q.as_deref()
    }

    /// Returns the tags that the event must all have. In a store they are in the form of
    /// [`spelled_once`](crate::spelled_once).
    pub fn tags(&self) -> &[String] {
        &self.search.tags
    }

    /// Replaces the tags, which are not checked.
    #[must_use]
    pub(crate) fn tagged(mut self, tags: Vec<String>) -> Self {
        self.search.tags = tags;
        self
    }

    /// Adds a search for these words. [`of_search`](Self::of_search) checks words of visitors
    /// before.
    #[must_use]
    pub(crate) fn searching(mut self, words: &str) -> Self {
        self.search.q = Some(fold_for_search(words)).filter(|q| !q.is_empty());
        self
    }

    /// Returns the lower bound from [`starts_after`](Self::starts_after) and
    /// [`starts_from`](Self::starts_from): events sort after this millisecond. `None` if neither
    /// field is set. Stores use this bound instead of the two fields.
    pub fn sorts_after(&self) -> Option<i64> {
        let after = self.starts_after.map(Timestamp::as_millis);
        let before_from = self
            .starts_from
            .map(|from| from.as_millis().saturating_sub(1));
        after.max(before_from)
    }

    /// Whether the event matches. Databases evaluate the filter themselves and must agree with
    /// this.
    pub fn matches(&self, event: &Event) -> bool {
        let is_for_them = match self.creator {
            Some(creator) => event.creator == creator,
            None => event.fields.visibility == Visibility::Public,
        };
        let tags = &event.fields.tags;
        is_for_them
            && self.tags().iter().all(|tag| tags.contains(tag))
            && self.is_in_time(event)
            && self.is_over_in_time(event)
            && self.q().is_none_or(|q| event.search_text().contains(q))
    }

    /// Whether no event can match, because a word or tag has a character that no event may contain.
    /// Some databases reject such characters.
    pub(crate) fn matches_nothing(&self) -> bool {
        let mut words = self.q().into_iter().flat_map(str::chars);
        let mut tags = self.tags().iter().flat_map(|tag| tag.chars());
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
    /// Whether the list starts with the greatest position.
    pub fn is_descending(self) -> bool {
        match self {
            Self::StartsAtDesc | Self::CreatedAtDesc => true,
            Self::StartsAt | Self::CreatedAt => false,
        }
    }

    /// Compares two positions in this order.
    pub fn compare(self, one: &Position, other: &Position) -> Ordering {
        if self.is_descending() {
            other.cmp(one)
        } else {
            one.cmp(other)
        }
    }
}

impl Event {
    /// Returns the event's position in that order.
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
    fn a_search_has_limits_and_all_broken_ones_are_told() {
        let tags = |count: usize, chars: usize| -> Vec<String> {
            (0..count).map(|tag| format!("{tag:0>chars$}")).collect()
        };
        let (words, most) = ("x".repeat(100), tags(20, 50));
        let filter = EventFilter::of_search(&words, &most).expect("is in the limits");
        assert_eq!((filter.q(), filter.tags()), (Some(&*words), &*most));
        let problems = |words: &str, tags: &[String]| {
            let refused = EventFilter::of_search(words, tags);
            refused.expect_err("breaks a limit").problems
        };
        let expected = [
            FilterProblem::LongText { most: 100 },
            FilterProblem::TooManyTags { most: 20 },
            FilterProblem::LongTag { most: 50 },
        ];
        assert_eq!(problems(&format!("{words}x"), &tags(21, 51)), expected);
        assert_eq!(problems("", &tags(21, 3)), expected[1..2]);
        assert_eq!(problems("", &tags(1, 51)), expected[2..]);
    }

    #[test]
    fn two_spellings_of_a_tag_are_one_tag_of_a_search() {
        let tags = ["caf\u{e9}", "cafe\u{301}"].map(str::to_owned);
        let filter = EventFilter::of_search("", &tags).expect("is in the limits");
        assert_eq!((filter.q(), filter.tags()), (None, &tags[..1]));
    }

    #[test]
    fn events_with_the_same_key_are_sorted_by_id() {
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
