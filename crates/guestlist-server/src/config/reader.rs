//! Makes values from what all places say: the highest priority wins, and every value is checked.

use std::collections::BTreeMap;

use super::{
    error::SettingsError, habit::Habit, origin::Origin, problem::Problem, setting::About,
    setting::Setting, written_value::WrittenValue,
};

/// What all places say, the highest priority first. It turns text into values, and remembers where
/// each value was read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    found: BTreeMap<&'static str, Vec<WrittenValue>>,
    /// The origins of the values that were read.
    pub(super) origins: BTreeMap<&'static str, Origin>,
    /// `TZ`, the time zone of this process.
    pub(super) tz: Option<String>,
    /// Variables of Kubernetes, in the order in which they were found.
    pub(super) passed_over: Vec<String>,
    /// Variables of other servers, in the order in which they were found.
    pub(super) habits: Vec<Habit>,
}

impl Reader {
    /// Adds a place below the places that are known already. One place may name a setting twice
    /// only with the same value.
    pub(super) fn add(&mut self, place: Vec<WrittenValue>) -> Result<(), SettingsError> {
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

    /// Returns the value that a place names, or the default.
    pub(super) fn value<T>(&mut self, setting: &'static Setting<T>) -> Result<T, SettingsError> {
        let about = &setting.about;
        match self.chosen(setting)? {
            Some(value) => Ok(value),
            None => (setting.read(about.default.as_str()))
                .map_err(|problem| malformed(about, Origin::Default, &problem)),
        }
    }

    /// Returns the value of the place with the highest priority. The other places are read too, so
    /// that a mistake in them shows before it counts.
    pub(super) fn chosen<T>(
        &mut self,
        setting: &'static Setting<T>,
    ) -> Result<Option<T>, SettingsError> {
        let about = &setting.about;
        let mut chosen = None;
        for found in self.found.get(about.name).into_iter().flatten() {
            let text = found.text.as_deref().map_err(Clone::clone);
            match text.and_then(|text| setting.read(text)) {
                Ok(value) if chosen.is_none() => {
                    chosen = Some(value);
                    self.origins.insert(about.name, found.origin.clone());
                }
                Ok(_) => {}
                Err(problem) => return Err(malformed(about, found.origin.clone(), &problem)),
            }
        }
        Ok(chosen)
    }
}

/// The error for a value that its setting does not accept.
pub(super) fn malformed(
    setting: &'static About,
    origin: Origin,
    problem: &Problem,
) -> SettingsError {
    SettingsError::Malformed {
        setting,
        origin,
        problem: problem.told(setting.form),
    }
}
