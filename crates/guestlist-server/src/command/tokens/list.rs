//! `guestlist tokens list`

use std::io::{self, Write};

use guestlist::Timestamp;

use crate::{
    app::App,
    command::listing::{PAGE, second},
};

/// Prints the tokens a page at a time, so that the list is never in memory as a whole.
pub(super) async fn run(app: &App) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    line(
        &mut out,
        ["ID", "CREATED", "EXPIRES", "LAST USED", "SERVICE"],
    )?;
    let mut after = None;
    loop {
        let page = app.guestlist.list_service_tokens(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for token in &page {
            let cells = [
                &token.id.to_string(),
                &second(token.created_at).to_string(),
                &moment(token.expires_at),
                &moment(token.last_used_at),
                token.name.as_str(),
            ];
            line(&mut out, cells)?;
        }
    }
    Ok(out.flush()?)
}

fn moment(instant: Option<Timestamp>) -> String {
    instant.map_or_else(|| "-".to_owned(), |instant| second(instant).to_string())
}

fn line(out: &mut impl Write, [id, created, expires, used, service]: [&str; 5]) -> io::Result<()> {
    writeln!(
        out,
        "{id:36}  {created:20}  {expires:20}  {used:20}  {service}"
    )
}
