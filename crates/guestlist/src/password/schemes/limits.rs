//! Limits for the cost of stored hashes. A hash above a limit is refused at import with the name of
//! the parameter, and never computed at a sign-in: a hostile record cannot overload the server.

use std::ops::RangeInclusive;

use super::UnreadableHash;

pub(super) fn at_most(
    format: &'static str,
    parameter: &'static str,
    value: u32,
    limit: u32,
) -> Result<(), UnreadableHash> {
    if value <= limit {
        return Ok(());
    }
    Err(UnreadableHash::TooExpensive {
        format,
        parameter,
        limit,
    })
}

/// Checks that a salt or an output has a plausible length.
pub(super) fn sized(
    format: &'static str,
    what: &'static str,
    bytes: &[u8],
    lengths: RangeInclusive<usize>,
) -> Result<(), UnreadableHash> {
    if lengths.contains(&bytes.len()) {
        return Ok(());
    }
    if bytes.is_empty() && what == "salt" {
        return Err(UnreadableHash::Unsalted(format));
    }
    Err(UnreadableHash::Length { format, what })
}
