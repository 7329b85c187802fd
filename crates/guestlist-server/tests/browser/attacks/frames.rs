//! Our pages in a frame of a foreign page (clickjacking).

use super::{BESIDE, ELSEWHERE, evil::Evil};
use crate::chromium::{Chromium, Script};

/// OWASP ASVS 5.0, 3.4.6
#[tokio::test]
async fn no_page_is_shown_in_a_frame() {
    Chromium::used(Script::On, async |page| {
        let (evil, event) = (Evil::start(), page.as_ada().await);
        let in_a_frame = async |host, address: &str| {
            let frame = format!("<iframe src=\"{address}\"></iframe>");
            page.visit(&evil.page(host, &frame)).await;
            page.driver.enter_frame(0).await.expect("has a frame");
            let shown = page.ask("return location.protocol").await;
            page.driver.enter_default_frame().await.expect("leaves it");
            shown
        };
        let theirs = evil.page(BESIDE, "Kittens");
        assert_eq!(in_a_frame(ELSEWHERE, &theirs).await, "http:");
        let (edit, delete) = (format!("{event}/edit"), format!("{event}/delete"));
        for path in [
            "/",
            "/account",
            "/account/delete",
            "/account/tokens",
            "/sign-in",
            "/events",
            &event,
            &edit,
            &delete,
            "/nowhere",
            "/docs/",
            "/redoc",
            "/openapi.json",
            "/api/v1/events",
            "/event/",
            "/health/live",
        ] {
            let address = page.server.url(path);
            for host in [BESIDE, ELSEWHERE] {
                let shown = in_a_frame(host, &address).await;
                assert_eq!(shown, "chrome-error:", "{path} from {host}");
            }
        }
    })
    .await;
}
