//! The API, one file per address, and every kind of bad input.

mod admin;
mod after_the_end;
mod bad_input;
mod browser;
mod busy;
mod cors;
mod events;
mod health;
mod hosts;
mod invitations;
mod jwks;
mod matrix;
mod me;
mod messages;
mod names;
mod problem;
mod recovery;
mod sessions;
mod token;
mod users;
