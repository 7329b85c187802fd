//! All settings. A name that is not here is no setting.

use super::{limits::LimitSettings, setting::About, settings::Settings};

/// Returns all settings, in the order in which `guestlist config` shows them.
pub(super) fn all() -> impl Iterator<Item = &'static About> + Clone {
    Settings::ABOUT.iter().chain(LimitSettings::ABOUT).copied()
}

/// Finds the setting of a variable, by either of its names.
pub(super) fn of_variable(variable: &str) -> Option<&'static About> {
    all().find(|setting| setting.alias == Some(variable) || setting.variable() == variable)
}

/// Finds the setting of this `section.key`.
pub(super) fn of_name(name: &str) -> Option<&'static About> {
    all().find(|setting| setting.name == name)
}

/// Whether settings stand in a section of that name.
pub(super) fn is_section(name: &str) -> bool {
    let is_within = |setting: &About| {
        let rest = setting.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    all().any(is_within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_section_a_key_and_texts() {
        for setting in all() {
            assert!(setting.name.split('.').count() >= 2, "{setting:?}");
            assert!(
                !setting.form.is_empty() && !setting.doc.is_empty(),
                "{setting:?}"
            );
        }
    }

    #[test]
    fn a_variable_finds_its_setting() {
        for setting in all() {
            let found = of_variable(&setting.variable()).map(|found| found.name);
            assert_eq!(found, Some(setting.name));
            assert_eq!(
                of_name(setting.name).map(|found| found.name),
                Some(setting.name)
            );
        }
        for (alias, name) in [
            ("SECRET_KEY", "server.secret_key"),
            ("SECRET_KEY_PREVIOUS", "server.secret_key_previous"),
        ] {
            let found = of_variable(alias).map(|found| found.name);
            assert_eq!(found, Some(name));
        }
    }

    #[test]
    fn no_two_settings_share_a_variable() {
        let mut variables: Vec<String> = all().map(About::variable).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), all().count());
    }
}
