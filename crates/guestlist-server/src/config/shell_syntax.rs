//! Text that a shell replaces before a program sees it: quotes around a value, variables, and `~`.
//! Nothing replaces it in `.env`, in `guestlist.toml`, in a unit of systemd or in an `--env-file`
//! of Docker. A value that has it is a mistake, and would be used as it is.

use super::problem::Problem;

/// Refuses quotes around a value, and variables in it.
pub(super) fn refuse(text: &str) -> Result<(), Problem> {
    if let Some(inside) = between_quotes(text) {
        return Err(in_quotes(&without_password(inside)));
    }
    match variable(text) {
        Some(variable) => Err(with_variable(
            &without_password(variable),
            "write the value itself",
        )),
        None => Ok(()),
    }
}

/// Refuses a path that begins with `~`, or with a quote that is not closed.
pub(super) fn refuse_in_path(path: &str) -> Result<(), Problem> {
    if let Some(inside) = path.strip_prefix(['"', '\'']) {
        return Err(in_quotes(&without_password(inside)));
    }
    match whole_path(path) {
        Some(whole) => Err(Problem::with_fix(
            format!("is \"{}\", but ~ is not expanded", without_password(path)),
            format!("write the whole path, such as {}", without_password(&whole)),
        )),
        None => Ok(()),
    }
}

/// Returns the likely whole path if the path begins with `~`.
pub(super) fn whole_path(path: &str) -> Option<String> {
    let rest = path.strip_prefix('~')?;
    match rest.is_empty() || rest.starts_with('/') {
        true => Some(format!("/home/NAME{rest}")),
        false => Some(format!("/home/{rest}")),
    }
}

/// The problem of a value in quotes. `inside` is what may be shown of it.
pub(super) fn in_quotes(inside: &str) -> Problem {
    Problem::with_fix(
        format!("has quotes around it ({inside})"),
        "remove the quotes: they belong to the value here",
    )
}

/// The problem of a value with a variable in it.
pub(super) fn with_variable(variable: &str, fix: &str) -> Problem {
    Problem::with_fix(
        format!("contains {variable}, which is not replaced by a variable here"),
        fix,
    )
}

/// Returns what a message may show of a value: `…` in place of a value with an `@`, because a
/// password may stand before the `@`.
pub(super) fn without_password(text: &str) -> String {
    match text.contains('@') {
        true => "…".to_owned(),
        false => text.escape_debug().to_string(),
    }
}

/// Returns what is between two quotes, if they are around the whole text.
fn between_quotes(text: &str) -> Option<&str> {
    let of = |quote: char| {
        let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inside.contains(quote)).then_some(inside)
    };
    ['"', '\''].into_iter().find_map(of)
}

/// Finds `${NAME}` anywhere, or `$NAME` as a whole part of a path, a list or an address.
pub(super) fn variable(text: &str) -> Option<&str> {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let of_name = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    let ends = |c: Option<char>| c.is_none_or(|c| "/:=,".contains(c));
    text.match_indices('$').find_map(|(at, _)| {
        let (before, rest) = (&text[..at], &text[at + 1..]);
        if let Some(inside) = rest.strip_prefix('{') {
            let name = inside.split_once('}')?.0;
            return name
                .starts_with(is_first)
                .then(|| &text[at..at + name.len() + 3]);
        }
        let length = rest.bytes().take_while(of_name).count();
        let (name, after) = rest.split_at(length);
        let is_part = ends(before.chars().next_back()) && ends(after.chars().next());
        (name.starts_with(is_first) && is_part).then(|| &text[at..=at + length])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_found_as_a_part_of_a_value() {
        for (text, expected) in [
            ("$HOME", Some("$HOME")),
            ("$HOME/data", Some("$HOME")),
            ("/srv/$USER/data", Some("$USER")),
            ("$HOST:8080", Some("$HOST")),
            ("10.0.0.0/8,$PROXY", Some("$PROXY")),
            ("info,guestlist=$LEVEL", Some("$LEVEL")),
            ("Parties of ${NAME:-Ada}", Some("${NAME:-Ada}")),
            // These may be meant as they are.
            ("A$AP and friends", None),
            ("$NOT on tour", None),
            ("Ke$ha", None),
            ("$5 nights", None),
            ("${5}", None),
            ("$", None),
            ("${", None),
            ("ü$ü", None),
        ] {
            assert_eq!(variable(text), expected, "{text:?}");
        }
    }

    #[test]
    fn quotes_count_only_around_the_whole_value() {
        for (text, expected) in [
            ("\"Ada\"", Some("Ada")),
            ("'Ada'", Some("Ada")),
            ("\"\"", Some("")),
            ("'Tis the season", None),
            ("\"Ada\" and \"Bob\"", None),
            ("\"Ada'", None),
            ("\"", None),
        ] {
            assert_eq!(between_quotes(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_home_folder_is_written_out() {
        for (path, expected) in [
            ("~", Some("/home/NAME")),
            ("~/data", Some("/home/NAME/data")),
            ("~ada/data", Some("/home/ada/data")),
            ("./~", None),
            ("data~", None),
        ] {
            assert_eq!(whole_path(path).as_deref(), expected, "{path:?}");
        }
    }
}
