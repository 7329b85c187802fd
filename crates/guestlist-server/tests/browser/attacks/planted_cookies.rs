//! Cookies with our name that another server sets: from another port of our host, and from a
//! subdomain.

use super::{BESIDE, eve::Eve, evil::Evil};
use crate::{
    chromium::{Chromium, Script},
    server::{EMAIL, Server},
};

/// CK12; RFC 6265bis, section 8.6: a cookie for a longer path comes before ours, and the server
/// cannot see which server has set it.
#[tokio::test]
async fn a_planted_second_cookie_does_not_switch_the_user() {
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

/// CK12, RFC 6265bis, section 4.1.3: over TLS no subdomain can set a cookie of our name. Chromium
/// treats a host name of this machine like TLS.
#[tokio::test]
async fn with_tls_a_subdomain_cannot_set_our_cookie() {
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
