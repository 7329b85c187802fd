//! Reads `guestlist.toml`. Types are strict here, because TOML has them: a number is not text.

use std::collections::BTreeMap;

use toml::{Table, Value, de::DeTable, de::DeValue};

use super::{
    error::{SettingsError, UnknownName},
    nearest::nearest,
    origin::Origin,
    problem::Problem,
    setting::{About, Kind},
    table,
    written_value::WrittenValue,
};

/// Reads what the file of this name says, and adds the names that are unknown.
pub(super) fn read(
    file: &str,
    text: &str,
    unknown: &mut Vec<UnknownName>,
) -> Result<Vec<WrittenValue>, SettingsError> {
    let table = toml::from_str(text).map_err(|error| {
        add_unknown_beside(&error, file, text, unknown);
        syntax(file, text, &error)
    })?;
    let mut file = File::new(file, text);
    let read = file.section("", &table);
    file.unknown.sort_by_key(|(line, _)| *line);
    unknown.extend(file.unknown.into_iter().map(|(_, name)| name));
    read.map(|()| file.found)
}

/// Adds the unknown names of a file that repeats a section or a key. Reads the parts before and
/// behind a repeated section separately, and a file with a repeated key without that line.
fn add_unknown_beside(
    error: &toml::de::Error,
    file: &str,
    text: &str,
    unknown: &mut Vec<UnknownName>,
) {
    if !is_repeated(error) {
        return;
    }
    let at = error.span().unwrap_or_default().start;
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let (before, rest) = text.split_at(start);
    // Empty lines keep the numbers of the lines behind them.
    let lines = "\n".repeat(line_at(text, at) - 1);
    let parts = match header(rest) {
        Some(_) if lines.is_empty() => return,
        Some(_) => vec![before.to_owned(), format!("{lines}{rest}")],
        None => {
            let behind = rest.find('\n').map_or("", |end| &rest[end..]);
            vec![format!("{before}{behind}")]
        }
    };
    for part in parts {
        // The mistake that stops the start is the first one. It is told already.
        let _ = read(file, &part, unknown);
    }
}

fn is_repeated(error: &toml::de::Error) -> bool {
    error.message().starts_with("duplicate key")
}

/// What was read of a file.
struct File<'a> {
    name: &'a str,
    /// The line of each key.
    lines: BTreeMap<String, usize>,
    found: Vec<WrittenValue>,
    /// Each unknown name with its line.
    unknown: Vec<(usize, UnknownName)>,
}

impl<'a> File<'a> {
    fn new(name: &'a str, text: &str) -> Self {
        Self {
            name,
            lines: lines(text),
            found: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Reads a section, and the sections within it. The file itself is the section without a name.
    fn section(&mut self, name: &str, section: &Table) -> Result<(), SettingsError> {
        for (key, value) in section {
            let name = within(name, key);
            match (value, table::of_name(&name)) {
                (Value::Table(inner), _) if table::is_section(&name) => {
                    self.section(&name, inner)?;
                }
                (other, _) if table::is_section(&name) => {
                    return Err(SettingsError::NoSection {
                        file: self.name.to_owned(),
                        line: self.line(&name),
                        section: name,
                        found: words(other),
                    });
                }
                (value, Some(setting)) => {
                    let found = WrittenValue {
                        setting,
                        text: text_of(setting, value),
                        origin: self.origin(&name),
                    };
                    self.found.push(found);
                }
                // A misspelled section: its keys say what was meant.
                (Value::Table(inner), None) if !inner.is_empty() => self.section(&name, inner)?,
                (value, None) => self.add_unknown(&name, value),
            }
        }
        Ok(())
    }

    fn add_unknown(&mut self, key: &str, value: &Value) {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let meant = nearest(key, &text).map(|nearest| {
            let (section, key) = nearest.setting.section_and_key();
            let value = nearest.value.map(|value| format!(" = {value:?}"));
            format!(
                "`{key}{}` in the section [{section}]",
                value.unwrap_or_default()
            )
        });
        let origin = self.origin(key);
        self.unknown
            .push((self.line(key), UnknownName { origin, meant }));
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

/// Returns the value as text, as an environment variable would contain it. An error if the value
/// has another type than its setting.
fn text_of(setting: &About, value: &Value) -> Result<String, Problem> {
    match (setting.kind, value) {
        (Kind::Text, Value::String(text)) => Ok(text.clone()),
        (Kind::Whole | Kind::Decimal, Value::Integer(number)) => Ok(number.to_string()),
        (Kind::Decimal, Value::Float(number)) => Ok(number.to_string()),
        (Kind::Boolean, Value::Boolean(yes)) => Ok(yes.to_string()),
        (Kind::List, Value::Array(items)) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            let texts = texts.ok_or("is a list of something other than text")?;
            Ok(texts.join(","))
        }
        _ => Err(mistyped(setting, value)),
    }
}

/// The problem of a value of another type than its setting's.
fn mistyped(setting: &About, value: &Value) -> Problem {
    let shown = match value {
        _ if setting.secret => String::new(),
        // It may be a URL with a password.
        Value::String(text) if text.contains('@') => String::new(),
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
    Problem::with_fix(
        format!("is {}{shown}", words(value)),
        format!("give {}{quotes}", setting.form),
    )
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

/// The error of the parser would quote the line, which may hold a secret.
fn syntax(file: &str, text: &str, error: &toml::de::Error) -> SettingsError {
    let span = error.span().unwrap_or_default();
    let line = line_at(text, span.start);
    if is_repeated(error) {
        let key = text.get(span).unwrap_or_default();
        return repeated(file, text, line, key);
    }
    SettingsError::Syntax {
        file: file.to_owned(),
        line,
        problem: error.message().replace('\n', " "),
    }
}

/// The error for a section or a key that the line repeats.
fn repeated(file: &str, text: &str, line: usize, key: &str) -> SettingsError {
    let headers = text.lines().map(header).zip(1..);
    let headers: Vec<_> = headers
        .filter_map(|(name, line)| Some((name?, line)))
        .collect();
    let section = headers.iter().find(|(_, at)| *at == line);
    if let Some((section, _)) = section.filter(|(name, _)| table::is_section(name)) {
        let first = headers.iter().find(|(name, _)| name == section);
        return SettingsError::RepeatedSection {
            file: file.to_owned(),
            line,
            section: section.clone(),
            first: first.map(|(_, at)| *at).filter(|at| *at != line),
        };
    }
    let is_key = |setting: &About| setting.name.split('.').any(|part| part == key);
    SettingsError::Repeated {
        file: file.to_owned(),
        line,
        key: match table::all().any(is_key) {
            true => format!("`{key}`"),
            false => "a key".to_owned(),
        },
    }
}

/// Returns the name of the section that begins with this line.
fn header(line: &str) -> Option<String> {
    let (name, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    let name = name.strip_prefix('[').unwrap_or(name);
    Some(name.replace(char::is_whitespace, ""))
}
