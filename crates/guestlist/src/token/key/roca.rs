//! RSA keys of a library that was in smart cards and gave both primes a form that is easily guessed
//! (CVE-2017-15361). We make no such key; one that is read is looked at.

/// The primes by which such a modulus shows its form, from 11 to 167.
const PRIMES: [u32; 17] = [
    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
];

/// Whether the modulus (big-endian) is a power of 65537 modulo every one of those primes. Of moduli
/// of another origin fewer than one in a hundred million are.
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
