//! The API proper, address by address, and everything bad that may be sent to it.
