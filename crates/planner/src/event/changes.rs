//! What somebody wants to be different. Not who may want it: that is the use case's rule.

use super::{fields::given, problem::InvalidEvent};
use crate::{EventFields, Visibility, When, WhenFields};

/// A change of an event: what is `None` stays. In the optional fields `Some(None)` takes away, as
/// `null` does in a JSON merge patch (RFC 7396).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventChanges {
    /// See [`EventFields::title`].
    pub title: Option<String>,
    /// See [`EventFields::description`].
    pub description: Option<String>,
    /// See [`EventFields::image`].
    pub image: Option<Option<String>>,
    /// All the tags there are to be.
    pub tags: Option<Vec<String>>,
    /// See [`EventFields::location`].
    pub location: Option<Option<String>>,
    /// See [`EventFields::online_url`].
    pub online_url: Option<Option<String>>,
    /// See [`EventFields::when`].
    pub when: WhenChanges,
    /// See [`EventFields::capacity`].
    pub capacity: Option<Option<u32>>,
    /// See [`EventFields::visibility`].
    pub visibility: Option<Visibility>,
}

/// A change of the texts an event's time is told in: what is `None` stays, `Some(None)` takes away.
///
/// A start that is taken away takes along what only says something about it, unless the change
/// speaks of that too: a time its end and its zone, a date its last day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhenChanges {
    /// See [`WhenFields::starts_at`].
    pub starts_at: Option<Option<String>>,
    /// See [`WhenFields::ends_at`].
    pub ends_at: Option<Option<String>>,
    /// See [`WhenFields::time_zone`].
    pub time_zone: Option<Option<String>>,
    /// See [`WhenFields::start_date`].
    pub start_date: Option<Option<String>>,
    /// See [`WhenFields::end_date`].
    pub end_date: Option<Option<String>>,
}

impl EventChanges {
    /// Whether everything stays.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The rule: whether an event of those fields may be changed so. All problems are found, not only the first.
    pub fn check(&self, fields: &EventFields) -> Result<(), InvalidEvent> {
        self.apply_to(fields).map(drop)
    }

    /// The fields after this change, if an event may say that.
    pub(crate) fn apply_to(&self, fields: &EventFields) -> Result<EventFields, InvalidEvent> {
        let mut invalid = InvalidEvent::default();
        let mut changed = fields.clone();
        replace(&mut changed.title, self.title.as_ref());
        replace(&mut changed.description, self.description.as_ref());
        replace(&mut changed.image, self.image.as_ref());
        replace(&mut changed.tags, self.tags.as_ref());
        replace(&mut changed.location, self.location.as_ref());
        replace(&mut changed.online_url, self.online_url.as_ref());
        replace(&mut changed.capacity, self.capacity.as_ref());
        replace(&mut changed.visibility, self.visibility.as_ref());
        let when = invalid.take(self.when.apply_to(&fields.when));
        replace(&mut changed.when, when.as_ref());
        let changed = changed.without_empty_texts();
        let mut wrong = changed.check().err().unwrap_or_default();
        wrong.only_of(|field| differs(field, &changed, fields));
        invalid.problems.extend(wrong.problems);
        invalid.into_result()?;
        Ok(changed)
    }
}

impl WhenChanges {
    /// Whether everything stays.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn apply_to(&self, when: &When) -> Result<When, InvalidEvent> {
        // Read again, a time could come out differently: the list of zones may have changed.
        if self.is_empty() {
            return Ok(when.clone());
        }
        let mut fields: WhenFields = when.to_fields();
        if is_taken_away(self.starts_at.as_ref()) {
            (fields.ends_at, fields.time_zone) = (None, None);
        }
        if is_taken_away(self.start_date.as_ref()) {
            fields.end_date = None;
        }
        replace(&mut fields.starts_at, self.starts_at.as_ref());
        replace(&mut fields.ends_at, self.ends_at.as_ref());
        replace(&mut fields.time_zone, self.time_zone.as_ref());
        replace(&mut fields.start_date, self.start_date.as_ref());
        replace(&mut fields.end_date, self.end_date.as_ref());
        When::parse(&fields)
    }
}

/// Whether the field of that name says another thing in the one than in the other.
fn differs(field: &str, one: &EventFields, other: &EventFields) -> bool {
    match field {
        "title" => one.title != other.title,
        "description" => one.description != other.description,
        "image" => one.image != other.image,
        "tags" => one.tags != other.tags,
        "location" => one.location != other.location,
        "online_url" => one.online_url != other.online_url,
        "capacity" => one.capacity != other.capacity,
        _ => true,
    }
}

fn replace<T: Clone>(field: &mut T, by: Option<&T>) {
    if let Some(by) = by {
        field.clone_from(by);
    }
}

fn is_taken_away(change: Option<&Option<String>>) -> bool {
    change.is_some_and(|text| given(text.as_deref()).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn evening() -> When {
        let fields = WhenFields {
            starts_at: text("2026-12-01T18:00"),
            ends_at: text("2026-12-01T20:00"),
            time_zone: text("Europe/Paris"),
            ..WhenFields::default()
        };
        When::parse(&fields).expect("is a time")
    }

    fn weekend() -> When {
        let fields = WhenFields {
            start_date: text("2026-12-05"),
            end_date: text("2026-12-06"),
            ..WhenFields::default()
        };
        When::parse(&fields).expect("are days")
    }

    fn event(when: When) -> EventFields {
        EventFields {
            title: "Tea".to_owned(),
            description: "With milk".to_owned(),
            image: text("tea.jpg"),
            tags: vec!["tea".to_owned()],
            location: text("London"),
            online_url: text("https://example.com"),
            when,
            capacity: Some(4),
            visibility: Visibility::Public,
        }
    }

    /// The pointers and codes of what is wrong.
    fn problems<T>(changed: Result<T, InvalidEvent>) -> Vec<(String, &'static str)> {
        let problems = changed.err().unwrap_or_default().problems;
        problems
            .into_iter()
            .map(|problem| (problem.field, problem.code))
            .collect()
    }

    #[test]
    fn nothing_changed_is_the_same() {
        assert!(EventChanges::default().is_empty());
        let before = event(evening());
        assert_eq!(EventChanges::default().apply_to(&before), Ok(before));
    }

    #[test]
    fn everything_can_be_changed() {
        let changes = EventChanges {
            title: text("Coffee"),
            description: text(""),
            image: Some(text("coffee.jpg")),
            tags: Some(vec![]),
            location: Some(text("Wien")),
            online_url: Some(text("https://example.org")),
            when: WhenChanges {
                starts_at: Some(text("2026-12-01T17:00")),
                ..WhenChanges::default()
            },
            capacity: Some(Some(5)),
            visibility: Some(Visibility::Unlisted),
        };
        assert!(!changes.is_empty());
        let changed = changes.apply_to(&event(evening())).expect("is valid");
        let fields = changed.when.to_fields();
        assert_eq!(fields.starts_at, text("2026-12-01T17:00:00+01:00"));
        assert_eq!(fields.ends_at, text("2026-12-01T20:00:00+01:00"));
        let expected = EventFields {
            title: "Coffee".to_owned(),
            description: String::new(),
            image: text("coffee.jpg"),
            tags: vec![],
            location: text("Wien"),
            online_url: text("https://example.org"),
            when: changed.when.clone(),
            capacity: Some(5),
            visibility: Visibility::Unlisted,
        };
        assert_eq!(changed, expected);
    }

    #[test]
    fn what_is_optional_can_be_taken_away() {
        for none in [None, text("")] {
            let changes = EventChanges {
                image: Some(none.clone()),
                location: Some(none.clone()),
                online_url: Some(none),
                capacity: Some(None),
                ..EventChanges::default()
            };
            let changed = changes.apply_to(&event(evening())).expect("is valid");
            assert_eq!((changed.image, changed.location), (None, None));
            assert_eq!((changed.online_url, changed.capacity), (None, None));
        }
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let changes = EventChanges {
            title: text(" "),
            when: WhenChanges {
                ends_at: Some(text("never")),
                ..WhenChanges::default()
            },
            ..EventChanges::default()
        };
        let problems = problems(changes.apply_to(&event(evening())));
        let fields: Vec<_> = problems.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["/ends_at", "/title"]);
    }

    /// An event of before a rule became stricter can still be moved to another day.
    #[test]
    fn what_was_stored_before_a_rule_is_no_problem_unless_it_is_touched() {
        let before = EventFields {
            title: "\u{202e}aeT".to_owned(),
            description: "a\u{200b}".to_owned(),
            tags: vec!["\u{3164}".to_owned()],
            location: text("\u{2066}London"),
            online_url: text("https://example.com/\u{202e}"),
            ..event(evening())
        };
        let moved = EventChanges {
            capacity: Some(Some(9)),
            location: Some(text("Wien")),
            title: Some(before.title.clone()),
            ..EventChanges::default()
        };
        let changed = moved.apply_to(&before).expect("is valid");
        assert_eq!(changed.title, before.title);
        assert_eq!(
            (changed.capacity, changed.location),
            (Some(9), text("Wien"))
        );
        let touched = EventChanges {
            title: text("\u{202e}eeffoC"),
            tags: Some(vec!["a".to_owned(), "\u{3164}b".to_owned()]),
            ..EventChanges::default()
        };
        let expected = [
            ("/title".to_owned(), "unseen_character"),
            ("/tags/1".to_owned(), "unseen_character"),
        ];
        assert_eq!(problems(touched.apply_to(&before)), expected);
    }

    #[test]
    fn from_times_to_dates_the_start_has_to_go() {
        let start_date = Some(text("2026-12-05"));
        let both = WhenChanges {
            start_date,
            ..WhenChanges::default()
        };
        let conflict = vec![("/start_date".to_owned(), "conflict")];
        assert_eq!(problems(both.apply_to(&evening())), conflict);
        let gone = WhenChanges {
            starts_at: Some(None),
            ..both
        };
        let changed = gone.apply_to(&evening()).expect("is valid");
        assert_eq!(changed.to_fields().start_date, text("2026-12-05"));
        // To say so of the zone and the end as well is no mistake; to keep one of them is.
        let all = WhenChanges {
            time_zone: Some(None),
            ends_at: Some(None),
            ..gone.clone()
        };
        assert_eq!(all.apply_to(&evening()), Ok(changed));
        let zone = WhenChanges {
            time_zone: Some(text("UTC")),
            ..gone
        };
        assert_eq!(
            problems(zone.apply_to(&evening())),
            [("/time_zone".to_owned(), "conflict")]
        );
    }

    #[test]
    fn from_dates_to_times_or_to_nothing_yet() {
        let gone = WhenChanges {
            start_date: Some(text("")),
            ..WhenChanges::default()
        };
        assert_eq!(gone.apply_to(&weekend()), Ok(When::Undecided));
        let changes = WhenChanges {
            starts_at: Some(text("2026-12-01T18:00")),
            ends_at: Some(text("2026-12-01T20:00")),
            time_zone: Some(text("Europe/Paris")),
            ..gone
        };
        assert_eq!(changes.apply_to(&weekend()), Ok(evening()));
    }

    #[test]
    fn another_zone_moves_the_wall_and_not_the_instant() {
        let zone = Some(text("America/New_York"));
        let changes = WhenChanges {
            time_zone: zone,
            ..WhenChanges::default()
        };
        let changed = changes.apply_to(&evening()).expect("is valid");
        assert_eq!(
            changed.to_fields().starts_at,
            text("2026-12-01T12:00:00-05:00")
        );
        assert_eq!(changed.sort_at(), evening().sort_at());
    }
}
