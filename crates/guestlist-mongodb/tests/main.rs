//! The store on a MongoDB that is there, and on one that is not.

mod archive;
mod contract;
mod database;
mod fake;
mod outage;
mod start;
