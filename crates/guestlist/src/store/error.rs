//! Why a store operation has no outcome.

use std::{error::Error, fmt};

/// A store operation failed. After a failure, no request is authenticated.
#[derive(Debug)]
pub enum StoreError {
    /// The operation was not done.
    Failed(Box<dyn Error + Send + Sync>),
    /// The operation may or may not have been done: the answer got lost after the request was sent.
    Unknown(Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// An operation that was not done, and why.
    pub fn failed(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(why.into())
    }

    /// An operation that may have been done, and why that is not known.
    pub fn unknown(why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unknown(why.into())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(_) => f.write_str("the store failed"),
            Self::Unknown(_) => f.write_str("the store's answer got lost"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(why) | Self::Unknown(why) => Some(why.as_ref()),
        }
    }
}
