//! The details of mistakes that more than one reader of bodies reports.

/// A member or field is missing.
pub(crate) const NEEDED: &str = "this is needed";
/// The detail of a mistake: the value is no string.
pub const EXPECTED_STRING: &str = "expected a string";
/// The detail of a mistake: the value is not a list.
pub const EXPECTED_LIST: &str = "expected a list";
/// The detail of a mistake: the value is not an object.
pub const EXPECTED_OBJECT: &str = "expected an object";
