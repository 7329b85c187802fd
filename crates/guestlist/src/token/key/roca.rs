//! Detects weak RSA keys that a library for smart cards created: both primes have a form that is
//! easy to guess (CVE-2017-15361).
//!
//! The server makes every private key itself, and no such key. But the public half of a stored key
//! ([`Key::public`](crate::Key::public)) is not encrypted, so a program that can write to the store
//! can put a key of its own there. The keyring compares both halves only after it has read them.
//! The vectors of Wycheproof for JWKs contain such a key, and require that it is refused.

/// The primes that reveal such a modulus, from 11 to 167.
const PRIMES: [u32; 17] = [
    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
];

/// Whether the modulus (big-endian) is a power of 65537 modulo each of these primes. For moduli of
/// other origin, this holds for fewer than one in a hundred million.
pub(super) fn is_weak(modulus: &[u8]) -> bool {
    PRIMES.into_iter().all(|prime| {
        let rest = modulus
            .iter()
            .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        let powers = std::iter::successors(Some(1), |power| Some(power * 65_537 % prime));
        powers
            .take(usize::try_from(prime).expect("is small"))
            .any(|power| power == rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_65537_are_weak_and_other_numbers_are_not() {
        // 65537 to the power of 0, 1 and 2.
        for power in [&[1][..], &[1, 0, 1], &[1, 0, 2, 0, 1]] {
            assert!(is_weak(power), "{power:?}");
        }
        for other in [&[2][..], &[3], &[1, 0, 0], &[1, 0, 2], &[1, 0, 2, 0, 2]] {
            assert!(!is_weak(other), "{other:?}");
        }
    }
}
