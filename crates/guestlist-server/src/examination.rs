//! What `guestlist doctor` and the page `/admin/health` count in the stored records. It contains no
//! secrets.

use std::collections::BTreeMap;

use guestlist::{Census, HashStanding, KeyCensus, PasswordHash, Scheme, StoreError};

use crate::app::App;

/// How many users are read at once.
const PAGE: u32 = 500;

/// What is counted. The command and the page have words of their own for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    Users,
    WithoutPassword,
    /// Passwords kept by this scheme.
    Scheme(Scheme),
    /// Hashes with another scheme or cost than the settings.
    Outdated,
    /// Those of the outdated hashes that are plain bcrypt.
    Cut,
    /// Hashes of schemes that the settings do not list.
    NotListed,
    Unreadable,
    Sessions,
    PersonalTokens,
    ServiceTokens,
    Keys,
    Expired,
    PreviousSessions,
    PreviousPersonalTokens,
    PreviousServiceTokens,
    /// Tokens of a secret that is not configured.
    LostTokens,
}

/// A count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) counted: Counted,
    pub(crate) count: u64,
}

impl Row {
    fn new(counted: Counted, count: u64) -> Self {
        Self { counted, count }
    }
}

impl App {
    /// Counts how the passwords of all users are kept. Returns `None` if there are more users than
    /// `most`, because every one is read.
    pub(crate) async fn examine_passwords(
        &self,
        most: u64,
    ) -> Result<Option<Vec<Row>>, StoreError> {
        let passwords = Passwords::count(self, most).await?;
        Ok(passwords.map(|passwords| passwords.rows()))
    }

    /// Counts sessions, tokens and keys, and what depends on which secret.
    pub(crate) async fn examine_records(&self) -> Result<Vec<Row>, StoreError> {
        let census = self.guestlist.census().await?;
        let secrets = Secrets {
            current: self.guestlist.current_key_census().await?,
            previous: self.guestlist.previous_key_census().await?,
        };
        let mut rows = rows_of(&census);
        rows.extend(secrets.rows(&census));
        Ok(rows)
    }
}

/// How the passwords of all users are kept.
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
    /// Returns `None` if there are more users than `most`.
    async fn count(app: &App, most: u64) -> Result<Option<Self>, StoreError> {
        let (mut passwords, mut after) = (Self::default(), None);
        loop {
            let page = app.guestlist.list_users(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for user in &page {
                passwords.add(app, user.password_hash.as_ref());
            }
            if passwords.users > most {
                return Ok(None);
            }
        }
        Ok(Some(passwords))
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

    fn rows(&self) -> Vec<Row> {
        let mut rows = vec![
            Row::new(Counted::Users, self.users),
            Row::new(Counted::WithoutPassword, self.without),
        ];
        let schemes = self.by_scheme.iter();
        rows.extend(schemes.map(|(scheme, count)| Row::new(Counted::Scheme(*scheme), *count)));
        rows.extend([
            Row::new(Counted::Outdated, self.outdated),
            Row::new(Counted::Cut, self.cut),
            Row::new(Counted::NotListed, self.unlisted),
            Row::new(Counted::Unreadable, self.unreadable),
        ]);
        rows
    }
}

/// Sessions, tokens and keys, and how many of them have expired.
fn rows_of(census: &Census) -> Vec<Row> {
    vec![
        Row::new(Counted::Sessions, census.sessions),
        Row::new(Counted::PersonalTokens, census.personal_tokens),
        Row::new(Counted::ServiceTokens, census.service_tokens),
        Row::new(Counted::Keys, census.keys),
        Row::new(Counted::Expired, census.expired),
    ]
}

/// How many sessions and tokens were made under which secret.
#[derive(Debug)]
struct Secrets {
    current: KeyCensus,
    previous: Option<KeyCensus>,
}

impl Secrets {
    /// What depends on the previous secret. Without a change of the secret there is nothing to
    /// report.
    fn rows(&self, census: &Census) -> Vec<Row> {
        let mut rows = Vec::new();
        if let Some(previous) = self.previous {
            rows.extend([
                Row::new(Counted::PreviousSessions, previous.sessions),
                Row::new(Counted::PreviousPersonalTokens, previous.personal_tokens),
                Row::new(Counted::PreviousServiceTokens, previous.service_tokens),
            ]);
        }
        let previous = self.previous.unwrap_or_default();
        let known = |current: u64, previous: u64| current.saturating_add(previous);
        let lost = |all: u64, known: u64| all.saturating_sub(known);
        let personal = known(self.current.personal_tokens, previous.personal_tokens);
        let services = known(self.current.service_tokens, previous.service_tokens);
        let lost = lost(census.personal_tokens, personal) + lost(census.service_tokens, services);
        if lost > 0 {
            rows.push(Row::new(Counted::LostTokens, lost));
        }
        rows
    }
}
