//! Collects what each place says about each setting, as text, the strongest place first: flags, the
//! environment, `.env`, the file. What the text means is not decided here.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use planner::Zone;

use super::{
    Flags, dotenv,
    error::SettingsError,
    file, kubernetes,
    nearest::nearest,
    origin::Origin,
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
    /// Kubernetes' variables, in the order in which they were met.
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
        layers.add(of_dotenv(&folder.join(".env"))?)?;
        layers.add(of_file(flags.config.as_deref(), folder)?)?;
        Ok(layers)
    }

    /// Returns the time zone of the system; UTC if it names none.
    pub(super) fn system_time_zone(&self) -> Zone {
        system_zone::of(self.tz.as_deref())
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
                let problem = "is not UTF-8".to_owned();
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

    /// Adds a place below those that are there already. Within one place a setting may be said
    /// twice only alike.
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

fn of_dotenv(path: &Path) -> Result<Vec<Found>, SettingsError> {
    let Some(text) = read_if_there(path)? else {
        return Ok(Vec::new());
    };
    let mut place = Vec::new();
    for line in dotenv::parse(&text) {
        let assignment = match line {
            Ok(assignment) => assignment,
            // The file may be another program's, too. Only a line of ours has to be right.
            Err(bad) if !is_ours(&bad.name) => continue,
            Err(bad) => {
                return Err(SettingsError::DotenvLine {
                    line: bad.line,
                    problem: bad.problem,
                });
            }
        };
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

fn of_file(asked: Option<&Path>, folder: &Path) -> Result<Vec<Found>, SettingsError> {
    let name = asked.unwrap_or(Path::new("guestlist.toml"));
    let path = folder.join(name);
    match read_if_there(&path)? {
        Some(text) => file::read(&name.display().to_string(), &text),
        None if asked.is_none() => Ok(Vec::new()),
        None => Err(SettingsError::Unreadable {
            path,
            source: io::ErrorKind::NotFound.into(),
        }),
    }
}

/// Whether the name is one of our variables or starts like one.
fn is_ours(variable: &str) -> bool {
    variable.starts_with(PREFIX) || Setting::of_variable(variable).is_some()
}

/// The setting a variable means, none if the variable is not ours, an error if it only looks like
/// ours.
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

fn read_if_there(path: &Path) -> Result<Option<String>, SettingsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SettingsError::Unreadable {
            path: PathBuf::from(path),
            source,
        }),
    }
}
