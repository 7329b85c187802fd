//! A signed message in the compact form: `header.payload.signature` (RFC 7515, section 3.1).
//!
//! Only one form is accepted: three parts in canonical base64url. Other modules check the content
//! of header and payload, and choose the key.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::token::key::{SignatureError, SigningKey, VerifyingKey};

/// The longest message that is read, in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// A message whose signature is not verified yet.
pub(crate) struct Jws<'a> {
    /// The bytes that were signed.
    signed: &'a str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// The text is not a signed message, or the key did not sign it.
#[derive(Debug)]
pub(crate) struct InvalidJws;

impl<'a> Jws<'a> {
    /// Splits and decodes a message.
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

    /// Returns the header to choose a key with. It is not verified yet.
    pub(crate) fn header(&self) -> &[u8] {
        &self.header
    }

    /// Returns the payload, if this key signed the message and `alg` is the key's algorithm.
    pub(crate) fn verify(self, alg: &str, key: &VerifyingKey) -> Result<Vec<u8>, InvalidJws> {
        if alg != key.algorithm().as_str() {
            return Err(InvalidJws);
        }
        key.verify(self.signed.as_bytes(), &self.signature)
            .map_err(|_| InvalidJws)?;
        Ok(self.payload)
    }
}

/// Signs a message and returns its compact form.
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
