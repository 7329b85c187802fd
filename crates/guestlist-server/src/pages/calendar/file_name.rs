//! The name of an event's file.

use super::line::percent_escaped;

/// The longest name without its ending, in bytes. File systems allow 255 bytes with it.
const LONGEST: usize = 120;
/// Windows treats these names as devices, with any ending.
const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];

/// Returns the `Content-Disposition` of a file named after the event (RFC 6266).
pub(super) fn attachment(title: &str) -> String {
    let name = stem(title);
    format!(
        "attachment; filename=\"{}.ics\"; filename*=UTF-8''{}.ics",
        plain(&name),
        encoded(&name)
    )
}

/// Returns the title without characters that file systems reject, or `event` if nothing is left.
fn stem(title: &str) -> String {
    let words = title
        .split(|c: char| c.is_whitespace() || c.is_control() || "/\\:*?\"<>|".contains(c))
        .map(|word| word.replace(turns_text, ""))
        .filter(|word| !word.is_empty());
    let mut name = words.collect::<Vec<_>>().join(" ");
    name.truncate(name.floor_char_boundary(LONGEST));
    let name = name.trim_matches([' ', '.']);
    if name.is_empty() {
        "event".to_owned()
    } else if is_device(name) {
        format!("event {name}")
    } else {
        name.to_owned()
    }
}

fn is_device(name: &str) -> bool {
    let name = name.split('.').next().unwrap_or_default().trim_end();
    let name = name.to_ascii_uppercase();
    let number = name
        .strip_prefix("COM")
        .or_else(|| name.strip_prefix("LPT"));
    DEVICES.contains(&name.as_str()) || number.is_some_and(|number| number.chars().count() == 1)
}

/// Invisible characters that turn the direction of text: they could hide the ending of the name.
fn turns_text(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
}

/// Returns the name for programs that read only ASCII. Some treat a percent sign as an escape.
fn plain(name: &str) -> String {
    let plain = |c| match c {
        '%' | '"' | '\\' => '_',
        ' '..='~' => c,
        _ => '_',
    };
    let plain: String = name.chars().map(plain).collect();
    if plain.contains(|c: char| c.is_ascii_alphanumeric()) {
        plain
    } else {
        "event".to_owned()
    }
}

/// Percent-encodes the name (RFC 8187, section 3.2).
fn encoded(name: &str) -> String {
    percent_escaped(name, |_, byte| {
        byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_is_named_after_its_event() {
        for (title, plain, whole) in [
            ("Tea", "Tea", "Tea"),
            (
                "Tea & cake, 5 o'clock",
                "Tea & cake, 5 o'clock",
                "Tea%20&%20cake%2C%205%20o%27clock",
            ),
            ("Fête d'été", "F_te d'_t_", "F%C3%AAte%20d%27%C3%A9t%C3%A9"),
            ("茶", "event", "%E8%8C%B6"),
            ("100% \"sure\"", "100_ sure", "100%25%20sure"),
            ("../../etc/passwd", "etc passwd", "etc%20passwd"),
            (
                "a\\b:c*d?e<f>g|h",
                "a b c d e f g h",
                "a%20b%20c%20d%20e%20f%20g%20h",
            ),
            ("...", "event", "event"),
            ("con", "event con", "event%20con"),
            ("LPT1.txt", "event LPT1.txt", "event%20LPT1.txt"),
            ("Concert", "Concert", "Concert"),
            ("exe.\u{202e}scit", "exe.scit", "exe.scit"),
            ("a\r\nSet-Cookie: x", "a Set-Cookie x", "a%20Set-Cookie%20x"),
        ] {
            let header =
                format!("attachment; filename=\"{plain}.ics\"; filename*=UTF-8''{whole}.ics");
            assert_eq!(attachment(title), header, "{title:?}");
        }
    }

    proptest! {
        #[test]
        fn every_title_becomes_a_safe_name(title in any::<String>()) {
            let name = stem(&title);
            prop_assert!(!name.is_empty() && name.len() <= LONGEST + "event ".len());
            prop_assert!(!name.contains(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c)));
            prop_assert!(!name.starts_with([' ', '.']) && !name.ends_with([' ', '.']));
            let header = attachment(&title);
            prop_assert!(header.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            prop_assert_eq!(header.matches('"').count(), 2);
        }
    }
}
