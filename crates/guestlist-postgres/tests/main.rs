//! A PostgreSQL server, from outside: the contract of the door's store, what must come out right whoever is
//! faster, and what becomes of callers when the server goes away.

mod contract;
mod place;
