//! Where an administrator begins.

use askama::Template;
use guestlist_axum::{Admin, CurrentUser};

use crate::pages::{
    assets,
    page::Page,
    visit::{Layout, Visit},
};

#[derive(Template)]
#[template(path = "admin/overview.html")]
pub(super) struct Overview {
    layout: Layout,
}

/// `GET /admin`
pub(super) async fn overview(_: Admin<CurrentUser>, visit: Visit) -> Page<Overview> {
    Page::private(Overview {
        layout: visit.into_layout(),
    })
}
