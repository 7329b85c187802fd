//! The files that pages load: a stylesheet, a script and an icon. The name of each contains a hash
//! of its content, so browsers may cache it for a year.

use std::sync::LazyLock;

use axum::{
    Extension,
    extract::Path,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use guestlist_axum::Problem;

use crate::serve::CountedElsewhere;

/// The stylesheet.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/style.css");
    Asset::new("style", "css", "text/css; charset=utf-8", text)
});

/// The script. All pages also work without it.
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/script.js");
    Asset::new("script", "js", "text/javascript; charset=utf-8", text)
});

/// The icon of the site.
pub(crate) static ICON: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/icon.svg");
    Asset::new("icon", "svg", "image/svg+xml", text)
});

/// The icon at the fixed address `/favicon.ico`, for programs that do not read the page.
const FAVICON: &[u8] = include_bytes!("../../assets/favicon.ico");

/// A file that pages load.
pub(crate) struct Asset {
    address: String,
    mime: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(name: &str, extension: &str, mime: &'static str, text: &'static str) -> Self {
        Self {
            address: format!("/assets/{name}-{:016x}.{extension}", fingerprint(text)),
            mime,
            text,
        }
    }

    /// Returns the path of the file.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

/// FNV-1a, 64 bits: distinguishes versions of a file; it is not a security feature.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// `GET /assets/{name}`
pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let asked = format!("/assets/{name}");
    let assets: [&Asset; 3] = [&STYLE, &SCRIPT, &ICON];
    let asset = assets.into_iter().find(|asset| asset.address == asked);
    let asset = asset.ok_or_else(Problem::not_found)?;
    let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    let mime = HeaderValue::from_static(asset.mime);
    let headers = [(CONTENT_TYPE, mime), (CACHE_CONTROL, for_ever)];
    let shared = Extension(CountedElsewhere);
    Ok((headers, shared, asset.text).into_response())
}

/// `GET /favicon.ico`
pub(super) async fn favicon() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "image/x-icon"),
        (CACHE_CONTROL, "public, max-age=86400"),
    ];
    (headers, Extension(CountedElsewhere), FAVICON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_gets_another_name() {
        assert_ne!(fingerprint("a"), fingerprint("b"));
        assert_eq!(fingerprint(""), 0xcbf2_9ce4_8422_2325);
        assert!(STYLE.address().starts_with("/assets/style-"));
    }

    #[test]
    fn the_script_has_five_kibibytes_at_most_and_the_stylesheet_five_hundred_lines() {
        assert!(SCRIPT.text.len() <= 5 * 1024, "{}", SCRIPT.text.len());
        assert!(STYLE.text.lines().count() <= 500);
    }
}
