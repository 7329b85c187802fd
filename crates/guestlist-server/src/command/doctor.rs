//! `guestlist doctor`: what an operator should know of the records, counted.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use guestlist::{Census, HashStanding, KeyCensus, PasswordHash, Scheme};

use super::{open, users::PAGE};
use crate::{app::App, config::Settings};

/// Counts, and says what the numbers mean.
pub(super) fn run(settings: Settings) -> anyhow::Result<()> {
    open::with_installation(settings, async |app| {
        let passwords = Passwords::count(&app).await?;
        let census = app.guestlist.census().await?;
        let secrets = Secrets {
            current: app.guestlist.current_key_census().await?,
            previous: app.guestlist.previous_key_census().await?,
        };
        let mut out = io::stdout().lock();
        passwords.report(&mut out)?;
        report(&census, &mut out)?;
        secrets.report(&census, &mut out)?;
        Ok(())
    })
}

/// How everybody's password is kept.
#[derive(Debug, Default)]
struct Passwords {
    users: u64,
    without: u64,
    unreadable: u64,
    by_scheme: BTreeMap<Scheme, u64>,
    /// Hashes of schemes that the settings do not list.
    unlisted: u64,
    /// Hashes with another scheme or cost than the settings.
    outdated: u64,
    /// Those of the outdated hashes that are plain bcrypt.
    cut: u64,
}

impl Passwords {
    async fn count(app: &App) -> anyhow::Result<Self> {
        let (mut passwords, mut after) = (Self::default(), None);
        loop {
            let page = app.guestlist.list_users(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for user in &page {
                passwords.add(app, user.password_hash.as_ref());
            }
        }
        Ok(passwords)
    }

    fn add(&mut self, app: &App, hash: Option<&PasswordHash>) {
        self.users += 1;
        let Some(hash) = hash else {
            self.without += 1;
            return;
        };
        if let Some(scheme) = hash.scheme() {
            *self.by_scheme.entry(scheme).or_default() += 1;
        }
        match app.guestlist.standing(hash) {
            HashStanding::Current => {}
            HashStanding::Outdated => self.outdated += 1,
            HashStanding::Cut => {
                self.outdated += 1;
                self.cut += 1;
            }
            HashStanding::NotListed => self.unlisted += 1,
            HashStanding::Unreadable => self.unreadable += 1,
        }
    }

    fn report(&self, out: &mut impl Write) -> io::Result<()> {
        let schemes = self.by_scheme.iter();
        let mut rows: Vec<(String, u64, &str)> = vec![
            ("users".to_owned(), self.users, ""),
            (
                "without a password".to_owned(),
                self.without,
                "cannot sign in until an operator sets one",
            ),
        ];
        rows.extend(schemes.map(|(scheme, count)| (format!("password by {scheme}"), *count, "")));
        rows.extend([
            (
                "outdated hashes".to_owned(),
                self.outdated,
                "are replaced at the next sign-in",
            ),
            (
                "  of these, plain bcrypt".to_owned(),
                self.cut,
                "replaced at the next change of password if it has more than 72 bytes",
            ),
            (
                "schemes not listed".to_owned(),
                self.unlisted,
                "cannot sign in: passwords.schemes does not list them",
            ),
            (
                "unreadable hashes".to_owned(),
                self.unreadable,
                "cannot sign in: set a password with guestlist users set-password",
            ),
        ]);
        for (what, count, meaning) in rows {
            row(out, &what, count, meaning)?;
        }
        Ok(())
    }
}

/// What opens anything, and what does not any more.
fn report(census: &Census, out: &mut impl Write) -> io::Result<()> {
    for (what, count, meaning) in [
        (
            "sessions",
            census.sessions,
            "including expired ones that are not removed yet",
        ),
        ("personal tokens", census.personal_tokens, ""),
        (
            "tokens of services",
            census.service_tokens,
            "guestlist tokens list shows them",
        ),
        (
            "keys that sign tokens",
            census.keys,
            "guestlist keys list shows them",
        ),
        (
            "over, of all these",
            census.expired,
            "open nothing: a server removes them every ten minutes",
        ),
    ] {
        row(out, what, count, meaning)?;
    }
    Ok(())
}

/// Which secret opens what is stored.
#[derive(Debug)]
struct Secrets {
    current: KeyCensus,
    previous: Option<KeyCensus>,
}

impl Secrets {
    /// What a change of the secret has left behind. Without one there is nothing to say.
    fn report(&self, census: &Census, out: &mut impl Write) -> io::Result<()> {
        if let Some(previous) = self.previous {
            for (what, count, meaning) in [
                (
                    "sessions, previous secret",
                    previous.sessions,
                    "end when SECRET_KEY_PREVIOUS is removed, unless they are refreshed before",
                ),
                (
                    "personal, previous secret",
                    previous.personal_tokens,
                    "end when SECRET_KEY_PREVIOUS is removed, unless they are used before",
                ),
                (
                    "services, previous secret",
                    previous.service_tokens,
                    "end when SECRET_KEY_PREVIOUS is removed, unless they are used before",
                ),
            ] {
                row(out, what, count, meaning)?;
            }
        }
        let previous = self.previous.unwrap_or_default();
        let known = |current: u64, previous: u64| current.saturating_add(previous);
        let lost = |all: u64, known: u64| all.saturating_sub(known);
        let personal = known(self.current.personal_tokens, previous.personal_tokens);
        let services = known(self.current.service_tokens, previous.service_tokens);
        let lost = lost(census.personal_tokens, personal) + lost(census.service_tokens, services);
        if lost > 0 {
            let meaning = "cannot be used: their secret is not configured";
            row(out, "tokens, another secret", lost, meaning)?;
        }
        Ok(())
    }
}

/// What is not there means nothing.
fn row(out: &mut impl Write, what: &str, count: u64, meaning: &str) -> io::Result<()> {
    let meaning = if count == 0 { "" } else { meaning };
    let row = format!("{what:26}{count:>9}  {meaning}");
    writeln!(out, "{}", row.trim_end())
}
