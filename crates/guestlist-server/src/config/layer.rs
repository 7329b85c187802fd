//! Collects what each place says about each setting, as text. The strongest place comes first: flags,
//! the environment, `.env`, the file. This module does not decide what the text means.

use std::{collections::BTreeMap, ffi::OsString, fs, io, path::Path};

use planner::Zone;

use super::{
    Flags, dotenv,
    error::SettingsError,
    file, kubernetes,
    nearest::nearest,
    origin::Origin,
    problem::Problem,
    setting::{DATA_DIR, DATABASE_URL, LISTEN, PREFIX, Setting},
    system_zone,
};

/// A value as it was written, and where.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) setting: &'static Setting,
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// The values of all settings, the highest priority first.
#[derive(Debug, Default)]
pub(super) struct Layers {
    found: BTreeMap<&'static str, Vec<Found>>,
    /// Variables of Kubernetes, in the order in which they were found.
    pub(super) passed_over: Vec<String>,
    /// `TZ`, the time zone of this process.
    tz: Option<String>,
}

impl Layers {
    pub(super) fn read(
        flags: &Flags,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        folder: &Path,
    ) -> Result<Self, SettingsError> {
        let mut layers = Self::default();
        layers.add(of_flags(flags))?;
        let place = layers.of_environment(environment)?;
        layers.add(place)?;
        let place = layers.of_dotenv(&folder.join(".env"))?;
        layers.add(place)?;
        layers.add(of_file(flags.config.as_deref(), folder)?)?;
        Ok(layers)
    }

    /// Returns the time zone of the system, or UTC.
    pub(super) fn system_time_zone(&self) -> Zone {
        system_zone::of(self.tz.as_deref())
    }

    /// Returns what `TZ` says.
    pub(super) fn tz(&self) -> system_zone::Tz {
        system_zone::Tz::of(self.tz.as_deref())
    }

    pub(super) fn of(&self, setting: &Setting) -> &[Found] {
        self.found.get(setting.name).map_or(&[], Vec::as_slice)
    }

    fn of_environment(
        &mut self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Vec<Found>, SettingsError> {
        let mut place = Vec::new();
        for (name, value) in environment {
            let name = name.to_string_lossy();
            if kubernetes::sets(&name, &value.to_string_lossy()) {
                self.passed_over.push(name.into_owned());
                continue;
            }
            if name == "TZ" {
                self.tz = value.into_string().ok();
                continue;
            }
            let origin = Origin::Environment(name.clone().into_owned());
            let Some(setting) = setting_of(&name, &origin)? else {
                continue;
            };
            let Ok(text) = value.into_string() else {
                let problem = Problem::from("is not UTF-8").told(setting.form);
                return Err(SettingsError::Malformed {
                    setting,
                    origin,
                    problem,
                });
            };
            place.push(Found {
                setting,
                text,
                origin,
            });
        }
        Ok(place)
    }

    /// Reads `.env`. Another program may own the file, too: a line that is not ours is ignored,
    /// whatever it holds.
    fn of_dotenv(&mut self, path: &Path) -> Result<Vec<Found>, SettingsError> {
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
                self.passed_over.push(assignment.name);
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
            if let Some(setting) = setting_of(&assignment.name, &origin)? {
                place.push(Found {
                    setting,
                    text: assignment.value,
                    origin,
                });
            }
        }
        Ok(place)
    }

    /// Adds a place below the places that are known already. One place may name a setting twice only
    /// with the same value.
    fn add(&mut self, place: Vec<Found>) -> Result<(), SettingsError> {
        for found in place {
            let setting = found.setting;
            let stack = self.found.entry(setting.name).or_default();
            match stack.last() {
                Some(said) if said.origin.place() != found.origin.place() => stack.push(found),
                None => stack.push(found),
                Some(said) if said.text == found.text => {}
                Some(said) => {
                    let (first, second) = (said.origin.clone(), found.origin);
                    return Err(SettingsError::Differs {
                        setting,
                        first,
                        second,
                    });
                }
            }
        }
        Ok(())
    }
}

fn of_flags(flags: &Flags) -> Vec<Found> {
    let given = [
        (&LISTEN, &flags.listen),
        (&DATA_DIR, &flags.data_dir),
        (&DATABASE_URL, &flags.database_url),
    ];
    let found = given.into_iter().filter_map(|(setting, text)| {
        let origin = Origin::Flag(setting.flag?);
        Some(Found {
            setting,
            text: text.clone()?,
            origin,
        })
    });
    found.collect()
}

fn of_file(asked: Option<&Path>, folder: &Path) -> Result<Vec<Found>, SettingsError> {
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
            file::read(&name.display().to_string(), &text)
        }
        None if !is_named => Ok(Vec::new()),
        None => Err(SettingsError::Unreadable {
            path: name.to_owned(),
            is_named,
            why: io::ErrorKind::NotFound.into(),
        }),
    }
}

/// Whether the name is one of our variables or starts like one.
fn is_ours(variable: &str) -> bool {
    variable.starts_with(PREFIX) || Setting::of_variable(variable).is_some()
}

/// Finds the setting that a variable means, if the variable is ours. A variable that only looks like
/// ours is an error.
fn setting_of(variable: &str, origin: &Origin) -> Result<Option<&'static Setting>, SettingsError> {
    let setting = Setting::of_variable(variable);
    match variable.strip_prefix(PREFIX) {
        Some(name) if setting.is_none() => {
            let nearest = nearest(&name.replace("__", ".")).map(Setting::variable);
            Err(SettingsError::Unknown {
                origin: origin.clone(),
                nearest,
            })
        }
        _ => Ok(setting),
    }
}

fn read_if_exists(path: &Path, is_named: bool) -> Result<Option<Vec<u8>>, SettingsError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
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
