//! Writes made-up users for an import, as CSV on stdout: `rows COUNT`. The same count gives the
//! same rows.

use std::io::{self, BufWriter, Write};

use anyhow::Context;
use guestlist::{PasswordHash, Timestamp};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The characters that bcrypt uses instead.
const BCRYPT: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn main() -> anyhow::Result<()> {
    let count: u64 = std::env::args().nth(1).context("rows COUNT")?.parse()?;
    let mut random = Random(1);
    // Only schemes that can be read here: a refused row would cost less.
    let mut schemes: Vec<fn(&mut Random) -> String> = vec![argon2id, bcrypt, django];
    schemes.retain(|scheme| PasswordHash::parse(&scheme(&mut random)).is_ok());
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(
        out,
        "email,password_hash,name,created_at,email_verified,disabled"
    )?;
    for (number, scheme) in (0..count).zip(schemes.iter().cycle()) {
        let (hash, word) = (scheme(&mut random), random.next());
        let created_at = Timestamp::from_millis(1_400_000_000_000 + i64::try_from(number)? * 100);
        let (verified, disabled) = (number % 3 > 0, number % 50 == 0);
        // The random word is first, so that the addresses are not sorted, as in real data.
        writeln!(
            out,
            "{word:016x}.{number}@example.com,\"{hash}\",Person {number},{created_at},{verified},{disabled}"
        )?;
    }
    Ok(out.flush()?)
}

fn argon2id(random: &mut Random) -> String {
    let (salt, output) = (random.text(BASE64, 21), random.text(BASE64, 42));
    format!("$argon2id$v=19$m=19456,t=2,p=1${salt}A${output}A")
}

fn bcrypt(random: &mut Random) -> String {
    let (salt, output) = (random.text(BCRYPT, 21), random.text(BCRYPT, 30));
    format!("$2b$12${salt}.{output}.")
}

fn django(random: &mut Random) -> String {
    let (salt, output) = (
        random.text(b"abcdefghijklmnop", 22),
        random.text(BASE64, 42),
    );
    format!("pbkdf2_sha256$720000${salt}${output}A=")
}

/// SplitMix64, which is random enough to unsort data.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let mut text = String::new();
        while text.len() < length {
            let bytes = self.next().to_le_bytes();
            let letters = bytes.iter().take(length - text.len());
            text.extend(
                letters.map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()])),
            );
        }
        text
    }
}
