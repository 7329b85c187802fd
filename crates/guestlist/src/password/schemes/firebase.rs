//! Firebase's scrypt, in Supabase's format, which includes the parameters of the Firebase project:
//! `$fbscrypt$v=1,n=14,r=8,p=1,ss=<salt separator>,sk=<signer key>$<salt>$<output>`. Such hashes
//! are verified, and never made.
//!
//! scrypt derives a key from the password. The output is the project's signer key, encrypted with
//! this key (AES-256 in counter mode, starting from zero).

use aws_lc_rs::{
    cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey},
    iv::FixedLength,
};
use subtle::ConstantTimeEq;

use super::{
    UnreadableHash,
    limits::sized,
    scrypt,
    spelling::{either_base64, parameters},
    work::Work,
};

const NAME: &str = "Firebase scrypt";
const KEY_BYTES: usize = 32;

/// A parsed hash.
#[derive(Debug)]
pub(crate) struct Hash {
    cost: (u32, u32, u32),
    /// The salt, followed by the separator.
    salt: Vec<u8>,
    signer_key: Vec<u8>,
    output: Vec<u8>,
}

/// Parses a hash. Returns `None` for another format.
pub(super) fn parse(text: &str) -> Option<Result<Hash, UnreadableHash>> {
    let rest = text.strip_prefix("$fbscrypt$")?;
    let hash = spelled(rest);
    Some(hash.ok_or(UnreadableHash::Malformed(NAME)).and_then(read))
}

fn spelled(rest: &str) -> Option<Hash> {
    let parts: Vec<_> = rest.split('$').collect();
    let [how, salt, output] = parts[..] else {
        return None;
    };
    let (numbers, keys) = how.split_once(",ss=")?;
    let (separator, signer_key) = keys.split_once(",sk=")?;
    let [version, log_n, r, p] = parameters(numbers, ["v", "n", "r", "p"])?;
    let mut salt = either_base64(salt)?;
    if !salt.is_empty() {
        salt.extend(either_base64(separator)?);
    }
    (version == 1).then_some(Hash {
        cost: (log_n, r, p),
        salt,
        signer_key: either_base64(signer_key)?,
        output: either_base64(output)?,
    })
}

fn read(hash: Hash) -> Result<Hash, UnreadableHash> {
    let (log_n, r, p) = hash.cost;
    scrypt::check_cost(log_n, r, p)?;
    sized(NAME, "salt", &hash.salt, 1..=128)?;
    sized(NAME, "signer key", &hash.signer_key, 16..=256)?;
    let whole = log_n > 0 && r > 0 && p > 0 && hash.output.len() == hash.signer_key.len();
    whole.then_some(hash).ok_or(UnreadableHash::Malformed(NAME))
}

impl Hash {
    pub(super) fn cost(&self) -> (u32, u32, u32) {
        self.cost
    }

    pub(super) fn work(&self) -> Work {
        scrypt::work(self.cost)
    }

    pub(super) fn verify(&self, password: &[u8]) -> bool {
        scrypt::compute(self.cost, password, &self.salt, KEY_BYTES)
            .and_then(|key| self.encrypted_with(&key))
            .is_some_and(|output| output.ct_eq(&self.output).into())
    }

    fn encrypted_with(&self, key: &[u8]) -> Option<Vec<u8>> {
        let key = EncryptingKey::ctr(UnboundCipherKey::new(&AES_256, key).ok()?).ok()?;
        let mut output = self.signer_key.clone();
        let zero = EncryptionContext::Iv128(FixedLength::from([0; 16]));
        key.less_safe_encrypt(&mut output, zero).ok()?;
        Some(output)
    }
}
