//! Helpers that read the guides in docs/, so that tests can compare a guide with the code.

use std::{fs, path::Path};

pub(crate) fn in_the_workspace(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(file)).expect(file)
}

/// Returns the text below the second-level heading `heading`.
pub(crate) fn section<'a>(guide: &'a str, heading: &str) -> &'a str {
    let mut sections = guide.split("\n## ").skip(1);
    let text = sections.find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'));
    text.expect(heading)
}

/// Returns the lines inside code fences.
pub(crate) fn fenced(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside {
            lines.push(line);
        }
    }
    lines
}
