//! What FastAPI does and other servers do not, for addresses whose clients were written for it.

mod form;
mod slash;

pub use form::FormOrEmpty;
pub use slash::to_other_slash;
