//! Cookies of our name that somebody else sets: from another port of our host, and from a host below ours.

use super::{BESIDE, eve::Eve, evil::Evil};
use crate::{
    chromium::{Chromium, Script},
    server::{EMAIL, Server},
};

/// CK12; RFC 6265bis, section 8.6: a cookie for a longer path comes before ours, and we cannot see whose it
/// is.
#[tokio::test]
async fn where_somebody_puts_a_cookie_beside_ours_nobody_is_taken_for_them() {
    Chromium::used(Script::On, async |page| {
        page.as_ada().await;
        let (evil, eve) = (Evil::start(), Eve::signed_in(&page.server));
        let planted = format!("Set-Cookie: guestlist={}; Path=/account\r\n", eve.session);
        page.visit(&evil.page_with(BESIDE, &planted, "")).await;
        page.open("/account").await;
        page.is_at("/sign-in?next=%2Faccount").await;
        page.open("/").await;
        page.says("h1", "You have").await;
    })
    .await;
}

/// CK12, RFC 6265bis, section 4.1.3: over TLS no host below ours writes a cookie of our name at all. For
/// Chromium a name of this machine is as good as TLS.
#[tokio::test]
async fn the_cookie_for_tls_is_written_by_no_host_below_ours() {
    let tls = [("GUESTLIST_SERVER__BASE_URL", "https://app.localhost")];
    let server = || Server::at("app.localhost", &tls);
    Chromium::used_at(server, Script::On, async |page| {
        page.as_ada().await;
        let (evil, eve) = (Evil::start(), Eve::signed_in(&page.server));
        let (mut planted, session) = (String::new(), &eve.session);
        for name in ["__Host-guestlist", "__host-guestlist", "guestlist"] {
            for path in ["/", "/account"] {
                let domain = "Domain=app.localhost; Secure";
                planted += &format!("Set-Cookie: {name}={session}; Path={path}; {domain}\r\n");
            }
        }
        let below = evil.page_with("evil.app.localhost", &planted, "");
        page.visit(&below).await;
        page.open("/account").await;
        page.says("main", EMAIL).await;
    })
    .await;
}
