use std::{fs, path::Path};

use crate::test_app::{Answer, TestApp, new_email};

use super::browser::Browser;

fn links(page: &Answer) -> Vec<String> {
    let html = page.text();
    let found = html.match_indices("\"/assets/");
    let mut links: Vec<String> = found
        .map(|(at, _)| html[at + 1..].split('"').next().expect("ends").to_owned())
        .collect();
    links.sort();
    links.dedup();
    links
}

#[tokio::test]
async fn assets_are_cached_for_ever_under_a_name_with_their_hash() {
    let app = TestApp::start().await;
    let links = links(&app.page("/").await);
    assert_eq!(links.len(), 3, "{links:?}");
    for link in links {
        let asset = app.get(&link, None).await;
        assert_eq!(asset.status, 200, "{link}");
        let kept = asset.header("cache-control");
        assert_eq!(kept, Some("public, max-age=31536000, immutable"));
        assert_eq!(asset.header("x-content-type-options"), Some("nosniff"));
    }
    for other in ["/assets/style.css", "/assets/style-0000000000000000.css"] {
        assert_eq!(app.get(other, None).await.status, 404, "{other}");
    }
}

/// OWASP ASVS 5.0, 3.5.7.
#[tokio::test]
async fn assets_are_the_same_for_every_user() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for link in links(&browser.ask("/").await) {
        let (theirs, anybodys) = (browser.ask(&link).await, app.get(&link, None).await);
        assert_eq!(theirs.body, anybodys.body, "{link}");
    }
}

#[tokio::test]
async fn a_page_with_its_assets_has_at_most_40_kib_and_no_inline_script_or_style() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for path in ["/", "/events", "/events/new", "/account/tokens", "/nowhere"] {
        let page = browser.ask(path).await;
        let policy = page.header("content-security-policy").expect("is there");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        let opener = page.header("cross-origin-opener-policy");
        assert_eq!(opener, Some("same-origin"));
        let html = page.text();
        for inline in ["style=", "<style", " onclick", " onload", "javascript:"] {
            assert!(!html.contains(inline), "{path}: {inline}");
        }
        assert!(!html.contains("src=\"http") && !html.contains("href=\"//"));
        let mut size = page.body.len();
        for link in links(&page) {
            size += app.get(&link, None).await.body.len();
        }
        assert!(size <= 40 * 1024, "{path}: {size}");
    }
}

#[tokio::test]
async fn the_icon_is_also_at_favicon_ico() {
    let app = TestApp::start().await;
    let icon = app.get("/favicon.ico", None).await;
    assert_eq!(icon.status, 200);
    assert_eq!(icon.header("content-type"), Some("image/x-icon"));
    assert!(
        icon.body.starts_with(&[0, 0, 1, 0, 1, 0, 32, 32]),
        "an icon of 32 pixels"
    );
}

/// What the script looks for, some template has.
#[test]
fn no_part_of_the_script_is_without_a_page() {
    let script = include_str!("../../assets/script.js");
    let templates = templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"));
    let attributes = script.split("[data-").skip(1);
    let attributes: Vec<_> = attributes
        .map(|rest| rest.split(']').next().expect("ends"))
        .collect();
    assert!(attributes.len() > 1, "{attributes:?}");
    for attribute in attributes {
        let attribute = format!(" data-{attribute}");
        assert!(templates.contains(&attribute), "{attribute}");
    }
}

/// Returns the text of all templates.
fn templates(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("is a folder");
    let texts = entries.map(|entry| {
        let path = entry.expect("is there").path();
        if path.is_dir() {
            templates(&path)
        } else {
            fs::read_to_string(path).expect("is a text")
        }
    });
    texts.collect()
}
