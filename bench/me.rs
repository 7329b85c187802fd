//! The JSON of `GET /api/v1/me`, as a constant.

use serde::Serialize;

/// A user of the same length as the server's answer.
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
