//! Text that a shell replaces before a program sees it: quotes, variables, commands and `~`.
//! Nothing replaces it in `.env`, in `guestlist.toml`, in a unit of systemd or in an `--env-file`
//! of Docker. A value that has it is a mistake, and would be used as it is.

use super::problem::Problem;

/// Refuses quotes around a value, and variables and commands in it.
pub(super) fn refuse(text: &str) -> Result<(), Problem> {
    if let Some(inside) = between_quotes(text) {
        return Err(in_quotes(&without_password(inside)));
    }
    if let Some(command) = command(text) {
        return Err(with_command(command));
    }
    match variable(text) {
        Some(variable) => Err(with_variable(
            &without_password(variable),
            "write the value itself",
        )),
        None => Ok(()),
    }
}

/// Refuses a path that begins with `~`, or with a quote that is not closed, or that has what
/// [`refuse_parts_of_path`] refuses.
pub(super) fn refuse_in_path(path: &str) -> Result<(), Problem> {
    refuse_parts_of_path(path)?;
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

/// Refuses quotes around a URL, or only in front of it, and `${NAME}` in it. Nothing else: its
/// password may contain `$NAME`. `shown` makes of a URL what may be shown of it.
pub(super) fn refuse_in_url(text: &str, shown: fn(&str) -> String) -> Result<(), Problem> {
    let inside = |quote: char| {
        let inside = text.strip_prefix(quote)?;
        Some(inside.strip_suffix(quote).unwrap_or(inside))
    };
    if let Some(inside) = ['"', '\''].into_iter().find_map(inside) {
        return Err(in_quotes(&shown(inside)));
    }
    let Some((_, variable)) = text.split_once("${") else {
        return Ok(());
    };
    let name = variable.split_once('}').map_or("", |(name, _)| name);
    let of_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let name = match name {
        "" => "…",
        name if name.bytes().all(of_name) => name,
        _ => "…",
    };
    Err(with_variable(
        &format!("${{{name}}}"),
        "write the value itself; in a user name or password, write $ as %24",
    ))
}

/// Refuses what [`refuse`] and [`refuse_parts_of_path`] refuse in the path of a URL `SCHEME:PATH`,
/// and a `~` at its beginning.
pub(super) fn refuse_in_path_of_url(scheme: &str, path: &str) -> Result<(), Problem> {
    refuse(path)?;
    refuse_parts_of_path(path)?;
    match whole_path(path) {
        Some(whole) => Err(Problem::with_fix(
            format!(
                "is {scheme}:{}, but ~ is not expanded",
                without_password(path)
            ),
            format!(
                "write the whole path, such as {scheme}:{}",
                without_password(&whole)
            ),
        )),
        None => Ok(()),
    }
}

/// Refuses spaces around a path, and what only a path cannot have: the variables `$1` and
/// `%NAME%`, and a command in backticks.
pub(super) fn refuse_parts_of_path(path: &str) -> Result<(), Problem> {
    if path.trim() != path {
        return Err(Problem::with_fix(
            format!("begins or ends with a space ({path:?})"),
            "remove the space",
        ));
    }
    if let Some((before, after)) = path.split_once('`')
        && let Some((command, _)) = after.split_once('`')
    {
        let start = before.len();
        return Err(with_command(&path[start..start + command.len() + 2]));
    }
    let is_variable = |part: &&str| {
        let is_name = |name: &str| {
            let of_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            !name.is_empty() && name.bytes().all(of_name)
        };
        let inside = part.strip_prefix('%').and_then(|rest| rest.split_once('%'));
        part.strip_prefix('$').is_some_and(is_name) || inside.is_some_and(|(name, _)| is_name(name))
    };
    match path.split(['/', '\\', ':']).find(is_variable) {
        Some(variable) => Err(with_variable(
            &variable.escape_debug().to_string(),
            "write the value itself",
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

fn with_command(command: &str) -> Problem {
    Problem::with_fix(
        format!(
            "contains {}, which is not run as a command here",
            without_password(command)
        ),
        "write the value itself",
    )
}

/// Finds `$(command)`.
fn command(text: &str) -> Option<&str> {
    let start = text.find("$(")?;
    let length = text[start..].find(')')?;
    Some(&text[start..=start + length])
}

/// Whether the text is one variable and nothing else: `${NAME}` or `$name`.
pub(super) fn is_variable(text: &str) -> bool {
    let of_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    match text.strip_prefix('$') {
        Some(name) if name.starts_with(is_first) => name.bytes().all(of_name),
        Some(rest) => rest.starts_with('{') && variable(text) == Some(text),
        None => false,
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
