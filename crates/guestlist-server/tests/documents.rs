//! Documents name tests as evidence. The tests exist.

use std::{collections::BTreeSet, fs, path::Path};

use crate::guide::in_the_workspace;

/// Adds the names of all functions in the Rust files below that folder.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("lists") {
        let path = entry.expect("lists").path();
        if path.is_dir() {
            functions(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("reads");
            for (at, _) in text.match_indices("fn ") {
                let name = &text[at + 3..];
                let is_end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
                names.insert(name.split(is_end).next().unwrap_or_default().to_owned());
            }
        }
    }
}

/// A name of five words or more in backticks is the name of a test.
#[test]
fn every_test_that_a_document_names_exists() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = BTreeSet::new();
    functions(&crates, &mut names);
    let settings = in_the_workspace("docs/settings.md");
    for document in ["docs/asvs.md", "docs/security.md"] {
        let text = in_the_workspace(document);
        let is_name = |piece: &&str| {
            piece.split('_').count() >= 5
                && piece
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let is_setting = |name: &&str| settings.contains(&format!(".{name}`"));
        let named: Vec<_> = text
            .split('`')
            .filter(is_name)
            .filter(|name| !is_setting(name))
            .collect();
        assert!(named.len() > 3, "{document}");
        for name in named {
            assert!(names.contains(name), "{document}: there is no test {name}");
        }
    }
}
