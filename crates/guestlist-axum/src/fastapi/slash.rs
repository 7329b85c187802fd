//! The same address with or without a slash at its end.

use axum::{extract::OriginalUri, response::Redirect};

use crate::{Problem, local_path};

/// Adds a slash to the end of the address, or removes it, and redirects there. The client sends the
/// same request again, with its method and body (RFC 9110, section 15.4.8).
///
/// # Errors
///
/// 404 if the other address is not a path of this server.
pub async fn to_other_slash(OriginalUri(address): OriginalUri) -> Result<Redirect, Problem> {
    let mut other = match address.path().strip_suffix('/') {
        Some(path) if path.ends_with('/') => return Err(Problem::not_found()),
        Some(path) => path.to_owned(),
        None => format!("{}/", address.path()),
    };
    if let Some(query) = address.query() {
        other = format!("{other}?{query}");
    }
    let other = local_path(&other).ok_or_else(Problem::not_found)?;
    Ok(Redirect::temporary(other))
}

#[cfg(test)]
mod tests {
    use axum::{http::header::LOCATION, response::IntoResponse};

    use super::*;

    async fn location(address: &str) -> Option<String> {
        let address = OriginalUri(address.parse().expect("is an address"));
        let response = to_other_slash(address).await.into_response();
        let location = response.headers().get(LOCATION)?;
        assert_eq!(response.status().as_u16(), 307);
        location.to_str().ok().map(str::to_owned)
    }

    #[tokio::test]
    async fn only_the_slash_at_the_end_changes() {
        for (address, other) in [
            ("/event", "/event/"),
            ("/event/new/", "/event/new"),
            ("/event?a=b%20c&d=/", "/event/?a=b%20c&d=/"),
            ("/event/%C3%A9/?", "/event/%C3%A9?"),
        ] {
            assert_eq!(location(address).await.as_deref(), Some(other), "{address}");
        }
    }

    #[tokio::test]
    async fn an_address_that_names_another_host_is_not_redirected() {
        for address in [
            "//evil.example/",
            "//evil.example",
            "/%2F/evil.example/",
            "/event//",
            "/",
        ] {
            assert_eq!(location(address).await, None, "{address}");
        }
    }
}
