//! What one place says about a setting.

use super::{origin::Origin, problem::Problem, setting::About};

/// A value as it was written, and where.
#[derive(Debug)]
pub(super) struct WrittenValue {
    pub(super) setting: &'static About,
    /// The text as the environment would spell it, or why the value cannot be spelled so.
    pub(super) text: Result<String, Problem>,
    pub(super) origin: Origin,
}
