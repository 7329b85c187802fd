//! The salts of hashes that are made here. A salt shows that the hash was made here, and so from a
//! password in normalization form C.
//!
//! A salt is random bytes, followed by a mark that is computed from them: the first four bytes of
//! their SHA-256 with a fixed name. The mark is not secret, and any system can compute it.
//! A salt of another system has such a mark once in 2^32 hashes; then a password that this system
//! did not normalize is tried in only one form.

use sha2::{Digest, Sha256};

const MARK_BYTES: usize = 4;
/// The length of a salt. It is the length that RFC 9106, section 3.1, recommends, and the only one
/// that bcrypt accepts. The 12 random bytes differ in 2^40 hashes, except with a probability of
/// 2^-17; NIST SP 800-63B-4, section 3.1.1.2, requires four bytes.
pub(super) const SALT_BYTES: usize = 16;

/// Creates a salt.
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
    fn our_salts_are_recognised_by_all_their_bytes_and_differ() {
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
