//! An error and its causes as a line of a log.

use std::error::Error;

/// Returns an error and its causes in one line, each once. Some errors repeat a cause in their own
/// text: the causes behind that text are left out.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<_> = std::iter::successors(Some(error), |&error| error.source())
        .map(ToString::to_string)
        .collect();
    let last = texts.last().map_or("", |text| gist(text));
    let mut line = String::new();
    for text in &texts {
        if line.contains(gist(text)) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(text);
        if line.contains(last) {
            break;
        }
    }
    line
}

/// Returns the part of a text that an error repeats: the end of its first line.
fn gist(text: &str) -> &str {
    let first = text.lines().next().unwrap_or_default();
    first.rsplit(": ").next().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Of(&'static str, #[source] Option<Box<Of>>);

    fn chain(texts: &[&'static str]) -> Of {
        let chain = texts
            .iter()
            .rev()
            .fold(None, |source, text| Some(Box::new(Of(text, source))));
        *chain.expect("has a text")
    }

    #[test]
    fn each_cause_is_named_once() {
        for (texts, expected) in [
            (&["a", "b", "c"][..], "a: b: c"),
            (&["a", "a", "b"], "a: b"),
            (
                &["cannot read a: not found", "not found"],
                "cannot read a: not found",
            ),
            // The driver of PostgreSQL.
            (
                &[
                    "the store failed",
                    "the server says: permission denied. Grant it",
                    "db error",
                    "ERROR: permission denied\nDETAIL: of a table",
                ],
                "the store failed: the server says: permission denied. Grant it",
            ),
        ] {
            assert_eq!(causes(&chain(texts)), expected);
        }
    }
}
