//! The values and errors that a form shows.

use std::borrow::Cow;

use guestlist::{UserName, UserNameError, without_unseen};
use guestlist_axum::{Form, Problem};

use super::when_text::sentence;
use crate::metrics;

/// The values of a form's fields, and what is wrong with them.
#[derive(Clone, Default)]
pub(super) struct Filled {
    values: Vec<(String, String)>,
    /// All errors, in the order of the fields.
    pub(super) wrongs: Vec<Wrong>,
}

/// An error in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The name of the field.
    pub(super) field: Cow<'static, str>,
    /// What is wrong and what to do, as a sentence.
    pub(super) words: String,
    /// Advice for a new password.
    pub(super) advice: Vec<String>,
}

impl Filled {
    /// Keeps what was typed into these fields. Never name a password field here.
    pub(super) fn kept(form: &Form, fields: &[&str]) -> Self {
        let value = |name: &&str| {
            let value = form.get(name).unwrap_or_default();
            ((*name).to_owned(), value.to_owned())
        };
        Self {
            values: fields.iter().map(value).collect(),
            wrongs: Vec::new(),
        }
    }

    /// Returns the form with this value in this field.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.retain(|(other, _)| other != name);
        self.values.push((name.to_owned(), value.into()));
        self
    }

    /// Adds the errors of a problem to the form. An error about no particular field is added to
    /// `field`.
    ///
    /// # Errors
    ///
    /// The problem itself, if it is not about what was typed.
    pub(super) fn refused(
        mut self,
        problem: Problem,
        field: &'static str,
    ) -> Result<Self, Problem> {
        if problem.status().is_server_error() || is_of_the_session(&problem) {
            return Err(problem);
        }
        // Counted here, because the page that answers does not carry the limit.
        if let Some(limit) = problem.limit() {
            metrics::limit_reached(limit);
        }
        if problem.errors().is_empty() {
            self.wrongs
                .push(Wrong::new(field, &sentence(problem.detail())));
        }
        for error in problem.errors() {
            let name = error.pointer.split('/').nth(1).unwrap_or_default();
            self.wrongs.push(Wrong {
                field: name.to_owned().into(),
                words: sentence(&error.detail),
                advice: error.advice.iter().map(|words| sentence(words)).collect(),
            });
        }
        Ok(self)
    }

    /// Returns the value of the field.
    pub(super) fn value(&self, name: &str) -> &str {
        let value = self.values.iter().find(|(other, _)| other == name);
        value.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Whether the field has that value.
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }

    /// Returns the error in the field, if there is one.
    pub(super) fn wrong(&self, name: &str) -> Option<&Wrong> {
        self.wrongs.iter().find(|wrong| wrong.field == name)
    }

    /// Whether any field has an error.
    pub(super) fn is_wrong(&self) -> bool {
        !self.wrongs.is_empty()
    }
}

impl Wrong {
    /// Creates an error in that field.
    pub(super) fn new(field: &'static str, words: &str) -> Self {
        Self {
            field: field.into(),
            words: words.to_owned(),
            advice: Vec::new(),
        }
    }
}

/// Parses the field `name`. Returns `None` if it has no visible characters. Invisible characters
/// are removed, because a user could not remove them.
pub(super) fn typed_name(form: &Form) -> Result<Option<UserName>, UserNameError> {
    match UserName::parse(&without_unseen(form.get("name").unwrap_or_default())) {
        Err(UserNameError::Empty) => Ok(None),
        parsed => parsed.map(Some),
    }
}

/// Whether the problem is about the session. Typing the form again would not help.
fn is_of_the_session(problem: &Problem) -> bool {
    matches!(
        problem.code(),
        "not_authenticated" | "invalid_token" | "insufficient_scope" | "proof_required"
    )
}
