//! A signed message in the compact form: `header.payload.signature` (RFC 7515, section 3.1).
//!
//! Only one spelling of a message is one: three parts, each canonical base64url. What a header and a
//! payload have to say is decided elsewhere, and which key counts as well.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::token::key::{SignatureError, SigningKey, VerifyingKey};

/// A longer one is not looked at.
const MAX_BYTES: usize = 8 * 1024;

/// A message whose signature nobody has looked at yet.
pub(crate) struct Jws<'a> {
    /// The bytes that were signed.
    signed: &'a str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// It is no signed message, or not that key's.
#[derive(Debug)]
pub(crate) struct InvalidJws;

impl<'a> Jws<'a> {
    /// Takes a message apart.
    pub(crate) fn parse(compact: &'a str) -> Result<Self, InvalidJws> {
        if compact.len() > MAX_BYTES {
            return Err(InvalidJws);
        }
        let (signed, signature) = compact.rsplit_once('.').ok_or(InvalidJws)?;
        let (header, payload) = signed.split_once('.').ok_or(InvalidJws)?;
        Ok(Self {
            signed,
            header: decode(header)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// What the header says, for the choice of a key alone: nobody has vouched for it.
    pub(crate) fn header(&self) -> &[u8] {
        &self.header
    }

    /// The payload, if that key signed the message and its header names the key's algorithm.
    pub(crate) fn verify(self, alg: &str, key: &VerifyingKey) -> Result<Vec<u8>, InvalidJws> {
        if alg != key.algorithm().as_str() {
            return Err(InvalidJws);
        }
        key.verify(self.signed.as_bytes(), &self.signature)
            .map_err(|_| InvalidJws)?;
        Ok(self.payload)
    }
}

/// The message, signed.
pub(crate) fn sign(
    header: &[u8],
    payload: &[u8],
    key: &SigningKey,
) -> Result<String, SignatureError> {
    let mut compact = URL_SAFE_NO_PAD.encode(header);
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut compact);
    let signature = key.sign(compact.as_bytes())?;
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
    Ok(compact)
}

fn decode(part: &str) -> Result<Vec<u8>, InvalidJws> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| InvalidJws)
}

#[cfg(test)]
mod tests;
