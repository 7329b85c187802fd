//! Every setting, with a wrong value in every place: what the refusal says.

use super::*;

/// A wrong value as the environment spells it. The value of a list or a text depends on the
/// setting.
fn wrong(setting: &About) -> &'static str {
    match setting.name {
        // Any other text is a name, a folder or a secret.
        "server.name" | "server.data_dir" | "server.secret_key" | "server.secret_key_previous" => {
            ""
        }
        "passwords.breached" => "a\0b",
        "server.base_url" => "ftp://example.org",
        "server.hosts" => "exa mple",
        "database.url" => "mysql://ada:s3cr3t@db/planner",
        "mail.url" => "ftp://ada:s3cr3t@mail",
        _ => "wr*ng",
    }
}

/// What a refusal shows of that value.
fn shown(setting: &About) -> String {
    match setting.name {
        "database.url" => "\"mysql\"".to_owned(),
        "mail.url" => "\"ftp\"".to_owned(),
        "server.name" | "server.secret_key" | "server.secret_key_previous" => "is empty".to_owned(),
        _ => format!("{:?}", wrong(setting)),
    }
}

/// The fix that suits that value.
fn fix(setting: &About) -> String {
    match setting.name {
        "database.url" => "; use sqlite:PATH, postgres://".to_owned(),
        _ => format!("; give {}", setting.form),
    }
}

/// The section and the key, and a value of TOML.
fn toml(setting: &About, value: &str) -> String {
    let (section, key) = setting.name.rsplit_once('.').expect("has a section");
    format!("[{section}]\n{key} = {value}\n")
}

/// The name of the setting, and each part of the sentence, is there once.
fn assert_says_nothing_twice(setting: &About, refusal: &str) {
    let without_fix = refusal.split("; ").next().unwrap_or_default();
    assert_eq!(without_fix.matches(setting.name).count(), 1, "{refusal}");
    assert!(refusal.matches(setting.form).count() <= 1, "{refusal}");
    let parts: Vec<_> = refusal.split([';', ',', ':']).map(str::trim).collect();
    for (at, part) in parts.iter().enumerate() {
        let again = parts[at + 1..].contains(part);
        assert!(part.len() < 8 || !again, "{part:?} twice: {refusal}");
    }
}

fn assert_refused(setting: &About, place: Place, source: &str, found: &str, fix: &str) {
    let refusal = place.refusal();
    let beginning = format!("setting `{}`, read from {source}, ", setting.name);
    assert!(refusal.starts_with(&beginning), "{beginning:?}: {refusal}");
    for part in [found, fix] {
        assert!(refusal.contains(part), "{part:?}: {refusal}");
    }
    assert!(!refusal.contains("s3cr3t"), "{refusal}");
    assert_says_nothing_twice(setting, &refusal);
}

#[test]
fn a_wrong_value_in_the_environment_names_the_variable_the_value_and_the_fix() {
    for setting in all() {
        let names = [Some(setting.variable()), setting.alias.map(str::to_owned)];
        for name in names.into_iter().flatten() {
            let place = Place::empty().environment(&name, wrong(setting));
            let source = format!("environment variable {name}");
            assert_refused(setting, place, &source, &shown(setting), &fix(setting));
        }
    }
}

#[test]
fn a_wrong_value_in_dotenv_names_the_line_the_variable_the_value_and_the_fix() {
    for setting in all() {
        let names = [Some(setting.variable()), setting.alias.map(str::to_owned)];
        for name in names.into_iter().flatten() {
            let place = Place::empty().dotenv(&format!("OTHER=1\n{name}='{}'\n", wrong(setting)));
            let source = format!(".env line 2 ({name})");
            assert_refused(setting, place, &source, &shown(setting), &fix(setting));
        }
    }
}

#[test]
fn a_wrong_value_in_the_file_names_the_line_the_value_and_the_fix() {
    for setting in all() {
        let text = wrong(setting).replace('\0', "\\u0000");
        let (value, found, fix) = match setting.kind {
            Kind::Text => (format!("\"{text}\""), shown(setting), fix(setting)),
            Kind::List => (format!("[\"{text}\"]"), shown(setting), fix(setting)),
            Kind::Whole | Kind::Decimal | Kind::Boolean => (
                format!("\"{text}\""),
                "is text in quotes (\"wr*ng\")".to_owned(),
                format!("{}, without quotes", fix(setting)),
            ),
        };
        let place = Place::empty().toml(&toml(setting, &value));
        assert_refused(setting, place, "guestlist.toml line 2", &found, &fix);
    }
}

#[test]
fn a_value_of_another_type_in_the_file_says_which_type_it_has() {
    for setting in all() {
        let (value, found) = match setting.kind {
            Kind::Text if setting.secret => ("4711", "is a whole number; give"),
            Kind::Text | Kind::List => ("4711", "is a whole number (4711); give"),
            Kind::Whole => ("4711.5", "is a number with a fraction (4711.5); give"),
            Kind::Decimal => ("true", "is a truth value (true); give"),
            Kind::Boolean => ("4711", "is a whole number (4711); give"),
        };
        let place = Place::empty().toml(&toml(setting, value));
        let fix = match setting.kind {
            Kind::Text => format!("; give {}, in quotes", setting.form),
            _ => format!("; give {}", setting.form),
        };
        assert_refused(setting, place, "guestlist.toml line 2", found, &fix);
    }
}

#[test]
fn a_wrong_value_of_a_flag_names_the_flag() {
    let flags = || Flags::default();
    for (name, flag, flags) in [
        (
            "server.listen",
            "flag --listen",
            Flags {
                listen: Some("wr*ng".to_owned()),
                ..flags()
            },
        ),
        (
            "server.data_dir",
            "flag --data-dir",
            Flags {
                data_dir: Some(String::new()),
                ..flags()
            },
        ),
        (
            "database.url",
            "flag --database-url",
            Flags {
                database_url: Some("mysql://ada:s3cr3t@db/planner".to_owned()),
                ..flags()
            },
        ),
    ] {
        let setting = table::of_name(name).expect("is a setting");
        let place = Place::empty().flags(flags);
        assert_refused(setting, place, flag, &shown(setting), &fix(setting));
    }
}
