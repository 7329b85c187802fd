//! Tags in one line: commas between them, and quotes around a tag that has a comma in it. The
//! commas of other scripts count, too.

use super::values::{EventForm, sent};

/// The commas of Latin, Arabic, and Chinese and Japanese keyboards.
const COMMAS: [char; 4] = [',', '،', '、', '，'];

/// Writes the tags as a user would type them. Quotes within quotes are doubled.
pub(super) fn spelled(tags: &[String]) -> String {
    let tags = tags.iter().map(|tag| {
        // Compare with what the field will show.
        let tag = sent("tags", tag);
        let is_plain = !tag.is_empty() && tag == tag.trim() && !tag.contains(COMMAS);
        if is_plain && !tag.starts_with(opens) {
            tag
        } else {
            format!("\"{}\"", tag.replace('"', "\"\""))
        }
    });
    tags.collect::<Vec<_>>().join(", ")
}

/// Reads the tags that a user typed. Keyboards of telephones turn straight quotes into “ and ”, so
/// these count, too. A quote that is not closed before a comma or the end is a character of its
/// tag.
pub(super) fn read(line: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let after = match quoted(rest) {
            Some((tag, after)) => {
                tags.push(tag);
                after
            }
            None => {
                let (tag, after) = rest.split_once(COMMAS).unwrap_or((rest, ""));
                let tag = Some(tag.trim()).filter(|tag| !tag.is_empty());
                tags.extend(tag.map(str::to_owned));
                after
            }
        };
        rest = after.trim_start();
    }
    tags
}

/// Reads the tags that a user typed into a field that showed the stored ones. A tag that is typed
/// as it was shown is the stored tag, even if the field cannot show all its characters.
pub(super) fn read_beside(line: &str, stored: &[String], shown: &EventForm) -> Vec<String> {
    let shown = read(shown.value("tags"));
    let mut untouched: Vec<(String, &String)> = if shown.len() == stored.len() {
        shown.into_iter().zip(stored).collect()
    } else {
        Vec::new()
    };
    let same = |typed: String| match untouched.iter().position(|(shown, _)| *shown == typed) {
        Some(at) => untouched.remove(at).1.clone(),
        None => typed,
    };
    read(line).into_iter().map(same).collect()
}

fn opens(c: char) -> bool {
    matches!(c, '"' | '“' | '„')
}

/// Reads the quoted tag at the start of the text. Returns it and the text after the next comma.
fn quoted(text: &str) -> Option<(String, &str)> {
    let opening = text.chars().next().filter(|c| opens(*c))?;
    let mut tag = String::new();
    let mut rest = &text[opening.len_utf8()..];
    loop {
        let end = match opening {
            '"' => rest.find('"')?,
            _ => rest.find(['“', '”'])?,
        };
        let closing = rest[end..].chars().next()?;
        let after = &rest[end + closing.len_utf8()..];
        tag.push_str(&rest[..end]);
        match after.strip_prefix('"').filter(|_| opening == '"') {
            Some(after) => {
                tag.push('"');
                rest = after;
            }
            None => {
                let after = after.trim_start();
                let is_closed = after.is_empty() || after.starts_with(COMMAS);
                return is_closed.then(|| (tag, after.trim_start_matches(COMMAS)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commas_separate_tags_and_quotes_keep_commas() {
        for (line, tags) in [
            ("", &[][..]),
            (" , ,", &[]),
            ("tea, cake,, with milk ", &["tea", "cake", "with milk"]),
            ("\"Berlin, Mitte\", food", &["Berlin, Mitte", "food"]),
            ("food ,\"Berlin, Mitte\"", &["food", "Berlin, Mitte"]),
            ("“Berlin, Mitte”, food", &["Berlin, Mitte", "food"]),
            ("„Berlin, Mitte“, food", &["Berlin, Mitte", "food"]),
            ("\"a \"\"b\"\", c\"", &["a \"b\", c"]),
            ("12\" records, tea", &["12\" records", "tea"]),
            ("\"Berlin, Mitte", &["\"Berlin", "Mitte"]),
            ("\"a\" b, c", &["\"a\" b", "c"]),
            ("“a, b", &["“a", "b"]),
            ("شاي، كعك", &["شاي", "كعك"]),
            ("茶、お菓子，牛乳", &["茶", "お菓子", "牛乳"]),
            ("茶、，tea,、", &["茶", "tea"]),
            ("\"東京、大阪\"、茶", &["東京、大阪", "茶"]),
            ("“شاي، كعك”، tea", &["شاي، كعك", "tea"]),
        ] {
            assert_eq!(read(line), tags, "{line}");
        }
    }

    proptest! {
        #[test]
        fn shown_tags_are_read_back_unchanged(
            tags in prop::collection::vec("[a-c\", “”„،、，]{1,6}", 0..6),
        ) {
            prop_assert_eq!(read(&spelled(&tags)), tags);
        }
    }
}
