//! The parts of a value: list items, object members, enum variants.

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
        Visitor,
    },
};

use super::{
    fault::Fault,
    reader::{Known, Place, Reader},
    tree::Tree,
};
use crate::body::details::NEEDED;

/// The items of a list.
pub(super) struct Items<'a, 'de> {
    pub(super) list: &'a Reader<'a, 'de>,
    pub(super) items: &'a [Tree<'de>],
    pub(super) next: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.items.get(self.next) else {
            return Ok(None);
        };
        let reader = Reader {
            tree: Some(item),
            place: Place::Item(&self.list.place, self.next),
            run: self.list.run,
        };
        self.next += 1;
        let read = seed.deserialize(reader);
        read.map(Some).map_err(|fault| reader.placed(fault))
    }

    fn size_hint(&self) -> Option<usize> {
        self.items.len().checked_sub(self.next)
    }
}

/// The members of an object.
pub(super) struct Members<'a, 'de> {
    object: &'a Reader<'a, 'de>,
    /// The members to read, last one first.
    left: Vec<Member<'a, 'de>>,
    current: Option<Member<'a, 'de>>,
}

#[derive(Clone, Copy)]
struct Member<'a, 'de> {
    name: &'a str,
    state: State<'a, 'de>,
}

#[derive(Clone, Copy)]
enum State<'a, 'de> {
    Sent(&'a Tree<'de>),
    /// The name occurs more than once; only the first value is read.
    Repeated(&'a Tree<'de>),
    /// The type requires the member and it was not sent, or the whole object is made up.
    MadeUp,
    /// The type refused its value.
    Refused,
    /// The type does not know the member.
    Unknown,
}

impl<'a, 'de> Members<'a, 'de> {
    /// Orders the members of `sent`: first those in `names`, in that order, then the others.
    /// Without `sent` the object is made up.
    pub(super) fn of(
        object: &'a Reader<'a, 'de>,
        sent: Option<&'a [(String, Tree<'de>)]>,
        names: &'static [&'static str],
    ) -> Self {
        let is_strict = object.known() == Some(Known::Strict);
        let all = sent.unwrap_or_default();
        let named = names.iter().filter_map(|name| {
            let mut values = all.iter().filter(|(sent, _)| sent == name);
            let known = object.member(name, None).known();
            let state = match (values.next(), values.next(), known) {
                (Some(_), _, Some(Known::Refused(_))) => State::Refused,
                (Some((_, value)), None, _) => State::Sent(value),
                (Some((_, value)), Some(_), _) => State::Repeated(value),
                (None, _, Some(Known::Missing)) => State::MadeUp,
                (None, _, _) => return None,
            };
            Some(Member { name, state })
        });
        let others = all
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()));
        let others = others.map(|(name, value)| Member {
            name,
            state: if is_strict {
                State::Unknown
            } else {
                State::Sent(value)
            },
        });
        let mut left: Vec<_> = named.chain(others).collect();
        left.reverse();
        Self {
            object,
            left,
            current: None,
        }
    }

    /// Notes what is wrong with a member. Returns whether the type still reads the member.
    fn judge(&self, member: Member<'a, 'de>) -> bool {
        let reader = self.object.member(member.name, None);
        match member.state {
            State::Sent(_) => true,
            State::Repeated(_) => {
                reader.note("duplicate", "this may be there once");
                true
            }
            State::MadeUp => {
                // If the object itself is made up, its own mistake is already noted.
                if matches!(self.object.tree, Some(Tree::Object(_))) {
                    reader.note("required", NEEDED);
                }
                true
            }
            State::Refused => {
                if let Some(Known::Refused(words)) = reader.known() {
                    reader.note("type", &words);
                }
                false
            }
            State::Unknown => {
                reader.note("unknown", "there is no such member here");
                false
            }
        }
    }
}

impl<'a, 'de> Reader<'a, 'de> {
    fn member<'b>(&'b self, name: &'b str, tree: Option<&'b Tree<'de>>) -> Reader<'b, 'de> {
        Reader {
            tree,
            place: Place::Member(&self.place, name),
            run: self.run,
        }
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        while let Some(member) = self.left.pop() {
            if self.judge(member) {
                self.current = Some(member);
                let name: serde::de::value::StrDeserializer<'_, Fault> =
                    member.name.into_deserializer();
                let key = seed.deserialize(name);
                return key.map(Some).map_err(|fault| self.object.placed(fault));
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some(member) = self.current.take() else {
            return Err(Fault::custom("expected a member"));
        };
        let tree = match member.state {
            State::Sent(value) | State::Repeated(value) => Some(value),
            State::MadeUp | State::Refused | State::Unknown => None,
        };
        let reader = self.object.member(member.name, tree);
        let read = seed.deserialize(reader);
        read.map_err(|fault| reader.placed(fault))
    }
}

/// An enum variant as serde writes it: its name, or an object with the name and its content.
pub(super) struct Variant<'a, 'de> {
    pub(super) name: &'a str,
    pub(super) value: Option<Reader<'a, 'de>>,
}

impl<'a, 'de> serde::de::EnumAccess<'de> for Variant<'a, 'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name: serde::de::value::StrDeserializer<'_, Fault> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'a, 'de> Variant<'a, 'de> {
    fn held(self) -> Result<Reader<'a, 'de>, Fault> {
        let nothing = || Fault::invalid_type(Unexpected::UnitVariant, &"an object");
        self.value.ok_or_else(nothing)
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.value {
            None => Ok(()),
            Some(value) => serde::Deserialize::deserialize(value),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.held()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, many: usize, visitor: V) -> Result<V::Value, Fault> {
        self.held()?.deserialize_tuple(many, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.held()?.deserialize_struct("", names, visitor)
    }
}
