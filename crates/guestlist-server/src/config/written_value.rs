//! What one place says about a setting.

use super::{origin::Origin, problem::Problem, setting::About};

/// A value as it was written, and the place where it was written.
#[derive(Debug)]
pub(super) struct WrittenValue {
    pub(super) setting: &'static About,
    /// The value as text, as an environment variable would contain it. An error if the value
    /// is not UTF-8, or has another type than its setting.
    pub(super) text: Result<String, Problem>,
    pub(super) origin: Origin,
}
