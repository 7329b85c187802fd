//! Reads `guestlist.toml`. Types are strict here, because TOML has them: a number is not text.

use std::collections::BTreeMap;

use toml::{Table, Value, de::DeTable, de::DeValue};

use super::{
    error::SettingsError,
    layer::Found,
    nearest::nearest,
    origin::Origin,
    setting::{DATABASE_URL, Kind, SETTINGS, Setting},
};

/// Reads what the file of this name says.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Found>, SettingsError> {
    let table = toml::from_str(text).map_err(|error| syntax(file, text, &error))?;
    let file = File {
        name: file,
        lines: lines(text),
    };
    let mut place = Vec::new();
    file.section("", &table, &mut place)?;
    Ok(place)
}

/// The name of the file, and the line of each key.
struct File<'a> {
    name: &'a str,
    lines: BTreeMap<String, usize>,
}

impl File<'_> {
    /// Reads a section, and the sections within it. The file itself is the section without a name.
    fn section(
        &self,
        name: &str,
        table: &Table,
        place: &mut Vec<Found>,
    ) -> Result<(), SettingsError> {
        for (key, value) in table {
            let name = within(name, key);
            match value {
                Value::Table(inner) if is_section(&name) => self.section(&name, inner, place)?,
                other if is_section(&name) => {
                    return Err(SettingsError::NoSection {
                        file: self.name.to_owned(),
                        line: self.line(&name),
                        section: name,
                        found: words(other),
                    });
                }
                // A misspelled section: its first key says what was meant.
                Value::Table(inner) if Setting::of_name(&name).is_none() => {
                    let first = inner.keys().next();
                    let named = first.map_or_else(|| name.clone(), |first| within(&name, first));
                    return Err(self.unknown(&named));
                }
                value => place.push(self.found(&name, value)?),
            }
        }
        Ok(())
    }

    fn found(&self, name: &str, value: &Value) -> Result<Found, SettingsError> {
        let setting = Setting::of_name(name).ok_or_else(|| self.unknown(name))?;
        let origin = self.origin(name);
        match text_of(setting, value) {
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

    fn unknown(&self, key: &str) -> SettingsError {
        let spelled = |(section, key)| format!("`{key}` in the section [{section}]");
        let nearest = nearest(key)
            .and_then(|setting| setting.name.rsplit_once('.'))
            .map(spelled);
        SettingsError::Unknown {
            origin: self.origin(key),
            nearest,
        }
    }

    fn origin(&self, key: &str) -> Origin {
        Origin::File {
            file: self.name.to_owned(),
            line: self.line(key),
            key: key.to_owned(),
        }
    }

    fn line(&self, key: &str) -> usize {
        self.lines.get(key).copied().unwrap_or(1)
    }
}

/// The line of each key, from 1, by its full name.
fn lines(text: &str) -> BTreeMap<String, usize> {
    fn collect(text: &str, name: &str, table: &DeTable<'_>, lines: &mut BTreeMap<String, usize>) {
        for (key, value) in table {
            let name = within(name, key.get_ref());
            lines.insert(name.clone(), line_at(text, key.span().start));
            if let DeValue::Table(inner) = value.get_ref() {
                collect(text, &name, inner, lines);
            }
        }
    }
    let mut lines = BTreeMap::new();
    if let Ok(table) = DeTable::parse(text) {
        collect(text, "", table.get_ref(), &mut lines);
    }
    lines
}

fn within(section: &str, key: &str) -> String {
    match section {
        "" => key.to_owned(),
        section => format!("{section}.{key}"),
    }
}

/// The line of that byte, from 1.
fn line_at(text: &str, byte: usize) -> usize {
    let before = text.bytes().take(byte);
    before.filter(|byte| *byte == b'\n').count() + 1
}

/// The value as the environment would spell it, if it has the type of its setting.
fn text_of(setting: &Setting, value: &Value) -> Result<String, String> {
    match (setting.kind, value) {
        (Kind::Text, Value::String(text)) => Ok(text.clone()),
        (Kind::Whole | Kind::Decimal, Value::Integer(number)) => Ok(number.to_string()),
        (Kind::Decimal, Value::Float(number)) => Ok(number.to_string()),
        (Kind::Boolean, Value::Boolean(yes)) => Ok(yes.to_string()),
        (Kind::List, Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            let texts = texts.ok_or_else(|| {
                let form = setting.form;
                format!("is a list of something other than text; give {form}")
            })?;
            Ok(texts.join(","))
        }
        _ => Err(mistyped(setting, value)),
    }
}

/// The fix for a value of another type than its setting's.
fn mistyped(setting: &Setting, value: &Value) -> String {
    // A URL may hold a password.
    let is_secret = setting.secret || setting.name == DATABASE_URL.name;
    let shown = match value {
        _ if is_secret => String::new(),
        Value::String(text) => format!(" ({text:?})"),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            format!(" ({value})")
        }
        Value::Array(_) | Value::Table(_) => String::new(),
    };
    let quotes = match (setting.kind, value) {
        (Kind::Text, _) => ", in quotes",
        (Kind::Whole | Kind::Decimal | Kind::Boolean, Value::String(_)) => ", without quotes",
        _ => "",
    };
    format!("is {}{shown}; give {}{quotes}", words(value), setting.form)
}

fn words(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text in quotes",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "a truth value",
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

/// The error of the parser would quote the line, which may hold a secret.
fn syntax(file: &str, text: &str, error: &toml::de::Error) -> SettingsError {
    let span = error.span().unwrap_or_default();
    let start = span.start;
    if error.message().starts_with("duplicate key") {
        let key = text.get(span).unwrap_or_default();
        let is_key = |setting: &&Setting| setting.name.split('.').any(|part| part == key);
        return SettingsError::Repeated {
            file: file.to_owned(),
            line: line_at(text, start),
            key: match SETTINGS.iter().any(is_key) {
                true => format!("`{key}`"),
                false => "a key".to_owned(),
            },
        };
    }
    SettingsError::Syntax {
        file: file.to_owned(),
        line: line_at(text, start),
        problem: error.message().replace('\n', " "),
    }
}
