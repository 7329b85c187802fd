//! `guestlist log`: the security events of one user, or of all users, the oldest first.

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::Duration,
};

use clap::Args;
use guestlist::{SecurityEvent, SecurityEventId, StoreError, UserId};
use guestlist_axum::SecurityEventBody;
use serde::Serialize;
use tokio::time;

use super::{
    listing::{PAGE, second},
    open,
    users::who::Who,
};
use crate::{
    app::App,
    config::Settings,
    security_words::{Reader, sentence},
};

/// How often `--follow` asks for new events.
const EVERY: Duration = Duration::from_secs(1);
/// How far `--follow` looks back each time. The clock of another node may be this much slower.
const BACK: Duration = Duration::from_secs(10);

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only the events of this user: an e-mail address or an id
    user: Option<Who>,
    /// Prints a line of JSON for each event
    #[arg(long)]
    json: bool,
    /// Goes on printing new events until it is stopped
    #[arg(long)]
    follow: bool,
}

pub(super) fn run(settings: Settings, arguments: &Arguments) -> anyhow::Result<()> {
    open::with_installation(settings, async |app| print(&app, arguments).await)
}

async fn print(app: &App, arguments: &Arguments) -> anyhow::Result<()> {
    let user = match &arguments.user {
        Some(who) => Some(who.find(app).await?),
        None => None,
    };
    let user = user.map(|user| user.id);
    let printer = Printer {
        json: arguments.json,
    };
    let mut after = None;
    // The ids that were printed and will be read again.
    let mut printed = BTreeSet::new();
    loop {
        let back = SecurityEventId::first_of(app.clock.now().minus(BACK));
        loop {
            let page = match user {
                Some(user) => all_of(app, user, after).await?,
                None => app.guestlist.list_security_events(after, PAGE).await?,
            };
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            let is_new = |event: &&SecurityEvent| event.id < back || printed.insert(event.id);
            printer.print(page.iter().filter(is_new))?;
        }
        if !arguments.follow {
            return Ok(());
        }
        printed.retain(|id| *id > back);
        after = Some(back);
        time::sleep(EVERY).await;
    }
}

/// Returns all events of the user after the id `after`, the oldest first. The store lists the newest
/// first, and only the events of this user.
async fn all_of(
    app: &App,
    user: UserId,
    after: Option<SecurityEventId>,
) -> Result<Vec<SecurityEvent>, StoreError> {
    let is_after = |event: &SecurityEvent| after.is_none_or(|after| event.id > after);
    let (mut events, mut before) = (Vec::new(), None);
    loop {
        let listed = app.guestlist.list_security_events_of(user, before, PAGE);
        let page = listed.await?;
        before = page.last().map(|last| last.id);
        let goes_on = page.last().is_some_and(is_after);
        events.extend(page.into_iter().filter(is_after));
        if !goes_on {
            events.reverse();
            return Ok(events);
        }
    }
}

struct Printer {
    json: bool,
}

/// A line of JSON.
#[derive(Serialize)]
struct Line {
    user: String,
    #[serde(flatten)]
    event: SecurityEventBody,
}

impl Printer {
    fn print<'e>(&self, events: impl Iterator<Item = &'e SecurityEvent>) -> anyhow::Result<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for event in events {
            self.line(&mut out, event)?;
        }
        Ok(out.flush()?)
    }

    fn line(&self, out: &mut impl Write, event: &SecurityEvent) -> io::Result<()> {
        let user = event.user_id.to_string();
        if self.json {
            let event = SecurityEventBody::from(event);
            let line = serde_json::to_string(&Line { user, event }).map_err(io::Error::from)?;
            return writeln!(out, "{line}");
        }
        let address = event.client.address.map(|address| address.to_string());
        let address = match (address, event.is_address_of_proxy()) {
            (Some(address), true) => format!("{address} (a proxy)"),
            (address, _) => address.unwrap_or_else(|| "-".to_owned()),
        };
        let times = match event.times {
            1 => String::new(),
            times => format!(" ({times} times, the last one {})", second(event.last_at)),
        };
        let (at, actor, kind) = (second(event.at).to_string(), event.actor.kind(), event.kind);
        let text = sentence(event, Reader::Operator);
        let text = text.replace(char::is_control, "\u{fffd}");
        writeln!(
            out,
            "{at:20}  {user}  {actor:12}  {kind:24}  {address:15}  {text}{times}"
        )
    }
}
