//! The store on a MongoDB that is there, and on one that is not.

mod archive;
#[path = "../../guestlist-postgres/tests/cluster.rs"]
mod cluster;
mod conflicts;
mod contract;
mod database;
mod failures;
mod fake;
mod lists;
mod outage;
mod start;
