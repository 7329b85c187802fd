//! The application from outside: every address through its router, and once the real binary.

mod api;
mod book;
mod stores;
mod test_app;
