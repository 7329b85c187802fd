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
    shell_syntax::refuse_in_url(text, shown_url)?;
    let text = &*with_usual_scheme(text);
    match Named::by(text) {
        Ok(Named::File(path)) => {
            shell_syntax::refuse_in_path_of_url("sqlite", &path.to_string_lossy())?;
        }
        // A password may contain `$NAME`.
        Ok(named) => refuse_url(&named, text).map_err(Problem::of_words)?,
        Err(error) => return Err(Problem::with_fix(error.found(), error.fix())),
    }
    Ok(DatabaseUrl::new(text))
}

/// A URL without its password.
fn shown_url(text: &str) -> String {
    let text = text.trim();
    DatabaseUrl::new(&with_usual_scheme(text)).to_string()
}
