//! The salts of hashes that are made here. They show that a hash was made here, and so of a password in normal form C.
//!
//! A salt is random bytes and a mark that follows from them: the first four bytes of their SHA-256 under a fixed name.
//! The mark is no secret and no proof. Another system's salt has such a mark once in 2^32 hashes; then a password that
//! this system did not normalise is tried in one spelling only.

use sha2::{Digest, Sha256};

const MARK_BYTES: usize = 4;
/// As long as RFC 9106, section 3.1, recommends, and the only length that bcrypt takes. The 12 random bytes differ in each
/// of 2^40 hashes but for a chance of one in 2^17; NIST SP 800-63B-4, section 3.1.1.2, asks for four.
pub(super) const SALT_BYTES: usize = 16;

/// A new salt.
pub(super) fn new() -> Result<[u8; SALT_BYTES], getrandom::Error> {
    let mut salt = [0; SALT_BYTES];
    if let Some((random, end)) = salt.split_last_chunk_mut::<MARK_BYTES>() {
        getrandom::fill(random)?;
        *end = mark(random);
    }
    Ok(salt)
}

/// Whether the salt was made here.
pub(super) fn is_ours(salt: &[u8]) -> bool {
    salt.split_last_chunk::<MARK_BYTES>()
        .is_some_and(|(random, end)| *end == mark(random))
}

fn mark(random: &[u8]) -> [u8; MARK_BYTES] {
    let digest = Sha256::new()
        .chain_update(b"guestlist: a password in normal form C")
        .chain_update(random)
        .finalize();
    std::array::from_fn(|index| digest[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_of_ours_is_known_by_every_byte_of_it_and_differs_from_the_next() {
        let salt = new().expect("has randomness");
        assert!(is_ours(&salt));
        assert_ne!(salt, new().expect("has randomness"));
        for index in 0..SALT_BYTES {
            let mut other = salt;
            other[index] ^= 1;
            assert!(!is_ours(&other), "{index}");
        }
        for other in [&b""[..], b"abc", b"saltsalt", &[0; 16], &salt[..15]] {
            assert!(!is_ours(other), "{other:?}");
        }
    }
}
