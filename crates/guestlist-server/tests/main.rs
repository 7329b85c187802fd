//! Tests of the application from outside: every address through its router, and some through the
//! real binary.

mod api;
mod attacks;
mod backup;
mod binary;
mod client;
#[path = "../../guestlist-postgres/tests/cluster.rs"]
mod cluster;
mod compat;
mod compression;
mod copy;
mod crash;
mod doctor;
mod documents;
mod faults;
mod guide;
mod import;
mod keys;
mod limits;
mod mail;
mod nodes;
mod openapi;
mod operators;
mod outbox_fixture;
mod pages;
mod passwords;
mod paths;
mod second_factor;
mod secret_key;
mod sessions;
mod sql;
mod stores;
mod test_app;
mod test_database;
mod tokens;
mod users;
