//! The application from outside: every address through its router, and once the real binary.

mod api;
mod attacks;
mod backup;
mod binary;
mod book;
mod client;
#[path = "../../guestlist-postgres/tests/cluster.rs"]
mod cluster;
mod compression;
mod copy;
mod crash;
mod doctor;
mod faults;
mod guide;
mod keys;
mod looking;
mod moving_in;
mod nodes;
mod openapi;
mod operators;
mod pages;
mod passwords;
mod paths;
mod place;
mod secret_key;
mod sessions;
mod stores;
mod test_app;
mod tokens;
mod users;
