//! The encodings of numbers and bytes in hash strings. Only the canonical form of each is read, so
//! that a hash has exactly one string.

use base64::{
    Engine,
    alphabet::{Alphabet, BCRYPT},
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig,
        general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE},
    },
};

/// Parses the parameters of a PHC string in their order: `m=19456,t=2,p=1`.
pub(super) fn parameters<const N: usize>(text: &str, names: [&str; N]) -> Option<[u32; N]> {
    let mut values = [0; N];
    let mut parts = text.split(',');
    for (value, name) in values.iter_mut().zip(names) {
        let part = parts.next()?.strip_prefix(name)?;
        *value = number(part.strip_prefix('=')?)?;
    }
    parts.next().is_none().then_some(values)
}

/// Parses a decimal number without sign or leading zero, below 2³². A larger number is read as the
/// largest, which is above every limit.
pub(super) fn number(digits: &str) -> Option<u32> {
    let canonical = !digits.is_empty()
        && (!digits.starts_with('0') || digits == "0")
        && digits.bytes().all(|b| b.is_ascii_digit());
    canonical.then(|| digits.parse().unwrap_or(u32::MAX))
}

/// Decodes Base64 (RFC 4648, section 4) without padding, as in PHC strings.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

/// Decodes Base64 with padding.
pub(super) fn padded_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Decodes Base64 with padding in either alphabet of RFC 4648: Firebase uses both.
pub(super) fn either_base64(text: &str) -> Option<Vec<u8>> {
    padded_base64(text).or_else(|| URL_SAFE.decode(text).ok())
}

/// Decodes passlib's Base64: without padding, and with `.` instead of `+`.
pub(super) fn adapted_base64(text: &str) -> Option<Vec<u8>> {
    (!text.contains('+'))
        .then(|| base64(&text.replace('.', "+")))
        .flatten()
}

pub(super) fn to_adapted_base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes).replace('+', ".")
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// Returns bcrypt's own Base64.
pub(super) fn bcrypt_base64() -> GeneralPurpose {
    const ALPHABET: &Alphabet = &BCRYPT;
    let config = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone);
    GeneralPurpose::new(ALPHABET, config)
}

/// Decodes pairs of hexadecimal digits, lower case only.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let pairs = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    rest.is_empty().then(|| pairs.collect()).flatten()
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_forms_are_read() {
        assert_eq!(number("19456"), Some(19_456));
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("99999999999999999999"), Some(u32::MAX));
        for digits in ["", "01", "+1", "-1", " 1", "1 ", "1e3", "0x1", "١"] {
            assert_eq!(number(digits), None, "{digits}");
        }
        assert_eq!(parameters("m=8,t=1", ["m", "t"]), Some([8, 1]));
        for text in ["t=1,m=8", "m=8", "m=8,t=1,p=1", "m8,t=1", "m=8, t=1", ""] {
            assert_eq!(parameters(text, ["m", "t"]), None, "{text}");
        }
        assert_eq!(hex("00ff"), Some(vec![0, 255]));
        assert_eq!(to_hex(&[0, 255, 16]), "00ff10");
        for text in ["0", "0F", "0g", "0 "] {
            assert_eq!(hex(text), None, "{text}");
        }
        assert_eq!(base64("AA"), Some(vec![0]));
        for text in ["AB", "AA==", "A", "A-", "A\n"] {
            assert_eq!(base64(text), None, "{text}");
        }
        assert_eq!(adapted_base64("./8"), base64("+/8"));
        assert_eq!(adapted_base64("+/8"), None);
    }
}
