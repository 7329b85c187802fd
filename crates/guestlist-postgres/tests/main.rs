//! Tests of the PostgreSQL store on a real server: the store's contract, lists, the opening,
//! missing rights, outages, and the certificates that a connection trusts.

mod cluster;
mod contract;
mod denied;
mod lists;
mod opening;
mod outage;
mod schema;
mod trust;
