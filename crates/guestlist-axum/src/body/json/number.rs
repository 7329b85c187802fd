//! Numbers of which only a range is allowed.

use std::fmt;

use serde::{
    Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// Reads a whole number from 0 to 4,294,967,295. `expected` names the range that a later check
/// allows, such as `a whole number from 1 to 100,000`: the mistake of a value that is no such
/// number names that range, too.
pub fn whole_number<'de, D: Deserializer<'de>>(
    value: D,
    expected: impl fmt::Display,
) -> Result<u32, D::Error> {
    value.deserialize_u32(WholeNumber(expected))
}

struct WholeNumber<D>(D);

impl<D: fmt::Display> Visitor<'_> for WholeNumber<D> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
        u32::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u32, E> {
        u32::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }
}
