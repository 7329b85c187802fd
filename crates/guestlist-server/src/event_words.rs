//! Describes the planner's problems of an event in words. Texts that only one page uses are in
//! `pages/`.

use std::fmt::Display;

use guestlist::with_commas;
use jiff::civil::Date;
use planner::{EventFields, Field, FieldProblem, ProblemCode};

/// Returns what is wrong, as a fragment that completes "this field …". `name` writes the name of
/// another field.
pub(crate) fn fragment<N: Display>(problem: &FieldProblem, name: impl Fn(Field) -> N) -> String {
    let words = match &problem.code {
        ProblemCode::Blank => "must not be blank",
        ProblemCode::TooLong { most } => {
            let most = with_commas(u64::try_from(*most).unwrap_or(u64::MAX));
            return format!("must have at most {most} characters");
        }
        ProblemCode::TooManyTags { most } => return format!("must have at most {most} tags"),
        ProblemCode::ControlCharacter => "must not contain control characters",
        ProblemCode::UnseenCharacter(unseen) => return format!("must not contain {unseen}"),
        ProblemCode::Repeated => "must not be repeated",
        ProblemCode::NotWebAddress if problem.field == Field::Image => {
            "must be a web address such as https://example.com/image.png"
        }
        ProblemCode::NotWebAddress => "must be a web address such as https://example.com/meeting",
        ProblemCode::OutOfRange => return format!("must be {}", EventFields::CAPACITY_IN_WORDS),
        ProblemCode::NotTime => "must be a date and time such as 2026-12-01T18:00:00+01:00",
        ProblemCode::NotDate => "must be a date such as 2026-12-01",
        ProblemCode::NoSuchDay { year, month, day } => {
            let day = day_name(*year, *month, *day);
            return format!("must be a date that exists; {day} does not exist");
        }
        ProblemCode::SkippedDay { day, time_zone } => {
            let day = day_name(day.year(), day.month(), day.day());
            return format!("must be a day of the time zone; {time_zone} left out {day}");
        }
        ProblemCode::YearOutOfRange if is_time(problem.field) => {
            "must be in the years 1970 to 9999; the last time is 9999-12-30T22:00:00Z"
        }
        ProblemCode::YearOutOfRange => "must be in the years 1970 to 9999",
        ProblemCode::Before(start) => return format!("must not be before {}", name(*start)),
        ProblemCode::Requires(start) => return format!("requires {}", name(*start)),
        ProblemCode::Excludes(start) => {
            return format!("must not be given together with {}", name(*start));
        }
        ProblemCode::NoTimeZone => "must be there for a time without an offset",
        ProblemCode::UnknownTimeZone => "must be the name of a time zone such as Europe/Paris",
        ProblemCode::UnknownVisibility => "must be public or unlisted",
    };
    words.to_owned()
}

fn is_time(field: Field) -> bool {
    matches!(field, Field::StartsAt | Field::EndsAt)
}

/// Writes a day such as `30 February 2026`, which need not exist.
pub(crate) fn day_name(year: i16, month: i8, day: i8) -> String {
    match Date::new(year, month, 1) {
        Ok(first) => format!("{day} {}", first.strftime("%B %Y")),
        Err(_) => format!("{year:04}-{month:02}-{day:02}"),
    }
}

#[cfg(test)]
mod tests {
    use planner::{EventDraft, WhenFields, Zone};

    use super::*;

    fn fragments(draft: &EventDraft) -> Vec<String> {
        let problems = draft.read(&Zone::utc()).err().unwrap_or_default().problems;
        let told = problems
            .iter()
            .map(|problem| fragment(problem, |field| field));
        told.collect()
    }

    fn draft() -> EventDraft {
        EventDraft {
            title: "Tea".to_owned(),
            ..EventDraft::default()
        }
    }

    fn address(length: usize) -> Option<String> {
        let start = "https://example.com/";
        Some(format!("{start}{}", "x".repeat(length - start.len())))
    }

    /// What is refused names the very limit: what reaches it is taken, and one more is refused.
    #[test]
    fn each_message_names_the_limit_of_the_code() {
        type Change = fn(&mut EventDraft, usize);
        let tags = |count: usize| (0..count).map(|number| number.to_string()).collect();
        let limits: [(usize, &str, Change); 7] = [
            (200, "at most 200 characters", |f, n| {
                f.title = "x".repeat(n);
            }),
            (10_000, "at most 10,000 characters", |f, n| {
                f.description = "x".repeat(n);
            }),
            (2_000, "at most 2,000 characters", |f, n| {
                f.image = address(n);
            }),
            (500, "at most 500 characters", |f, n| {
                f.location = Some("x".repeat(n));
            }),
            (2_000, "at most 2,000 characters", |f, n| {
                f.online_url = address(n);
            }),
            (EventFields::MOST_TAG, "at most 50 characters", |f, n| {
                f.tags = vec!["x".repeat(n)];
            }),
            (100_000, "must be from 1 to 100,000", |f, n| {
                f.capacity = u32::try_from(n).ok();
            }),
        ];
        let details = |change: &dyn Fn(&mut EventDraft)| {
            let mut draft = draft();
            change(&mut draft);
            fragments(&draft)
        };
        for (limit, words, change) in limits {
            assert_eq!(details(&|f| change(f, limit)), Vec::<String>::new());
            let refused = details(&|f| change(f, limit + 1));
            assert!(
                refused.len() == 1 && refused[0].contains(words),
                "{refused:?}"
            );
        }
        assert_eq!(details(&|f| f.tags = tags(EventFields::MOST_TAGS)).len(), 0);
        let refused = details(&|f| f.tags = tags(EventFields::MOST_TAGS + 1));
        assert_eq!(refused, ["must have at most 20 tags"]);
        assert_eq!(
            details(&|f| f.capacity = Some(0)),
            ["must be from 1 to 100,000"]
        );
    }

    #[test]
    fn the_last_time_is_named_and_accepted() {
        let at = |starts_at: &str| {
            let when = WhenFields {
                starts_at: Some(starts_at.to_owned()),
                ..WhenFields::default()
            };
            fragments(&EventDraft { when, ..draft() })
        };
        assert_eq!(at("9999-12-30T22:00:00Z"), [""; 0]);
        let words = "must be in the years 1970 to 9999; the last time is 9999-12-30T22:00:00Z";
        for time in ["9999-12-31T23:59:59Z", "9999-12-30T22:00:01Z"] {
            assert_eq!(at(time), [words], "{time}");
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_named() {
        let on = |start_date: &str, time_zone: &str| {
            let when = WhenFields {
                start_date: Some(start_date.to_owned()),
                time_zone: Some(time_zone.to_owned()),
                ..WhenFields::default()
            };
            fragments(&EventDraft { when, ..draft() })
        };
        for (date, zone, words) in [
            (
                "2026-02-30",
                "UTC",
                "must be a date that exists; 30 February 2026 does not exist",
            ),
            (
                "2026-13-01",
                "UTC",
                "must be a date that exists; 2026-13-01 does not exist",
            ),
            ("2026-2-30", "UTC", "must be a date such as 2026-12-01"),
            (
                "2011-12-30",
                "Pacific/Apia",
                "must be a day of the time zone; Pacific/Apia left out 30 December 2011",
            ),
        ] {
            assert_eq!(on(date, zone), [words]);
        }
    }
}
