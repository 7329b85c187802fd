//! The planner's errors about an event, as sentences for people.

use planner::{FieldProblem, InvalidEvent};

use super::{FIELDS, Wrong, place};

/// Assigns the planner's errors to the fields of the form.
pub(in crate::pages) fn field_errors(invalid: &InvalidEvent) -> Vec<Wrong> {
    invalid.problems.iter().map(field_error).collect()
}

fn field_error(problem: &FieldProblem) -> Wrong {
    let name = problem.field.split('/').nth(1).unwrap_or_default();
    match (name, problem.code) {
        ("title", "required") => Wrong::new("title", "Enter a name."),
        ("starts_at", "invalid") => {
            let words = "Enter the first day as 2026-12-01, and the time as 18:00.";
            Wrong::new("start_date", words)
        }
        ("ends_at", "invalid") => {
            let words = "Enter the last day as 2026-12-01, and the time as 20:00.";
            Wrong::new("end_time", words)
        }
        ("tags", "too_long") if problem.field == "/tags" => {
            let fragment = problem.detail.replace("must have", "has");
            Wrong::new("tags", &format!("An event {fragment}."))
        }
        ("time_zone", "required") => Wrong::new("time_zone", "Enter a time zone."),
        ("starts_at", _) => Wrong::new("start_date", &sentence("start_date", &problem.detail)),
        ("ends_at", _) => Wrong::new("end_time", &sentence("end_time", &problem.detail)),
        (name, _) => {
            let at = place(name).unwrap_or_default();
            Wrong::new(FIELDS[at].0, &sentence(FIELDS[at].0, &problem.detail))
        }
    }
}

/// Joins the label of the field and the error, and replaces the API's field names.
fn sentence(field: &str, fragment: &str) -> String {
    let label = place(field).map_or("This", |at| FIELDS[at].1);
    let fragment = fragment
        .replace("starts_at", "the beginning")
        .replace("start_date", "the first day");
    format!("{label} {fragment}.")
}
