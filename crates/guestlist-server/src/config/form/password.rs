//! How passwords are hashed.

use std::str::FromStr;

use guestlist::{PasswordCost, Scheme};

use super::list::{empty, several};
use crate::config::{
    problem::Problem,
    setting::{Form, Kind},
};

/// The schemes in their order. The first one makes new hashes.
pub(crate) const SCHEMES: Form<Vec<Scheme>> = Form {
    kind: Kind::List,
    words: "some of argon2, bcrypt, scrypt, pbkdf2, sha-crypt and firebase, one of the first four in front (in the file [\"argon2\", \"bcrypt\"], elsewhere argon2,bcrypt)",
    secret: false,
    parse: schemes,
    show: |schemes| {
        let names: Vec<&str> = schemes.iter().map(|scheme| scheme.name()).collect();
        names.join(",")
    },
};

pub(crate) const COST: Form<PasswordCost> = Form {
    kind: Kind::Text,
    words: "the parameters of the first of passwords.schemes: m=19456,t=2,p=1 for argon2, \"12\" for bcrypt, ln=17,r=8,p=1 for scrypt, \"600000\" for pbkdf2",
    secret: false,
    parse: cost,
    show: PasswordCost::to_string,
};

fn schemes(text: &str) -> Result<Vec<Scheme>, Problem> {
    let mut schemes = Vec::new();
    if text.trim().is_empty() {
        return Err("is \"\", which names no scheme".into());
    }
    for name in text.split(',').map(str::trim) {
        let scheme = Scheme::from_str(name).map_err(|_| no_scheme(name))?;
        if schemes.contains(&scheme) {
            return Err(format!("contains {scheme} twice").into());
        }
        schemes.push(scheme);
    }
    match schemes.first().copied().and_then(PasswordCost::of) {
        Some(_) => Ok(schemes),
        None => Err("starts with a scheme that cannot make new hashes".into()),
    }
}

fn no_scheme(name: &str) -> Problem {
    if name.is_empty() {
        return empty();
    }
    let several = several(name, |part| Scheme::from_str(part).is_ok());
    several.unwrap_or_else(|| format!("has the item {name:?}").into())
}

/// The usual cost of the first scheme.
pub(crate) fn usual_cost(schemes: &[Scheme]) -> PasswordCost {
    let first = schemes.first().copied();
    first.and_then(PasswordCost::of).unwrap_or_default()
}

/// The form of the parameters shows the scheme: no two schemes share a valid cost.
fn cost(text: &str) -> Result<PasswordCost, Problem> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let scheme = match text.split('=').next() {
        Some("m") => Scheme::Argon2,
        Some("ln") => Scheme::Scrypt,
        _ if digits && text.len() < 3 => Scheme::Bcrypt,
        _ if digits => Scheme::Pbkdf2,
        _ => return Err(format!("is {text:?}").into()),
    };
    PasswordCost::with(scheme, text).map_err(|error| format!("is {text:?}: {error}").into())
}
