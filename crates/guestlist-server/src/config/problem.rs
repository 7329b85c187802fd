//! What is wrong with a value, and the fix.

/// What is wrong with a value. The text completes "setting `server.listen` …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    found: String,
    /// The fix, if the form of the setting does not suit what was found. Empty if `found` contains
    /// it.
    fix: Option<String>,
}

impl Problem {
    /// A problem that comes with its own fix.
    pub(super) fn with_fix(found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            fix: Some(fix.into()),
        }
    }

    /// A problem whose words contain the fix.
    pub(super) fn of_words(words: impl Into<String>) -> Self {
        Self {
            found: words.into(),
            fix: Some(String::new()),
        }
    }

    /// The whole sentence. `form` says what a good value of the setting looks like.
    pub(super) fn told(&self, form: &str) -> String {
        match &self.fix {
            Some(fix) if fix.is_empty() => self.found.clone(),
            Some(fix) => format!("{}; {fix}", self.found),
            None => format!("{}; give {form}", self.found),
        }
    }
}

impl From<String> for Problem {
    fn from(found: String) -> Self {
        Self { found, fix: None }
    }
}

impl From<&str> for Problem {
    fn from(found: &str) -> Self {
        found.to_owned().into()
    }
}
