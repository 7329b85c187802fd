//! `guestlist users list`

use std::io::{self, Write};

use clap::Args;
use guestlist::User;

use super::record::Record;
use crate::{
    app::App,
    command::listing::{PAGE, second},
};

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Prints a line of JSON for each user
    #[arg(long)]
    json: bool,
}

/// Prints the users a page at a time, so that they are never in memory as a whole.
pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (mut after, mut width) = (None, 0);
    loop {
        let page = app.guestlist.list_users(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        if arguments.json {
            for user in &page {
                serde_json::to_writer(&mut out, &Record::of(user)).map_err(io::Error::from)?;
                writeln!(out)?;
            }
        } else {
            let widest = page.iter().map(|user| chars(user.email.as_given())).max();
            width = widest.unwrap_or(0).max(width).max(chars("E-MAIL"));
            if after.is_none() {
                line(
                    &mut out,
                    width,
                    ["ID", "E-MAIL", "CREATED", "DISABLED", "ROLE"],
                )?;
            }
            for user in &page {
                columns(&mut out, width, user)?;
            }
        }
        after = Some(last.id);
    }
    Ok(out.flush()?)
}

fn columns(out: &mut impl Write, width: usize, user: &User) -> io::Result<()> {
    let disabled = user.disabled_at.map(|at| second(at).to_string());
    let cells = [
        &user.id.to_string(),
        user.email.as_given(),
        &second(user.created_at).to_string(),
        disabled.as_deref().unwrap_or("-"),
        user.role.as_str(),
    ];
    line(out, width, cells)
}

fn line(
    out: &mut impl Write,
    width: usize,
    [id, email, created, disabled, role]: [&str; 5],
) -> io::Result<()> {
    writeln!(
        out,
        "{id:36}  {email:width$}  {created:20}  {disabled:20}  {role}"
    )
}

fn chars(text: &str) -> usize {
    text.chars().count()
}
