//! Behaviour of FastAPI on which its clients rely, for addresses that replace those of a FastAPI
//! application.

mod form;
mod slash;

pub use form::FormOrEmpty;
pub use slash::to_other_slash;
