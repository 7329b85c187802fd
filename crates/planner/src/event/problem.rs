//! All that is wrong with an event that a user wants to store, each problem with its place.

/// The names of the fields, in the order in which problems are told.
const ORDER: [&str; 13] = [
    "title",
    "description",
    "image",
    "tags",
    "location",
    "online_url",
    "starts_at",
    "ends_at",
    "time_zone",
    "start_date",
    "end_date",
    "capacity",
    "visibility",
];

/// The event breaks at least one rule, and nothing was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("the event is not valid: {}", self.listed())]
pub struct InvalidEvent {
    /// All problems, in the order of the fields.
    pub problems: Vec<FieldProblem>,
}

/// A problem of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field, as a JSON pointer (RFC 6901) such as `/title` or `/tags/3`.
    pub field: String,
    /// The problem, for programs: `required`, `too_long`, `invalid`, `control_character`,
    /// `unseen_character`, `duplicate`, `out_of_range` or `conflict`.
    pub code: &'static str,
    /// The problem, for people: a fragment that completes "this field …".
    pub detail: String,
}

impl InvalidEvent {
    /// Adds a problem.
    pub(crate) fn add(&mut self, field: &str, code: &'static str, detail: impl Into<String>) {
        self.problems.push(FieldProblem {
            field: field.to_owned(),
            code,
            detail: detail.into(),
        });
    }

    /// Removes the problems of fields that stay as they are: rules may have become stricter since those
    /// fields were stored.
    pub(crate) fn only_of(&mut self, changed: impl Fn(&str) -> bool) {
        self.problems
            .retain(|problem| changed(problem.field.trim_start_matches('/')));
    }

    /// Returns the value of a check, or adds its problems.
    pub(crate) fn take<T>(&mut self, checked: Result<T, Self>) -> Option<T> {
        checked
            .map_err(|invalid| self.problems.extend(invalid.problems))
            .ok()
    }

    /// Returns the problems, if there are any, in the order of the fields.
    pub(crate) fn into_result(mut self) -> Result<(), Self> {
        if self.problems.is_empty() {
            return Ok(());
        }
        let place = |problem: &FieldProblem| {
            let name = problem.field.split('/').nth(1).unwrap_or_default();
            ORDER.iter().position(|other| *other == name)
        };
        self.problems.sort_by_key(place);
        Err(self)
    }

    fn listed(&self) -> String {
        let one = |problem: &FieldProblem| format!("{} {}", problem.field, problem.detail);
        self.problems.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}
