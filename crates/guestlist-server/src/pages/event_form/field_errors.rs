//! The planner's problems of an event, as sentences for people.

use planner::{Field, FieldProblem, InvalidEvent, ProblemCode};

use super::values::{FIELDS, place};
use crate::{
    event_words::{day_name, fragment},
    pages::filled::Wrong,
};

/// Assigns the planner's problems to the fields of the form, in their order.
pub(crate) fn field_errors(invalid: &InvalidEvent) -> Vec<Wrong> {
    let problems = invalid.problems.iter().enumerate();
    // An end without a day of its own has the problem of the first day.
    let is_new = |(at, problem): &(usize, &FieldProblem)| {
        let is_of_calendar = matches!(problem.code, ProblemCode::NoSuchDay { .. });
        let mut earlier = invalid.problems.iter().take(*at);
        !is_of_calendar || earlier.all(|other| other.code != problem.code)
    };
    let told = problems.filter(is_new);
    let mut wrongs: Vec<Wrong> = told.map(|(_, problem)| field_error(problem)).collect();
    wrongs.sort_by_key(|wrong| place(&wrong.field));
    wrongs
}

fn field_error(problem: &FieldProblem) -> Wrong {
    let name = name_of(problem.field);
    let label = place(name).map_or("This", |at| FIELDS[at].1);
    let words = match (problem.field, &problem.code) {
        (Field::Title, ProblemCode::Blank) => "Enter a name.",
        (Field::StartsAt, ProblemCode::NotTime) => {
            "Enter the first day as 2026-12-01, and the time as 18:00."
        }
        (Field::EndsAt, ProblemCode::NotTime) => {
            "Enter the last day as 2026-12-01, and the time as 20:00."
        }
        (Field::TimeZone, ProblemCode::NoTimeZone) => "Enter a time zone.",
        (Field::Visibility, ProblemCode::UnknownVisibility) => "Choose who may see it.",
        (_, ProblemCode::TooManyTags { most }) => {
            return Wrong::new(name, &format!("An event has at most {most} tags."));
        }
        (_, ProblemCode::NoSuchDay { year, month, day }) => {
            let day = day_name(*year, *month, *day);
            return Wrong::new(name, &format!("{day} does not exist. Enter another day."));
        }
        (_, ProblemCode::SkippedDay { day, time_zone }) => {
            let day = day.strftime("%A %-d %B %Y");
            let words = format!(
                "There is no {day} in {time_zone}, because the calendar leaves that day out. Enter another day."
            );
            return Wrong::new(name, &words);
        }
        _ => return Wrong::new(name, &format!("{label} {}.", fragment(problem, words_for))),
    };
    Wrong::new(name, words)
}

/// Returns the name of the form's field that shows the problems of that field.
fn name_of(field: Field) -> &'static str {
    match field {
        Field::Title => "title",
        Field::Description => "description",
        Field::Image => "image",
        Field::Tags | Field::Tag(_) => "tags",
        Field::Location => "location",
        Field::OnlineUrl => "online_url",
        Field::StartsAt | Field::StartDate => "start_date",
        Field::EndsAt => "end_time",
        Field::TimeZone => "time_zone",
        Field::EndDate => "end_date",
        Field::Capacity => "capacity",
        Field::Visibility => "visibility",
    }
}

/// Returns the words of the form for the field of a beginning.
fn words_for(field: Field) -> &'static str {
    match field {
        Field::StartsAt => "the beginning",
        Field::StartDate => "the first day",
        field => name_of(field),
    }
}
