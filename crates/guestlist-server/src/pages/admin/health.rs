//! What `guestlist doctor` says, except the modes of the key files.

use askama::Template;
use axum::extract::State;
use guestlist_axum::{Admin, CurrentUser, Problem};

use crate::{
    app::App,
    examination::Row,
    pages::{
        assets,
        page::Page,
        visit::{Layout, Visit},
        when_text::capitalised,
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
    what: String,
    count: u64,
    meaning: &'static str,
}

impl From<Row> for Shown {
    fn from(row: Row) -> Self {
        Self {
            what: capitalised(row.what.trim_start()),
            count: row.count,
            meaning: row.meaning,
        }
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
