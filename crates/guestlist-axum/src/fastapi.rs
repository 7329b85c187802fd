//! What FastAPI does and other servers do not do, for addresses whose clients were written for
//! FastAPI.

mod form;
mod slash;

pub use form::FormOrEmpty;
pub use slash::to_other_slash;
