//! The counts of `guestlist doctor`, in words for a host. The modes of the key files are left out.

use askama::Template;
use axum::extract::State;
use guestlist::Scheme;
use guestlist_axum::{Admin, CurrentUser, Problem};

use crate::{
    app::App,
    examination::{Counted, Row},
    pages::{
        assets,
        page::Page,
        visit::{Layout, Visit},
    },
};

/// The page reads no more users than this.
const MOST: u64 = 10_000;

#[derive(Template)]
#[template(path = "admin/health.html")]
pub(super) struct Health {
    layout: Layout,
    /// `None` if there are too many users to read all of them.
    passwords: Option<Vec<Shown>>,
    records: Vec<Shown>,
}

/// A count, in words.
struct Shown {
    what: &'static str,
    count: u64,
    /// Empty for a count of zero.
    meaning: &'static str,
}

impl From<Row> for Shown {
    fn from(Row { counted, count }: Row) -> Self {
        let (what, meaning) = words(counted);
        Self {
            what,
            count,
            meaning: if count == 0 { "" } else { meaning },
        }
    }
}

/// Returns what is counted, and what the count means or asks for.
fn words(counted: Counted) -> (&'static str, &'static str) {
    match counted {
        Counted::Users => ("Accounts", ""),
        Counted::WithoutPassword => (
            "Accounts without a password",
            "These users cannot sign in. Make a password reset link for each, on the page of the user.",
        ),
        Counted::Scheme(scheme) => (scheme_in_words(scheme), ""),
        Counted::Outdated => (
            "Passwords with older protection",
            "Each gets the protection of today when its user signs in. You need not do anything.",
        ),
        Counted::Cut => (
            "Of these, protected by plain bcrypt",
            "It ignores what follows after 72 bytes. A longer password gets the protection of today when its user changes it.",
        ),
        Counted::NotListed => (
            "Passwords that this site does not accept",
            "These users cannot sign in. Make a password reset link for each, or add the kind of protection to the setting passwords.schemes.",
        ),
        Counted::Unreadable => (
            "Damaged passwords",
            "These users cannot sign in. Make a password reset link for each, on the page of the user.",
        ),
        Counted::Sessions => (
            "Sessions",
            "Each is a sign-in on one device. Sessions that expired a moment ago are included.",
        ),
        Counted::PersonalTokens => (
            "Personal access tokens",
            "With each, a program acts for a user.",
        ),
        Counted::ServiceTokens => (
            "Tokens of services",
            "With each, another server checks sessions of this site. The command guestlist tokens list shows them.",
        ),
        Counted::Keys => (
            "Signing keys",
            "The server signs access tokens with them. The command guestlist keys list shows them.",
        ),
        Counted::Expired => (
            "Expired, of all these",
            "The server removes them every ten minutes. You need not do anything.",
        ),
        Counted::PreviousSessions => (
            "Sessions under the previous secret key",
            "They end when you remove SECRET_KEY_PREVIOUS, unless they are renewed before.",
        ),
        Counted::PreviousPersonalTokens => (
            "Personal access tokens under the previous secret key",
            "They end when you remove SECRET_KEY_PREVIOUS, unless they are used before.",
        ),
        Counted::PreviousServiceTokens => (
            "Tokens of services under the previous secret key",
            "They end when you remove SECRET_KEY_PREVIOUS, unless they are used before.",
        ),
        Counted::LostTokens => (
            "Tokens that no longer work",
            "They were made with a secret key that the settings do not name.",
        ),
    }
}

/// Returns how passwords are protected, with the name that other documents use.
fn scheme_in_words(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Argon2 => "Passwords protected by Argon2",
        Scheme::Bcrypt => "Passwords protected by bcrypt",
        Scheme::Scrypt => "Passwords protected by scrypt",
        Scheme::Pbkdf2 => "Passwords protected by PBKDF2",
        Scheme::ShaCrypt => "Passwords protected by SHA-crypt",
        Scheme::Firebase => "Passwords protected by the scrypt of Firebase",
    }
}

/// `GET /admin/health`
pub(super) async fn health(
    State(app): State<App>,
    _: Admin<CurrentUser>,
    visit: Visit,
) -> Result<Page<Health>, Problem> {
    let shown = |rows: Vec<Row>| rows.into_iter().map(Shown::from).collect();
    let passwords = app.examine_passwords(MOST).await?;
    let records = app.examine_records().await?;
    Ok(Page::private(Health {
        layout: visit.into_layout(),
        passwords: passwords.map(shown),
        records: shown(records),
    }))
}
