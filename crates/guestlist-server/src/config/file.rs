//! Reads `guestlist.toml`. Types are strict here, because TOML has them: a number is no text.

use toml::{Table, Value};

use super::{
    error::SettingsError,
    layer::Found,
    nearest::nearest,
    origin::Origin,
    setting::{Kind, SETTINGS, Setting},
};

/// What the file of this name says.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Found>, SettingsError> {
    let table = toml::from_str(text).map_err(|error| syntax(file, text, &error))?;
    let mut place = Vec::new();
    section(file, "", &table, &mut place)?;
    Ok(place)
}

/// What stands in that section, and in those within it. The file itself is the section without a name.
fn section(
    file: &str,
    name: &str,
    table: &Table,
    place: &mut Vec<Found>,
) -> Result<(), SettingsError> {
    for (key, value) in table {
        let name = match name {
            "" => key.clone(),
            section => format!("{section}.{key}"),
        };
        match value {
            Value::Table(inner) if is_section(&name) => section(file, &name, inner, place)?,
            other if is_section(&name) => {
                return Err(SettingsError::NoSection {
                    file: file.to_owned(),
                    section: name,
                    found: words(other),
                });
            }
            // A section that is none, as one that is only misspelled: its first key says what was meant.
            Value::Table(inner) if Setting::of_name(&name).is_none() => {
                let first = inner.keys().next();
                let named = first.map_or_else(|| name.clone(), |first| format!("{name}.{first}"));
                return Err(unknown(file, &named));
            }
            value => place.push(found(file, &name, value)?),
        }
    }
    Ok(())
}

fn found(file: &str, name: &str, value: &Value) -> Result<Found, SettingsError> {
    let setting = Setting::of_name(name).ok_or_else(|| unknown(file, name))?;
    let origin = Origin::File {
        file: file.to_owned(),
        key: name.to_owned(),
    };
    match text_of(setting.kind, value) {
        Ok(text) => Ok(Found {
            setting,
            text,
            origin,
        }),
        Err(problem) => Err(SettingsError::Malformed {
            setting,
            origin,
            problem,
        }),
    }
}

/// The value as the environment would spell it, if it has the type its setting has.
fn text_of(kind: Kind, value: &Value) -> Result<String, String> {
    match (kind, value) {
        (Kind::Text, Value::String(text)) => Ok(text.clone()),
        (Kind::Whole | Kind::Decimal, Value::Integer(number)) => Ok(number.to_string()),
        (Kind::Decimal, Value::Float(number)) => Ok(number.to_string()),
        (Kind::Boolean, Value::Boolean(yes)) => Ok(yes.to_string()),
        (Kind::List, Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            let texts = texts.ok_or("is a list of something other than text")?;
            Ok(texts.join(","))
        }
        _ => Err(format!("is {}", words(value))),
    }
}

fn words(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

fn is_section(name: &str) -> bool {
    let within = |setting: &&Setting| {
        let rest = setting.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    SETTINGS.iter().any(within)
}

fn unknown(file: &str, key: &str) -> SettingsError {
    let origin = Origin::File {
        file: file.to_owned(),
        key: key.to_owned(),
    };
    let spelled = |(section, key)| format!("`{key}` in the section [{section}]");
    let nearest = nearest(key)
        .and_then(|setting| setting.name.rsplit_once('.'))
        .map(spelled);
    SettingsError::Unknown { origin, nearest }
}

/// `error` itself would quote the line, which may hold a secret.
fn syntax(file: &str, text: &str, error: &toml::de::Error) -> SettingsError {
    let start = error.span().map_or(0, |span| span.start);
    let line = text
        .bytes()
        .take(start)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1;
    SettingsError::Syntax {
        file: file.to_owned(),
        line,
        problem: error.message().to_owned(),
    }
}
