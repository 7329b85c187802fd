//! Time-based one-time passwords (TOTP, RFC 6238): HMAC-SHA-1, six digits, thirty seconds, which is
//! what every authenticator app supports. The secret has 160 bits (RFC 4226, section 4, R6).

use std::fmt;

use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::random;
use crate::Timestamp;

/// The length of a secret, in bytes.
pub(crate) const SECRET: usize = 20;
/// The length of a time step (RFC 6238, section 4.1), in seconds.
const STEP: u64 = 30;
/// How many digits a code has.
const DIGITS: usize = 6;
/// How many steps a code may be early or late (RFC 6238, section 5.2).
const SKEW: u16 = 1;
/// The alphabet of Base32 (RFC 4648, section 6).
pub(crate) const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The secret of an authenticator app. It cannot be printed.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET]>);

impl TotpSecret {
    /// Creates a secret.
    pub(crate) fn new() -> Self {
        Self(random())
    }

    pub(crate) fn from_bytes(bytes: [u8; SECRET]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; SECRET] {
        &self.0
    }

    /// Returns the secret as text for the user to type: 32 characters of Base32 (RFC 4648, section
    /// 6) without padding. Show it only to the user who sets up the second factor.
    pub fn to_base32(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(32));
        for five in self.0.as_chunks::<5>().0 {
            let [a, b, c, d, e] = *five;
            let bits = u64::from_be_bytes([0, 0, 0, a, b, c, d, e]);
            for at in (0..8).rev() {
                let digit = usize::try_from(bits >> (5 * at) & 31).unwrap_or(0);
                text.push(char::from(BASE32[digit]));
            }
        }
        text
    }

    /// Returns the step of the code, if it is the code of this moment's step, or of the step before
    /// or after. A step is the number of seconds since 1970, divided by 30.
    pub(crate) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let is_code = code.len() == DIGITS && code.bytes().all(|b| b.is_ascii_digit());
        let seconds = u64::try_from(now.as_millis()).ok()? / 1_000;
        let step = is_code
            .then(|| self.totp()?.check(code, seconds))
            .flatten()?;
        i64::try_from(step).ok()
    }

    fn totp(&self) -> Option<Totp> {
        let builder = Builder::new()
            .with_secret(Secret::new(Box::new(*self.0)))
            .with_digits(6)
            .with_step_duration(STEP)
            .with_skew(SKEW);
        builder.build().ok()
    }

    /// Returns the code of a moment, as an authenticator app shows it. It is for tests.
    #[cfg(feature = "testing")]
    pub fn code_at(&self, now: Timestamp) -> String {
        let seconds = u64::try_from(now.as_millis()).unwrap_or(0) / 1_000;
        let totp = self.totp().expect("a secret of 160 bits is accepted");
        totp.generate(seconds).to_string()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: &[u8; SECRET] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    /// RFC 6238, appendix B, for SHA-1: the last six of eight digits.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = TotpSecret::from_bytes(*RFC);
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = secret.step_of(code, at(seconds));
            assert_eq!(step, Some(seconds / 30), "{seconds}");
            assert_eq!(secret.code_at(at(seconds)), code);
        }
    }

    /// RFC 4226, appendix D: the counters 0 to 9.
    #[test]
    fn codes_are_those_of_rfc_4226() {
        let secret = TotpSecret::from_bytes(*RFC);
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, code) in (0..).zip(codes) {
            assert_eq!(secret.step_of(code, at(counter * 30)), Some(counter));
        }
    }

    #[test]
    fn a_code_counts_one_step_early_or_late() {
        let secret = TotpSecret::from_bytes(*RFC);
        let code = secret.code_at(at(3_000));
        for (seconds, expected) in [
            (2_969, None),
            (2_970, Some(100)),
            (3_029, Some(100)),
            (3_059, Some(100)),
            (3_060, None),
        ] {
            assert_eq!(secret.step_of(&code, at(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn other_texts_are_no_codes() {
        let secret = TotpSecret::from_bytes(*RFC);
        for text in [
            "",
            "28708",
            "2870820",
            "-28708",
            "+87082",
            " 87082",
            "２８７０８２",
            "28708a",
        ] {
            assert_eq!(secret.step_of(text, at(59)), None, "{text}");
        }
        assert_eq!(secret.step_of("287082", at(-59)), None);
    }

    #[test]
    fn the_text_of_a_secret_is_base32() {
        let secret = TotpSecret::from_bytes(*RFC);
        // `base64.b32encode(b"12345678901234567890")` of Python's standard library.
        assert_eq!(*secret.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_ne!(
            *TotpSecret::new().to_base32(),
            *TotpSecret::new().to_base32()
        );
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
    }
}
