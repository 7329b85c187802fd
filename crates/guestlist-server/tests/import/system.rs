//! The export of another system, and the passwords of its users. `PROVENANCE.md` describes how they
//! were made.

use std::{collections::HashMap, fs, path::Path};

use serde_json::Value;

/// Another system. Its files are in a folder beside this file.
pub(super) struct System {
    folder: &'static str,
    /// The heading of its section in the guide.
    pub(super) heading: &'static str,
    /// The file that `guestlist users import` reads.
    pub(super) file: &'static str,
    /// The number of users in the file.
    pub(super) users: usize,
}

impl System {
    pub(super) const FASTAPI_PASSLIB: Self = Self::of("fastapi-passlib", "FastAPI with passlib", 8);
    pub(super) const FASTAPI_USERS: Self = Self::of("fastapi-users", "FastAPI Users", 8);
    pub(super) const DJANGO: Self = Self::of("django", "Django", 9);
    pub(super) const BETTER_AUTH: Self = Self::of("better-auth", "better-auth", 9);
    pub(super) const DEVISE: Self = Self::of("devise", "Devise", 9);
    pub(super) const FIREBASE: Self = Self {
        file: "export.ndjson",
        ..Self::of("firebase", "Firebase", 7)
    };

    /// The systems that are exported with SQL.
    pub(super) const WITH_SQL: [Self; 5] = [
        Self::FASTAPI_PASSLIB,
        Self::FASTAPI_USERS,
        Self::DJANGO,
        Self::BETTER_AUTH,
        Self::DEVISE,
    ];

    const fn of(folder: &'static str, heading: &'static str, users: usize) -> Self {
        Self {
            folder,
            heading,
            file: "export.csv",
            users,
        }
    }

    pub(super) fn read(&self, file: &str) -> String {
        read(&format!("{}/{file}", self.folder))
    }

    /// Returns the system's section of the provenance.
    pub(super) fn provenance(&self) -> String {
        let all = read("PROVENANCE.md");
        let mut parts = all.split("\n## ");
        let part = parts.find(|part| part.starts_with(&format!("{}\n", self.folder)));
        part.expect("has a part").to_owned()
    }

    /// Returns the e-mail addresses and passwords. An account without a password has an empty one.
    pub(super) fn passwords(&self) -> Vec<(String, String)> {
        let text = self.read("passwords.csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.deserialize();
        rows.collect::<Result<_, _>>().expect("is CSV")
    }

    pub(super) fn exported(&self) -> Vec<Exported> {
        let text = self.read(self.file);
        if self.file == "export.ndjson" {
            return text.lines().map(Exported::of_json).collect();
        }
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.deserialize();
        rows.map(|row| Exported(row.expect("is CSV"))).collect()
    }
}

fn read(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import");
    fs::read_to_string(folder.join(file)).expect(file)
}

/// A row, read by other code than the import's. A missing column is empty.
pub(super) struct Exported(HashMap<String, String>);

impl Exported {
    fn of_json(line: &str) -> Self {
        let row: HashMap<String, Value> = serde_json::from_str(line).expect("is JSON");
        let text = |value| match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        };
        Self(
            row.into_iter()
                .map(|(name, value)| (name, text(value)))
                .collect(),
        )
    }

    pub(super) fn value(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    /// A missing value means false.
    pub(super) fn is(&self, column: &str) -> bool {
        match self.value(column) {
            "1" | "true" => true,
            "" | "0" | "false" => false,
            other => panic!("{column}: {other}"),
        }
    }

    /// In milliseconds since 1970, or `None` if the value is missing.
    pub(super) fn created_at(&self) -> Option<i64> {
        let said = self.value("created_at");
        if said.is_empty() {
            return None;
        }
        if let Ok(millis) = said.parse() {
            return Some(millis);
        }
        let zone = if said.ends_with('Z') { "" } else { "Z" };
        let instant: jiff::Timestamp = format!("{said}{zone}").parse().expect("is a time");
        Some(instant.as_millisecond())
    }
}
