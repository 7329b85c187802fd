//! The schemes of password hashes. Each parses its string formats, limits their cost, and computes
//! hashes. No two schemes accept the same string.

mod cost;
mod cost_error;
mod estimate;
mod limits;
mod memory;
mod parsed;
mod salt;
mod scheme;
mod spelling;
mod unreadable;
mod work;

mod argon2;
mod bcrypt;
mod firebase;
mod pbkdf2;
mod scrypt;
mod sha_crypt;

pub use cost::PasswordCost;
pub use cost_error::PasswordCostError;
pub use scheme::{NoSuchScheme, Scheme};
pub use unreadable::UnreadableHash;

pub(crate) use memory::Memory;
pub(crate) use parsed::{Parsed, parse};
pub(crate) use work::Work;

#[cfg(test)]
mod tests;
