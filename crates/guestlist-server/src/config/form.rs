//! The forms of values. Every parser takes the text as it was written. Its error says what was
//! found and completes "setting `server.listen` …"; the fix is the form's words, unless the error
//! has its own. No error quotes a secret.

mod base_url;
mod database_url;
mod idn;
mod list;
mod log;
mod mail;
mod number;
mod password;
mod rate;

use std::{net::SocketAddr, path::PathBuf};

use guestlist::{Algorithm, SignUpPolicy, Strategy};
use planner::Zone;

use super::{
    problem::Problem,
    secret::{MASK, Secret},
    setting::{Form, Kind},
    shell_syntax, system_zone,
};

pub(crate) use base_url::is_loopback_url;
pub(super) use base_url::{BASE_URL, base_url_of};
pub(super) use database_url::DATABASE_URL;
pub(super) use list::{HOSTS, NETWORKS, ORIGINS};
pub use log::LogFormat;
pub(super) use log::{LOG_FORMAT, LOG_LEVEL};
pub(super) use mail::{MAIL_FROM, MAIL_URL};
pub(super) use number::{
    parse_seconds, parse_whole, parse_whole_seconds, seconds, whole, whole_seconds,
};
pub(super) use password::{COST, SCHEMES, usual_cost};
pub(super) use rate::RATE;

pub(super) const ADDRESS: Form<SocketAddr> = Form {
    kind: Kind::Text,
    words: "an IP address and a port, such as 127.0.0.1:8080",
    secret: false,
    parse: address,
    show: SocketAddr::to_string,
};

pub(super) const ADDRESS_OR_OFF: Form<Option<SocketAddr>> = Form {
    kind: Kind::Text,
    words: "an IP address and a port of its own, such as 127.0.0.1:9090; or off",
    secret: false,
    parse: address_or_off,
    show: |address| address.map_or_else(off, |address| address.to_string()),
};

/// The name of the site. Pages and messages show it, so nothing in it may move a cursor.
pub(super) const NAME: Form<String> = Form {
    kind: Kind::Text,
    words: "the name of this site in at most 100 characters, such as Ada's Parties",
    secret: false,
    parse: name,
    show: String::clone,
};

/// The name of a time zone; case is ignored.
pub(super) const TIME_ZONE: Form<Zone> = Form {
    kind: Kind::Text,
    words: "the IANA name of a time zone, such as Europe/Berlin",
    secret: false,
    parse: time_zone,
    show: |zone| zone.name().to_owned(),
};

pub(super) const FOLDER: Form<PathBuf> = Form {
    kind: Kind::Text,
    words: "a folder, such as ./data",
    secret: false,
    parse: folder,
    show: |path| path.display().to_string(),
};

pub(super) const FILTER_OR_OFF: Form<Option<PathBuf>> = Form {
    kind: Kind::Text,
    words: "the path of a filter that `guestlist breached build` made; or off",
    secret: false,
    parse: file_or_off,
    show: |path| {
        path.as_ref()
            .map_or_else(off, |path| path.display().to_string())
    },
};

pub(super) const SECRET: Form<Option<Secret>> = Form {
    kind: Kind::Text,
    words: "32 bytes or more of randomness, such as `openssl rand -hex 32` prints; or leave it out altogether",
    secret: true,
    parse: secret,
    show: masked,
};

pub(super) const PREVIOUS_SECRET: Form<Option<Secret>> = Form {
    words: "the previous or the next value of server.secret_key; or leave it out",
    ..SECRET
};

pub(super) const BOOLEAN: Form<bool> = Form {
    kind: Kind::Boolean,
    words: "true or false",
    secret: false,
    parse: boolean,
    show: bool::to_string,
};

/// The default depends on other settings.
pub(super) const OPTIONAL_BOOLEAN: Form<Option<bool>> = Form {
    kind: Kind::Boolean,
    words: BOOLEAN.words,
    secret: false,
    parse: |text| boolean(text).map(Some),
    show: |value| value.map_or_else(String::new, |value| value.to_string()),
};

/// The default depends on the machine.
pub(super) const OPTIONAL_THREADS: Form<Option<u32>> = Form {
    kind: THREADS.kind,
    words: THREADS.words,
    secret: false,
    parse: |text| (THREADS.parse)(text).map(Some),
    show: |value| value.map_or_else(String::new, |value| value.to_string()),
};

const THREADS: Form<u32> = whole!("a whole number", 1..=1_024, 4);

pub(super) const STRATEGY: Form<Strategy> = Form {
    kind: Kind::Text,
    words: "database or jwt",
    secret: false,
    parse: strategy,
    show: |strategy| match strategy {
        Strategy::Database => "database".to_owned(),
        Strategy::Jwt => "jwt".to_owned(),
    },
};

/// The default depends on other settings.
pub(super) const SIGN_UP_POLICY: Form<Option<SignUpPolicy>> = Form {
    kind: Kind::Text,
    words: "open, invited, approval or closed",
    secret: false,
    parse: sign_up_policy,
    show: |policy| policy.map_or_else(String::new, |policy| policy.to_string()),
};

pub(super) const ALGORITHM: Form<Algorithm> = Form {
    kind: Kind::Text,
    words: "HS256, EdDSA, ES256 or RS256",
    secret: false,
    parse: |text| text.parse().map_err(|_| format!("is {text:?}").into()),
    show: Algorithm::to_string,
};

fn off() -> String {
    "off".to_owned()
}

fn address(text: &str) -> Result<SocketAddr, Problem> {
    text.parse().map_err(|_| format!("is {text:?}").into())
}

fn address_or_off(text: &str) -> Result<Option<SocketAddr>, Problem> {
    match text {
        "" | "off" => Ok(None),
        _ => address(text).map(Some),
    }
}

fn name(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if guestlist::is_blank(text) {
        return Err("is empty".into());
    }
    if text.contains(char::is_control) {
        return Err("contains a control character".into());
    }
    if let Some(unseen) = guestlist::find_unseen(text) {
        return Err(format!("contains {unseen}").into());
    }
    match text.chars().count() {
        ..=100 => Ok(text.to_owned()),
        count => Err(format!("has {count} characters").into()),
    }
}

fn time_zone(text: &str) -> Result<Zone, Problem> {
    let text = text.trim();
    if let Some(zone) = Zone::find(text) {
        return Ok(zone);
    }
    Err(match system_zone::named(text) {
        Some(zone) => Problem::with_fix(
            format!("is {text:?}, which is a form of TZ"),
            format!("write {}", zone.name()),
        ),
        None => format!("is {text:?}").into(),
    })
}

fn file_or_off(text: &str) -> Result<Option<PathBuf>, Problem> {
    match text {
        "" | "off" => Ok(None),
        _ => folder(text).map(Some),
    }
}

fn folder(text: &str) -> Result<PathBuf, Problem> {
    if text.is_empty() || text.contains('\0') {
        return Err(format!("is {text:?}").into());
    }
    shell_syntax::refuse_in_path(text)?;
    Ok(PathBuf::from(text))
}

fn secret(text: &str) -> Result<Option<Secret>, Problem> {
    match text {
        "" => Err("is empty".into()),
        // It would be easy to guess.
        _ if shell_syntax::is_variable(text) => Err(shell_syntax::with_variable(
            "only ${…}",
            "write the value itself",
        )),
        _ => Ok(Some(Secret::new(text))),
    }
}

fn masked(secret: &Option<Secret>) -> String {
    let masked = secret.as_ref().map(|_| MASK.to_owned());
    masked.unwrap_or_default()
}

fn boolean(text: &str) -> Result<bool, Problem> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("is {text:?}").into()),
    }
}

fn strategy(text: &str) -> Result<Strategy, Problem> {
    match text {
        "database" => Ok(Strategy::Database),
        "jwt" => Ok(Strategy::Jwt),
        _ => Err(format!("is {text:?}").into()),
    }
}

fn sign_up_policy(text: &str) -> Result<Option<SignUpPolicy>, Problem> {
    let policy = text.parse().map(Some);
    policy.map_err(|_| format!("is {text:?}").into())
}

#[cfg(test)]
mod tests;
