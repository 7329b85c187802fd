//! `guestlist outbox list`

use std::io::{self, Write};

use clap::Args;
use guestlist::{DeliveryState, MessageFilter};

use crate::{
    app::App,
    command::listing::{PAGE, second},
};

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Lists only mails in this state: held, queued, sent, failed or dropped
    #[arg(long)]
    state: Option<DeliveryState>,
}

/// Prints the mails a page at a time, so that they are never in memory as a whole.
pub(super) async fn run(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let filter = MessageFilter {
        state: arguments.state,
        ..MessageFilter::default()
    };
    line(
        &mut out,
        ["ID", "CREATED", "STATE", "ATTEMPTS", "KIND", "TO"],
    )?;
    let mut after = None;
    loop {
        let page = app.guestlist.list_messages(filter, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        for message in &page {
            let cells = [
                &message.id.to_string(),
                &second(message.created_at).to_string(),
                message.delivery.state.as_str(),
                &message.delivery.attempt.to_string(),
                message.kind.as_str(),
                message.to.as_given(),
            ];
            line(&mut out, cells)?;
        }
        after = Some(last.id);
    }
    Ok(out.flush()?)
}

fn line(
    out: &mut impl Write,
    [id, created, state, attempts, kind, to]: [&str; 6],
) -> io::Result<()> {
    writeln!(
        out,
        "{id:36}  {created:20}  {state:7}  {attempts:>8}  {kind:24}  {to}"
    )
}
