//! The link to the next page of a list.

use axum::{
    http::{HeaderName, Uri, header::LINK},
    response::AppendHeaders,
};

/// A `Link` header (RFC 8288), if there is a next page.
pub(super) type NextLink = AppendHeaders<Option<(HeaderName, String)>>;

/// Returns the link to the page after `next`, with the other parameters of this request.
pub(super) fn next_link(
    address: &Uri,
    fields: &[(String, String)],
    next: Option<&str>,
) -> NextLink {
    AppendHeaders(next.map(|next| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields.iter().filter(|(name, _)| name != "after"));
        let query = query.append_pair("after", next).finish();
        (LINK, format!("<{}?{query}>; rel=\"next\"", address.path()))
    }))
}
