//! What a stored string may make us compute. Above it a hash is refused at import, by the name of the
//! parameter, and never computed at sign-in: a hostile row cannot burn the server.

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
    Err(UnreadableHash::TooDear {
        format,
        parameter,
        limit,
    })
}

/// Whether a salt or an output has a length that makes sense.
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
