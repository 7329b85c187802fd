//! serde's view of a [`Reader`]: reads the value as a Rust type.

use serde::{Deserializer, de::Visitor, forward_to_deserialize_any};

use super::{
    fault::Fault,
    parts::{Items, Members, Variant},
    reader::{Place, Reader},
    tree::Tree,
};
use crate::body::details::EXPECTED_STRING;

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
