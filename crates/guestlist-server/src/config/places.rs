//! Reads what each place says about each setting, as text. The highest priority comes first: flags,
//! the environment, `.env`, the file. This module does not decide what the text means.

use std::{ffi::OsString, fs, io, path::Path};

use super::{
    dotenv,
    error::{SettingsError, UnknownName},
    file,
    flags::Flags,
    kubernetes,
    nearest::{habit, nearest},
    origin::Origin,
    reader::Reader,
    setting::{About, PREFIX},
    settings::{DATA_DIR, DATABASE_URL, LISTEN},
    table,
    written_value::WrittenValue,
};

/// Reads all places.
///
/// # Errors
///
/// All unknown names of all places; or the first place that cannot be read.
pub(super) fn read(
    flags: &Flags,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    folder: &Path,
) -> Result<Reader, SettingsError> {
    let mut places = Places::default();
    places.reader.add(of_flags(flags))?;
    let place = places.of_environment(environment);
    places.reader.add(place)?;
    let place = places.of_dotenv(&folder.join(".env"))?;
    places.reader.add(place)?;
    match places.of_file(flags.config.as_deref(), folder) {
        Ok(place) => places.reader.add(place)?,
        // A repeated section hides no unknown name.
        Err(error) if places.unknown.is_empty() => return Err(error),
        Err(error) => {
            let unknown = unknown(places.unknown);
            return Err(SettingsError::Several(vec![error, unknown]));
        }
    }
    match places.unknown.is_empty() {
        true => Ok(places.reader),
        false => Err(unknown(places.unknown)),
    }
}

fn unknown(names: Vec<UnknownName>) -> SettingsError {
    let known = table::all().collect();
    SettingsError::Unknown { names, known }
}

/// What was read until now.
#[derive(Default)]
struct Places {
    reader: Reader,
    unknown: Vec<UnknownName>,
}

impl Places {
    fn of_environment(
        &mut self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Vec<WrittenValue> {
        let mut place = Vec::new();
        for (name, value) in environment {
            let (name, shown) = (name.to_string_lossy(), value.to_string_lossy());
            if kubernetes::sets(&name, &shown) {
                self.reader.passed_over.push(name.into_owned());
                continue;
            }
            if name == "TZ" {
                self.reader.tz = value.into_string().ok();
                continue;
            }
            let origin = Origin::Environment(name.clone().into_owned());
            if let Some(setting) = self.setting_of(&name, &shown, &origin) {
                let text = value.into_string().map_err(|_| "is not UTF-8".into());
                place.push(WrittenValue {
                    setting,
                    text,
                    origin,
                });
            }
        }
        place
    }

    /// Reads `.env`. Another program may use the same file. So this function ignores each line that
    /// names no setting of ours, even if the line is malformed.
    fn of_dotenv(&mut self, path: &Path) -> Result<Vec<WrittenValue>, SettingsError> {
        let Some(bytes) = read_if_exists(path, false)? else {
            return Ok(Vec::new());
        };
        if is_utf_16(&bytes) {
            return Err(not_utf_8(path, false, "is UTF-16"));
        }
        let (text, foreign_lines) = dotenv::decode(&bytes);
        let mut place = Vec::new();
        for line in dotenv::parse(&text) {
            let assignment = match line {
                Ok(assignment) => assignment,
                Err(bad) if !is_ours(&bad.name) => continue,
                Err(bad) => {
                    return Err(SettingsError::DotenvLine {
                        line: bad.line,
                        name: bad.name,
                        problem: bad.problem,
                    });
                }
            };
            if kubernetes::sets(&assignment.name, &assignment.value) {
                self.reader.passed_over.push(assignment.name);
                continue;
            }
            let mut lines = assignment.line..=assignment.last_line;
            if let Some(line) = lines.find(|line| foreign_lines.contains(line))
                && is_ours(&assignment.name)
            {
                return Err(SettingsError::DotenvLine {
                    line,
                    name: assignment.name,
                    problem: "is not UTF-8; save the file as UTF-8",
                });
            }
            let origin = Origin::Dotenv {
                line: assignment.line,
                name: assignment.name.clone(),
            };
            if let Some(setting) = self.setting_of(&assignment.name, &assignment.value, &origin) {
                place.push(WrittenValue {
                    setting,
                    text: Ok(assignment.value),
                    origin,
                });
            }
        }
        Ok(place)
    }

    fn of_file(
        &mut self,
        asked: Option<&Path>,
        folder: &Path,
    ) -> Result<Vec<WrittenValue>, SettingsError> {
        let name = asked.unwrap_or(Path::new("guestlist.toml"));
        let path = folder.join(name);
        let is_named = asked.is_some();
        match read_if_exists(&path, is_named)? {
            Some(bytes) => {
                let text = String::from_utf8(bytes).map_err(|error| {
                    let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter();
                    let line = line.filter(|byte| **byte == b'\n').count() + 1;
                    not_utf_8(&path, is_named, &format!("is not UTF-8 in line {line}"))
                })?;
                file::read(&name.display().to_string(), &text, &mut self.unknown)
            }
            None if !is_named => Ok(Vec::new()),
            None => Err(SettingsError::Unreadable {
                path: name.to_owned(),
                is_named,
                why: io::ErrorKind::NotFound.into(),
            }),
        }
    }

    /// Finds the setting that a variable means, if the variable is ours. A variable that only looks
    /// like ours, or has our name in another case, is an unknown name.
    fn setting_of(
        &mut self,
        variable: &str,
        value: &str,
        origin: &Origin,
    ) -> Option<&'static About> {
        self.reader.habits.extend(habit(variable, value));
        let setting = table::of_variable(variable);
        if setting.is_none()
            && let Some(name) = variable.strip_prefix(PREFIX)
        {
            let meant = nearest(&name.replace("__", "."), value).map(|nearest| {
                let variable = nearest.setting.variable();
                let line = |value| format!("{variable}={value}");
                nearest.value.map_or_else(|| variable.clone(), line)
            });
            let origin = origin.clone();
            self.unknown.push(UnknownName { origin, meant });
        } else if setting.is_none()
            && let Some(meant) = in_our_case(variable)
        {
            let (origin, meant) = (origin.clone(), Some(meant));
            self.unknown.push(UnknownName { origin, meant });
        }
        setting
    }
}

fn of_flags(flags: &Flags) -> Vec<WrittenValue> {
    let given = [
        (&LISTEN.about, &flags.listen),
        (&DATA_DIR.about, &flags.data_dir),
        (&DATABASE_URL.about, &flags.database_url),
    ];
    let found = given.into_iter().filter_map(|(setting, text)| {
        let origin = Origin::Flag(setting.flag?);
        Some(WrittenValue {
            setting,
            text: Ok(text.clone()?),
            origin,
        })
    });
    found.collect()
}

/// Whether the name is one of our variables, in any case, or starts like one.
fn is_ours(variable: &str) -> bool {
    variable.starts_with(PREFIX) || in_our_case(variable).is_some()
}

/// Returns the name of our variable that differs only in case, or not at all.
fn in_our_case(variable: &str) -> Option<String> {
    let name = variable.to_ascii_uppercase();
    table::of_variable(&name).map(|_| name)
}

fn read_if_exists(path: &Path, is_named: bool) -> Result<Option<Vec<u8>>, SettingsError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SettingsError::Unreadable {
            path: path.to_owned(),
            is_named,
            why: io::Error::other("it is a link to a file that does not exist"),
        }),
        Err(why) => Err(SettingsError::Unreadable {
            path: path.to_owned(),
            is_named,
            why,
        }),
    }
}

/// Whether the text begins with the byte order mark of UTF-16, as PowerShell writes it. No line of
/// such a file would look like ours.
fn is_utf_16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")
}

fn not_utf_8(path: &Path, is_named: bool, found: &str) -> SettingsError {
    SettingsError::Unreadable {
        path: path.to_owned(),
        is_named,
        why: io::Error::new(io::ErrorKind::InvalidData, found.to_owned()),
    }
}
