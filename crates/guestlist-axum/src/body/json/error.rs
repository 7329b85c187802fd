//! The error of a JSON body.

use crate::{FieldError, body::BodyError};

/// Why a body is not the expected JSON.
#[derive(Debug)]
pub enum JsonError {
    /// The body could not be read.
    Body(BodyError),
    /// The request has no body.
    Missing,
    /// The body is not JSON (RFC 8259).
    Syntax {
        /// The line of the first error, counted from 1.
        line: usize,
        /// The position in that line, in bytes.
        column: usize,
    },
    /// The body is JSON, with these mistakes.
    Data(Vec<FieldError>),
}
