//! What a user typed into a form, kept until the form is taken: never a password or a code.

use guestlist::UserId;
use guestlist_axum::{Form, cut};
use serde::{Deserialize, Serialize};

use super::{labels::label, when_text::capitalised};

/// The field of a code of the second factor or of a mail.
const CODE: &str = "code";
/// The largest draft, in bytes. Sealed and inside a form it stays below the size limit of forms.
const MOST_DRAFT: usize = 96 * 1024;
/// The fields of forms that people do not type.
const OURS: [&str; 13] = [
    "change",
    "csrf_token",
    "draft",
    "id",
    "instead",
    "invitation",
    "key",
    "next",
    "owner",
    "shown",
    "start_again",
    "username",
    "version",
];

/// The fields of a form as they were sent, without passwords and without the form token.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Typed {
    fields: Vec<(String, String)>,
    #[serde(skip)]
    had_password: bool,
    #[serde(skip)]
    had_code: bool,
    /// What is missing of the form, if its end did not arrive or was not read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<Cut>,
}

/// What is known of the missing end of a form.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Cut {
    /// The label of the field that ends too early, if its beginning is shown.
    pub(super) field: Option<String>,
}

/// What is sealed until the user has signed in: the page of the form, and its fields.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Draft {
    pub(super) page: String,
    pub(super) typed: Typed,
    /// Whether it was opened for its user after a sign-in. Only such a draft may be part of an
    /// address: every user can have another draft sealed for a user, and lead the user to it by a
    /// link.
    #[serde(default)]
    pub(super) is_opened: bool,
}

impl Cut {
    /// Says which field ends too early, and that the rest is missing. Begins with a space.
    pub(super) fn words(&self) -> String {
        let field = self.field.as_ref();
        let field = field.map(|field| format!(" “{field}” ends too early."));
        format!(
            "{} What you entered after it is missing. Your browser may still have everything: go back to see it.",
            field.unwrap_or_default()
        )
    }
}

impl Typed {
    /// Takes the fields of a form. Browsers send line breaks as CRLF (HTML, section 4.10.21.4);
    /// they become LF.
    pub(super) fn of(form: &Form) -> Self {
        let is_password = |name: &str| name.contains("password");
        let is_secret = |name: &str| is_password(name) || name == CODE;
        let mut typed = form.fields().filter(|(_, value)| !value.is_empty());
        let had_code = form.get(CODE).is_some_and(|code| !code.is_empty());
        let had_password = typed.any(|(name, _)| is_password(name));
        let fields = form
            .fields()
            .filter(|(name, _)| !is_secret(name) && *name != "csrf_token")
            .map(|(name, value)| (name.to_owned(), value.replace("\r\n", "\n")))
            .collect();
        Self {
            fields,
            had_password,
            had_code,
            cut: None,
        }
    }

    /// Creates the form of a sign-in that leads to this page of ours.
    pub(super) fn leading_to(next: &str) -> Self {
        Self {
            fields: vec![("next".to_owned(), next.to_owned())],
            ..Self::default()
        }
    }

    /// Creates a form of which only the missing end is known.
    pub(super) fn unseen(cut: Option<Cut>) -> Self {
        Self {
            cut,
            ..Self::default()
        }
    }

    /// What is missing of the form. `None` if the whole form arrived.
    pub(super) fn cut(&self) -> Option<&Cut> {
        self.cut.as_ref()
    }

    /// Says what the user has to type again, because it is not kept. Begins with a space; empty if
    /// everything is kept.
    pub(super) fn words_on_secrets(&self) -> &'static str {
        match (self.had_password, self.had_code) {
            (true, true) => " Type the password and the code again.",
            (true, false) => " Type the password again.",
            (false, true) => " Enter the code again.",
            (false, false) => "",
        }
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.fields.iter();
        fields.map(|(name, value)| (&**name, &**value))
    }

    /// Returns the value of that field, also an empty one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let field = self.fields().find(|(other, _)| *other == name);
        field.map(|(_, value)| value)
    }

    /// Returns the user whose page the form was on.
    pub(super) fn owner(&self) -> Option<UserId> {
        self.get("owner")?.parse().ok()
    }

    /// Returns what the user typed or chose, each with the label of the field.
    pub(super) fn by_hand(&self) -> Vec<(String, String)> {
        let fields = self.fields();
        let by_hand = fields.filter(|(name, value)| !value.is_empty() && !OURS.contains(name));
        by_hand
            .map(|(name, value)| (label_of(name), value.to_owned()))
            .collect()
    }

    /// Marks the form as one without its end. `name` is the name of the field whose end is missing.
    /// Removes that field if no user types its values: half of such a value is useless.
    #[must_use]
    pub(super) fn without_end(mut self, name: Option<&str>) -> Self {
        if let Some(name) = name.filter(|name| OURS.contains(name)) {
            self.fields.retain(|(other, _)| other != name);
        }
        let has_beginning = |name: &&str| self.get(name).is_some_and(|value| !value.is_empty());
        let field = name.filter(has_beginning).map(label_of);
        self.cut = Some(Cut { field });
        self
    }

    /// Encodes the draft that is sealed for its user. `None` if the draft is too long.
    pub(super) fn draft(self, page: &str) -> Option<Vec<u8>> {
        let draft = Draft {
            page: page.to_owned(),
            typed: self,
            is_opened: false,
        };
        let text = serde_json::to_vec(&draft).ok()?;
        (text.len() <= MOST_DRAFT).then_some(text)
    }
}

/// Returns the label of a field by its name. No page has a field of an unknown name: the name
/// itself stands for it.
fn label_of(name: &str) -> String {
    match label(name) {
        Some(label) => label.to_owned(),
        None => capitalised(&cut(name).replace('_', " ")),
    }
}

impl Draft {
    /// Parses an opened draft.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// Encodes the draft, after it was opened, to be sealed for the same user.
    pub(super) fn opened(&mut self) -> Option<Vec<u8>> {
        self.is_opened = true;
        serde_json::to_vec(self).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(form: &str) -> Typed {
        Typed::of(&Form::parse(form.as_bytes()).expect("is a form"))
    }

    #[test]
    fn passwords_and_the_token_are_not_kept() {
        let typed =
            typed("csrf_token=x&email=a&password=b&current_password=c&new_password=d&name=");
        let fields: Vec<_> = typed.fields().collect();
        assert_eq!(fields, [("email", "a"), ("name", "")]);
        assert_eq!(typed.words_on_secrets(), " Type the password again.");
    }

    #[test]
    fn what_is_not_kept_is_named() {
        for (form, words) in [
            ("code=123456", " Enter the code again."),
            ("password=a&code=", " Type the password again."),
            (
                "password=a&code=1",
                " Type the password and the code again.",
            ),
            ("password=&code=&name=a", ""),
        ] {
            assert_eq!(typed(form).words_on_secrets(), words, "{form}");
        }
    }

    #[test]
    fn the_beginning_of_a_field_is_kept_if_the_user_typed_it() {
        for (form, name, label, kept) in [
            (
                "title=Tea&description=One",
                "description",
                Some("Description"),
                Some("One"),
            ),
            (
                "online_url=ht",
                "online_url",
                Some("Online address"),
                Some("ht"),
            ),
            ("x_y=1", "x_y", Some("X y"), Some("1")),
            ("title=Tea&description=", "description", None, Some("")),
            ("title=Tea&owner=0190", "owner", None, None),
            ("title=Tea&new_password=secr", "new_password", None, None),
        ] {
            let typed = typed(form).without_end(Some(name));
            let cut = typed.cut().expect("is marked");
            assert_eq!(cut.field.as_deref(), label, "{form}");
            assert_eq!(typed.get(name), kept, "{form}");
            let title = form.contains("title").then_some("Tea");
            assert_eq!(typed.get("title"), title, "{form}");
        }
    }

    #[test]
    fn a_draft_is_restored_unchanged_and_a_long_one_is_refused() {
        let form = "title=Tea&description=a%0D%0Ab&key=k";
        let text = typed(form).draft("/events/new").expect("fits");
        let draft = Draft::read(&text).expect("is one");
        assert_eq!(draft.page, "/events/new");
        assert_eq!(draft.typed.get("description"), Some("a\nb"));
        let by_hand = draft.typed.by_hand();
        assert_eq!(by_hand[0], ("Name".to_owned(), "Tea".to_owned()));
        assert_eq!(by_hand.len(), 2, "{by_hand:?}");
        assert_eq!(draft.typed.cut(), None);
        let cut = typed(form).without_end(Some("description"));
        let text = cut.draft("/events/new").expect("fits");
        let draft = Draft::read(&text).expect("is one");
        let field = Some("Description".to_owned());
        assert_eq!(draft.typed.cut(), Some(&Cut { field }));
        let long = format!("title={}", "x".repeat(MOST_DRAFT));
        assert_eq!(typed(&long).draft("/events/new"), None);
    }
}
