//! A PostgreSQL server, from outside: the contract of the door's store, what must come out right whoever is
//! faster, what becomes of callers when the server goes away, and whom a connection trusts.

mod cluster;
mod contract;
mod lists;
mod opening;
mod outage;
mod place;
mod trust;
