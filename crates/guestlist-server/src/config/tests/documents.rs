//! `docs/settings.md` has the tables that the declarations make.

use std::env;

use super::*;

const NAME: &str = "docs/settings.md";
const HEAD: &str = "| setting | environment variable | default | meaning |\n|---|---|---|---|\n";

fn code(text: impl AsRef<str>) -> String {
    format!("`{}`", text.as_ref())
}

fn line(setting: &About) -> String {
    let alias = setting.alias.map(|alias| format!("`{alias}` or "));
    let variable = alias.unwrap_or_default() + code(setting.variable()).as_str();
    let default = match setting.default {
        DefaultValue::Text("") => "none".to_owned(),
        DefaultValue::Text(text) => code(text),
        DefaultValue::Words(words) => words.to_owned(),
    };
    let flag = setting.flag.map(|flag| format!(" Flag `{flag}`."));
    let (doc, flag, form) = (setting.doc.trim(), flag.unwrap_or_default(), setting.form);
    let name = code(setting.name);
    format!("| {name} | {variable} | {default} | {doc} Give {form}.{flag} |\n")
}

/// The table of a section, and of the sections within it.
fn table(section: &str) -> String {
    let is_within = |setting: &&About| setting.name.split('.').next() == Some(section);
    let lines: String = all().filter(is_within).map(line).collect();
    assert!(!lines.is_empty(), "{section}");
    format!("{HEAD}{lines}")
}

/// `UPDATE_DOCUMENTS=1` writes the tables into the document.
#[test]
fn docs_settings_has_the_table_of_every_section() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(NAME);
    let text = fs::read_to_string(&path).expect("reads");
    let mut parts = text.split("<!-- settings of ");
    let mut expected = parts.next().expect("begins").to_owned();
    for part in parts {
        let (section, rest) = part.split_once(" -->\n\n").expect("names a section");
        let is_row = |line: &&str| line.starts_with('|');
        let old: usize = rest
            .split_inclusive('\n')
            .take_while(is_row)
            .map(str::len)
            .sum();
        let rest = &rest[old..];
        expected += &format!("<!-- settings of {section} -->\n\n{}{rest}", table(section));
    }
    for setting in all() {
        let row = format!("\n| `{}` | ", setting.name);
        assert_eq!(expected.matches(&row).count(), 1, "{}", setting.name);
    }
    if env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, &expected).expect("writes");
    } else {
        assert_eq!(text, expected, "UPDATE_DOCUMENTS=1 writes {NAME}");
    }
}
