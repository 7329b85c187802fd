//! What a setting is: its names, its default, the form of its values, and its purpose.

use super::{problem::Problem, shell_syntax};

/// A setting. `T` is the type of its value. `settings.rs` and `limits.rs` declare each one.
#[derive(Debug)]
pub(super) struct Setting<T> {
    pub(super) about: About,
    pub(super) parse: fn(&str) -> Result<T, Problem>,
    pub(super) show: fn(&T) -> String,
}

/// All of a setting that does not depend on the type of its value.
#[derive(Debug)]
pub struct About {
    /// `section.key`, as in `guestlist.toml`. Sections may be nested.
    pub name: &'static str,
    /// A second name in the environment and in `.env`: the one that the FastAPI book uses.
    pub alias: Option<&'static str>,
    /// The command-line flag, if there is one.
    pub flag: Option<&'static str>,
    /// The value if no place names the setting.
    pub default: DefaultValue,
    /// Its type in the file.
    pub kind: Kind,
    /// The form of a valid value; completes "give …".
    pub form: &'static str,
    /// Its purpose, in sentences, as Markdown in `docs/`.
    pub doc: &'static str,
    /// Whether no message may quote its value.
    pub secret: bool,
}

/// The value of a setting that no place names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultValue {
    /// This value, as the environment would spell it.
    Text(&'static str),
    /// No value, or one that depends on other settings or on the machine. The words describe it.
    Words(&'static str),
}

/// The type of a setting in the file. In the environment every value is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A whole number.
    Whole,
    /// A number, with or without a fraction.
    Decimal,
    /// True or false.
    Boolean,
    /// A list of strings; separated by commas in the environment.
    List,
}

/// The form of a value. Several settings may share it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form<T> {
    pub(super) kind: Kind,
    /// Completes "give …".
    pub(super) words: &'static str,
    pub(super) secret: bool,
    /// Reads a value as the environment spells it.
    pub(super) parse: fn(&str) -> Result<T, Problem>,
    /// Shows a value, masked if it is secret; returns an empty text if there is no value.
    pub(super) show: fn(&T) -> String,
}

/// The prefix of all our variables.
pub(super) const PREFIX: &str = "GUESTLIST_";

impl About {
    /// Returns its name in the environment: `GUESTLIST_SECTION__KEY`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('.', "__").to_uppercase())
    }

    /// Returns its section and its key.
    pub(super) fn section_and_key(&self) -> (&'static str, &'static str) {
        self.name.rsplit_once('.').unwrap_or(("", self.name))
    }
}

impl DefaultValue {
    /// Returns the text or the words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text(text) | Self::Words(text) => text,
        }
    }
}

impl<T> Setting<T> {
    /// Reads a value as the environment spells it.
    pub(super) fn read(&self, text: &str) -> Result<T, Problem> {
        if !self.about.secret {
            shell_syntax::refuse(text)?;
        }
        (self.parse)(text)
    }

    /// Shows a value, or describes the default if there is no value.
    pub(super) fn shown(&self, value: &T) -> String {
        match ((self.show)(value), self.about.default) {
            (text, DefaultValue::Words(words)) if text.is_empty() => words.replace('`', ""),
            (text, _) => text,
        }
    }
}
