//! The database URL. It may have a password, so no message quotes more of it than `DatabaseUrl`
//! shows.

use crate::{
    config::{
        problem::Problem,
        secret::DatabaseUrl,
        setting::{Form, Kind},
        shell_syntax,
    },
    database::{Named, refuse_url, with_usual_scheme},
};

pub(crate) const DATABASE_URL: Form<DatabaseUrl> = Form {
    kind: Kind::Text,
    words: "a database address, such as sqlite:./data/guestlist.sqlite",
    secret: true,
    parse: database_url,
    show: DatabaseUrl::to_string,
};

pub(super) fn database_url(text: &str) -> Result<DatabaseUrl, Problem> {
    if text.contains(char::is_control) {
        return Err(Problem::with_fix(
            "holds a control character",
            "remove it; in a user name or password, write it by its percent code",
        ));
    }
    if text.trim() != text && !text.trim().is_empty() {
        return Err(Problem::with_fix(
            format!("begins or ends with a space ({})", shown_url(text)),
            "remove the space",
        ));
    }
    if let Some(inside) = ['"', '\''].iter().find_map(|quote| inside(text, *quote)) {
        return Err(shell_syntax::in_quotes(&shown_url(inside)));
    }
    if let Some((_, variable)) = text.split_once("${") {
        let name = variable.split_once('}').map_or("", |(name, _)| name);
        let is_name = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        let name = match name {
            "" => "…",
            name if name.bytes().all(is_name) => name,
            _ => "…",
        };
        return Err(shell_syntax::with_variable(
            &format!("${{{name}}}"),
            "write the value itself; in a user name or password, write $ as %24",
        ));
    }
    let text = &*with_usual_scheme(text);
    match Named::by(text) {
        Ok(Named::File(path)) => refuse_path(&path.to_string_lossy())?,
        // A password may contain `$NAME`.
        Ok(named) => refuse_url(&named, text).map_err(Problem::of_words)?,
        Err(error) => return Err(Problem::with_fix(error.found(), error.fix())),
    }
    Ok(DatabaseUrl::new(text))
}

fn refuse_path(path: &str) -> Result<(), Problem> {
    shell_syntax::refuse(path)?;
    shell_syntax::refuse_parts_of_path(path)?;
    match shell_syntax::whole_path(path) {
        Some(whole) => Err(Problem::with_fix(
            format!(
                "is sqlite:{}, but ~ is not expanded",
                shell_syntax::without_password(path)
            ),
            format!(
                "write the whole path, such as sqlite:{}",
                shell_syntax::without_password(&whole)
            ),
        )),
        None => Ok(()),
    }
}

/// Returns what is between two quotes, or behind one that is not closed.
fn inside(text: &str, quote: char) -> Option<&str> {
    let inside = text.strip_prefix(quote)?;
    Some(inside.strip_suffix(quote).unwrap_or(inside))
}

/// A URL without its password.
fn shown_url(text: &str) -> String {
    let text = text.trim();
    DatabaseUrl::new(&with_usual_scheme(text)).to_string()
}
