//! The JSON that `GET /api/v1/me` answers, made up once.

use serde::Serialize;

/// As long as the server's own.
#[derive(Serialize)]
pub(crate) struct User {
    id: &'static str,
    email: &'static str,
    created_at: &'static str,
}

pub(crate) const READER: User = User {
    id: "01a1fdc2-66fa-704c-aa51-fc7f10059849",
    email: "reader@packt.com",
    created_at: "2026-11-21T10:58:58.426Z",
};
