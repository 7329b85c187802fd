//! The contract of the book's event planner, row by row. Files mirror addresses.

mod event;
mod mistakes;
mod slashes;
mod user;
