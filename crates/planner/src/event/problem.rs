//! What is wrong with an event somebody wants to keep: everything at once, each with its place.

/// The event breaks at least one rule; nothing was kept.
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

    /// Forgets what is wrong with fields that stay as they are: rules may have become stricter since they
    /// were stored.
    pub(crate) fn only_of(&mut self, changed: impl Fn(&str) -> bool) {
        self.problems
            .retain(|problem| changed(problem.field.trim_start_matches('/')));
    }

    /// The value if a check went well; its problems are noted otherwise.
    pub(crate) fn take<T>(&mut self, checked: Result<T, Self>) -> Option<T> {
        checked
            .map_err(|invalid| self.problems.extend(invalid.problems))
            .ok()
    }

    /// Well, if nothing was noted.
    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self)
        }
    }

    fn listed(&self) -> String {
        let one = |problem: &FieldProblem| format!("{} {}", problem.field, problem.detail);
        self.problems.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}
