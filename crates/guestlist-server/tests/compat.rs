//! The addresses of the FastAPI book's event planner, one file per address.

mod event;
mod mistakes;
mod slashes;
mod user;
