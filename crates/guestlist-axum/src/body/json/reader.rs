//! One value that is read from a [`Tree`], with its place and its mistakes. serde's own
//! deserializers stop at the first mistake.
//!
//! If a value has the wrong type, the reader notes the mistake, makes up a value of the right type,
//! and goes on. A missing member is known only after the struct was read; then the tree is read
//! again, and that member is made up. A made-up value never leaves this folder without the
//! mistakes.

use std::{any::type_name, borrow::Cow, cell::RefCell};

use serde::de::Expected;

use super::{fault::Fault, tree::Tree};
use crate::{
    FieldError,
    body::details::{EXPECTED_LIST, EXPECTED_OBJECT},
};

/// The most mistakes that are collected.
const MOST_MISTAKES: usize = 100;
/// A longer name of a member is cut in a pointer: a client can send one as long as the whole body.
const MOST_NAME: usize = 64;

/// The state of one reading.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// What earlier readings of the same tree found out, by JSON pointer.
    pub(super) known: Vec<(String, Known)>,
    /// The names of the members of the whole body.
    pub(super) names: &'static [&'static str],
    /// In the order of the type's members.
    pub(super) mistakes: Vec<FieldError>,
}

/// What ended a reading; the next reading takes it into account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// A required member is missing: it is made up.
    Missing,
    /// The object may hold only the members that its type names.
    Strict,
    /// The type refused the value for this reason: the value is left out.
    Refused(String),
}

/// One value and its place in the body.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a, 'de> {
    /// `None` if the value is made up.
    pub(super) tree: Option<&'a Tree<'de>>,
    pub(super) place: Place<'a>,
    pub(super) run: &'a RefCell<Run>,
}

/// The place of a value. It becomes a JSON pointer only if there is a mistake.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Top,
    Member(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl Place<'_> {
    /// Returns the place as a JSON pointer (RFC 6901).
    fn pointer(&self) -> String {
        match self {
            Self::Top => String::new(),
            Self::Member(parent, name) => {
                let name = cut(name).replace('~', "~0").replace('/', "~1");
                format!("{}/{name}", parent.pointer())
            }
            Self::Item(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

/// The name, or its first characters and an ellipsis if it is long. For an answer that repeats what
/// a client sent.
pub fn cut(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(MOST_NAME) {
        None => Cow::Borrowed(name),
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
    }
}

impl Run {
    pub(super) fn is_full(&self) -> bool {
        self.mistakes.len() >= MOST_MISTAKES
    }

    pub(super) fn note(&mut self, mistake: FieldError) {
        if !self.is_full() {
            self.mistakes.push(mistake);
        }
    }
}

impl<'a, 'de> Reader<'a, 'de> {
    pub(super) fn new(tree: &'a Tree<'de>, run: &'a RefCell<Run>) -> Self {
        Self {
            tree: Some(tree),
            place: Place::Top,
            run,
        }
    }

    pub(super) fn note(&self, code: &'static str, detail: &str) {
        let mut run = self.run.borrow_mut();
        // The text is only made if the list has room: a body may hold thousands of mistakes.
        if !run.is_full() {
            run.note(FieldError::new(self.place.pointer(), code, detail));
        }
    }

    /// Returns what an earlier reading found out about this position.
    pub(super) fn known(&self) -> Option<Known> {
        let run = self.run.borrow();
        if run.known.is_empty() {
            return None;
        }
        let pointer = self.place.pointer();
        let mut known = run.known.iter();
        known
            .find(|(other, _)| *other == pointer)
            .map(|(_, known)| known.clone())
    }

    /// Returns the result of `read`, or notes a mistake and returns `made_up`.
    pub(super) fn read<T>(
        &self,
        expected: &str,
        made_up: T,
        read: impl FnOnce(&'a Tree<'de>) -> Option<T>,
    ) -> T {
        let Some(tree) = self.tree else {
            return made_up;
        };
        read(tree).unwrap_or_else(|| {
            self.note("type", expected);
            made_up
        })
    }

    /// Reads a whole number. If the visitor expects more than any number of the type, a mistake has
    /// the words of the visitor.
    pub(super) fn integer<T>(&self, visitor: &dyn Expected, expected: &str) -> T
    where
        T: TryFrom<u64> + TryFrom<i64> + Default,
    {
        let read = match self.tree {
            None => return T::default(),
            Some(Tree::Unsigned(number)) => T::try_from(*number).ok(),
            Some(Tree::Signed(number)) => T::try_from(*number).ok(),
            Some(_) => None,
        };
        read.unwrap_or_else(|| {
            let own = visitor.to_string();
            if own == type_name::<T>() {
                self.note("type", expected);
            } else {
                self.note("type", &format!("expected {own}"));
            }
            T::default()
        })
    }

    pub(super) fn text(&self, expected: &str) -> &'a str {
        self.read(expected, "", |tree| match tree {
            Tree::Text(text) => Some(&**text),
            _ => None,
        })
    }

    pub(super) fn list(&self) -> &'a [Tree<'de>] {
        self.read(EXPECTED_LIST, &[], |tree| match tree {
            Tree::List(items) => Some(items),
            _ => None,
        })
    }

    /// Returns the members, or `None` if the value is made up.
    pub(super) fn object(&self) -> Option<&'a [(String, Tree<'de>)]> {
        self.read(EXPECTED_OBJECT, None, |tree| match tree {
            Tree::Object(members) => Some(Some(members.as_slice())),
            _ => None,
        })
    }

    pub(super) fn placed(&self, fault: Fault) -> Fault {
        fault.at(|| self.place.pointer())
    }
}
