//! Guides for people, as tests read them: so that they say nothing that is not so.

use std::{fs, path::Path};

pub(crate) fn in_the_workspace(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(file)).expect(file)
}

/// What follows the heading of the second order.
pub(crate) fn section<'a>(guide: &'a str, heading: &str) -> &'a str {
    let mut sections = guide.split("\n## ").skip(1);
    let text = sections.find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'));
    text.expect(heading)
}

/// What stands between fences, line by line.
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
