//! The names of tables and indexes that a migration creates, for stores in SQL.

/// Returns the names of the tables and indexes that these statements create, in lower case. A store
/// compares them with the names that a database has before its first migration. It reads the SQL of
/// our own migrations: names without spaces.
#[doc(hidden)]
pub fn names_created_by(sql: &str) -> Vec<String> {
    let code: Vec<_> = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect();
    let code = code.join(" ").to_ascii_lowercase();
    let mut words = code
        .split(|c: char| c.is_whitespace() || "(,;".contains(c))
        .filter(|word| !word.is_empty());
    let mut names = Vec::new();
    while let Some(word) = words.next() {
        if word != "create" {
            continue;
        }
        let what = words.find(|word| *word != "unique");
        if matches!(what, Some("table" | "index")) {
            let name = words.find(|word| !matches!(*word, "if" | "not" | "exists"));
            names.extend(name.map(|name| name.trim_matches('"').to_owned()));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_not_in_comments() {
        let sql = "-- CREATE TABLE comments\n\
                   CREATE TABLE users (id INTEGER);\n\
                   create unique index \"by_name\" ON users (id);\n\
                   CREATE INDEX IF NOT EXISTS by_age ON users (id); ALTER TABLE users ADD COLUMN a text;";
        assert_eq!(names_created_by(sql), ["users", "by_name", "by_age"]);
    }
}
