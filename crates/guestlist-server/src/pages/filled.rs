//! A form as it is shown: with what was typed before, and with what is wrong.

use std::borrow::Cow;

use guestlist::{UserName, UserNameError, without_unseen};
use guestlist_axum::{Form, Problem};

use super::said::capitalised;
use crate::metrics;

/// What stands in the fields of a form, and what is wrong there.
#[derive(Clone, Default)]
pub(super) struct Filled {
    values: Vec<(String, String)>,
    /// All that is wrong, in the order of the fields.
    pub(super) wrongs: Vec<Wrong>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Its name.
    pub(super) field: Cow<'static, str>,
    /// What is wrong and what to do, in a sentence.
    pub(super) words: String,
    /// More of it, for a password.
    pub(super) advice: Vec<String>,
}

impl Filled {
    /// What was typed into those fields. Never name one of a password.
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

    /// The same with that value in that field.
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.retain(|(other, _)| other != name);
        self.values.push((name.to_owned(), value.into()));
        self
    }

    /// The same with what a refusal says, or the refusal itself where it is not about what was typed.
    /// What it says of no field is wrong with that one.
    pub(super) fn refused(
        mut self,
        problem: Problem,
        field: &'static str,
    ) -> Result<Self, Problem> {
        if problem.status().is_server_error() || is_of_the_session(&problem) {
            return Err(problem);
        }
        // The answer is a page, which no longer names the limit.
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

    /// What stands in the field.
    pub(super) fn value(&self, name: &str) -> &str {
        let value = self.values.iter().find(|(other, _)| other == name);
        value.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Whether that is what was chosen.
    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }

    /// What is wrong with the field.
    pub(super) fn wrong(&self, name: &str) -> Option<&Wrong> {
        self.wrongs.iter().find(|wrong| wrong.field == name)
    }

    /// Whether anything is.
    pub(super) fn is_wrong(&self) -> bool {
        !self.wrongs.is_empty()
    }
}

impl Wrong {
    /// That this is wrong with that field.
    pub(super) fn new(field: &'static str, words: &str) -> Self {
        Self {
            field: field.into(),
            words: words.to_owned(),
            advice: Vec::new(),
        }
    }
}

/// The name in the field `name`, or none where nothing that can be seen was typed. What nobody can see, and
/// so nobody could take out again, is left out.
pub(super) fn typed_name(form: &Form) -> Result<Option<UserName>, UserNameError> {
    match UserName::parse(&without_unseen(form.get("name").unwrap_or_default())) {
        Err(UserNameError::Empty) => Ok(None),
        parsed => parsed.map(Some),
    }
}

/// Whoever may not do this at all is not helped by a form.
fn is_of_the_session(problem: &Problem) -> bool {
    matches!(
        problem.code(),
        "not_authenticated" | "invalid_token" | "insufficient_scope" | "proof_required"
    )
}

/// A fragment as a sentence.
fn sentence(fragment: &str) -> String {
    format!("{}.", capitalised(fragment))
}
