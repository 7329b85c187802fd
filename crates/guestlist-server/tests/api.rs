//! The API proper, address by address, and everything bad that may be sent to it.

mod bad_input;
mod busy;
mod events;
mod health;
mod jwks;
mod me;
mod problem;
mod sessions;
mod store_down;
mod token;
mod users;
