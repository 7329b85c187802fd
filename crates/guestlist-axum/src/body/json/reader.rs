//! Reads a [`Tree`] as a Rust type and finds all mistakes. serde's own deserializers stop at the
//! first one.
//!
//! If a value has the wrong type, the reader notes the mistake, makes up a value of the right type,
//! and goes on. A missing member is known only after the struct was read; then the tree is read
//! again, and that member is made up. A made-up value never leaves this folder without the
//! mistakes.

use std::{any::type_name, borrow::Cow, cell::RefCell};

use serde::{
    Deserializer,
    de::{Expected, Visitor},
    forward_to_deserialize_any,
};

use super::{
    EXPECTED_LIST, EXPECTED_OBJECT, EXPECTED_STRING,
    fault::Fault,
    parts::{Items, Members, Variant},
    tree::Tree,
};
use crate::FieldError;

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

/// The name, or its first characters and an ellipsis if it is long. For an answer that repeats what a client
/// sent.
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
    fn read<T>(
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

    /// Reads a whole number. If the visitor expects more than any number of the type, a mistake has the words
    /// of the visitor.
    fn integer<T>(&self, visitor: &dyn Expected, expected: &str) -> T
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

    fn text(&self, expected: &str) -> &'a str {
        self.read(expected, "", |tree| match tree {
            Tree::Text(text) => Some(&**text),
            _ => None,
        })
    }

    fn list(&self) -> &'a [Tree<'de>] {
        self.read(EXPECTED_LIST, &[], |tree| match tree {
            Tree::List(items) => Some(items),
            _ => None,
        })
    }

    /// Returns the members, or `None` if the value is made up.
    fn object(&self) -> Option<&'a [(String, Tree<'de>)]> {
        self.read(EXPECTED_OBJECT, None, |tree| match tree {
            Tree::Object(members) => Some(Some(members.as_slice())),
            _ => None,
        })
    }

    pub(super) fn placed(&self, fault: Fault) -> Fault {
        fault.at(|| self.place.pointer())
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty, $expected:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = self.integer::<$type>(&visitor, $expected);
            visitor.$visit(number)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = Fault;

    integers! {
        deserialize_u8 visit_u8 u8, "expected a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "expected a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "expected a whole number from 0 to 4294967295";
        deserialize_u64 visit_u64 u64, "expected a whole number that is not negative";
        deserialize_i8 visit_i8 i8, "expected a whole number from -128 to 127";
        deserialize_i16 visit_i16 i16, "expected a whole number from -32768 to 32767";
        deserialize_i32 visit_i32 i32, "expected a whole number from -2147483648 to 2147483647";
        deserialize_i64 visit_i64 i64, "expected a whole number";
    }

    forward_to_deserialize_any! { u128 i128 bytes byte_buf }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = match self.tree {
            None | Some(Tree::Null) => visitor.visit_unit(),
            Some(Tree::Bool(value)) => visitor.visit_bool(*value),
            Some(Tree::Unsigned(number)) => visitor.visit_u64(*number),
            Some(Tree::Signed(number)) => visitor.visit_i64(*number),
            Some(Tree::Float(number)) => visitor.visit_f64(*number),
            Some(Tree::Text(text)) => visitor.visit_str(text),
            Some(Tree::List(_)) => return self.deserialize_seq(visitor),
            Some(Tree::Object(_)) => return self.deserialize_map(visitor),
        };
        read.map_err(|fault| self.placed(fault))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(
            self.read("expected true or false", false, |tree| match tree {
                Tree::Bool(value) => Some(*value),
                _ => None,
            }),
        )
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = match self.tree {
            Some(Tree::Float(number)) => visitor.visit_f64(*number),
            Some(Tree::Unsigned(number)) => visitor.visit_u64(*number),
            Some(Tree::Signed(number)) => visitor.visit_i64(*number),
            _ => visitor.visit_f64(self.read("expected a number", 0.0, |_| None)),
        };
        read.map_err(|fault| self.placed(fault))
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_char(self.read("expected a character", ' ', |tree| match tree {
            Tree::Text(text) => {
                let mut characters = text.chars();
                characters.next().filter(|_| characters.as_str().is_empty())
            }
            _ => None,
        }))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = visitor.visit_str(self.text(EXPECTED_STRING));
        read.map_err(|fault| self.placed(fault))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.tree {
            None | Some(Tree::Null) => visitor.visit_none(),
            Some(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.read("expected null", (), |tree| {
            matches!(tree, Tree::Null).then_some(())
        });
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let read = visitor.visit_newtype_struct(self);
        read.map_err(|fault| self.placed(fault))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let items = Items {
            list: &self,
            next: 0,
            items: self.list(),
        };
        let read = visitor.visit_seq(items);
        read.map_err(|fault| self.placed(fault))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.read_members(&[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if matches!(self.place, Place::Top) {
            self.run.borrow_mut().names = names;
        }
        self.read_members(names, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let variant = match self.tree {
            Some(Tree::Text(name)) => Variant { name, value: None },
            Some(Tree::Object(members)) if members.len() == 1 => Variant {
                name: &members[0].0,
                value: Some(Reader {
                    tree: Some(&members[0].1),
                    place: Place::Member(&self.place, &members[0].0),
                    run: self.run,
                }),
            },
            _ => {
                self.text(EXPECTED_STRING);
                Variant {
                    name: names.first().copied().unwrap_or_default(),
                    value: Some(Reader { tree: None, ..self }),
                }
            }
        };
        let read = visitor.visit_enum(variant);
        read.map_err(|fault| self.placed(fault))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

impl<'de> Reader<'_, 'de> {
    /// Reads an object: first the members with these names in their order, then the others.
    fn read_members<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let members = Members::of(&self, self.object(), names);
        let read = visitor.visit_map(members);
        read.map_err(|fault| self.placed(fault))
    }
}
