//! Tests of the MongoDB store, on a real server and on a fake one.

mod archive;
#[path = "../../guestlist-postgres/tests/cluster.rs"]
mod cluster;
mod conflicts;
mod contract;
mod database;
mod deletions;
mod failures;
mod fake;
mod lists;
mod outage;
mod start;
