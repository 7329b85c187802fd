//! Every kind of credential, and what the cache may and may not answer.

use std::time::Duration;

use super::*;
use crate::{
    SessionStore, TokenStore, Wanted,
    auth::scene::{Scene, refresh_token},
    testing::guestlist_over,
};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

#[tokio::test]
async fn an_access_token_opens_its_session_until_it_expires() {
    for (wanted, lifetime) in [
        (Wanted::DATABASE, DAY),
        (Wanted::JWT, 600),
        (Wanted::JWT_ALONE, HOUR),
    ] {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(wanted).await;
        assert_eq!(signed_in.expires_in, Duration::from_secs(lifetime));
        let token = signed_in.access_token.expose();
        let identity = scene.guestlist.identify(token).await.expect("opens");
        assert_eq!(identity.user.id, scene.user.id);
        assert!(identity.user.password_hash.is_none());
        assert_eq!(identity.scope, Scope::Account);
        let session = identity.session().expect("is a session's");
        assert_eq!(session.id, signed_in.session.id);
        scene.advance(lifetime - 1);
        assert!(scene.opens(token).await, "{wanted:?}");
        scene.clock.advance(Duration::from_millis(999));
        assert!(scene.opens(token).await, "{wanted:?}");
        scene.clock.advance(Duration::from_millis(1));
        assert!(!scene.opens(token).await, "{wanted:?}");
    }
}

#[tokio::test]
async fn a_personal_token_opens_what_its_scope_says_until_it_expires() {
    let scene = Scene::new().await;
    let made = scene.personal_token().await;
    let token = made.secret.expose();
    let identity = scene.guestlist.identify(token).await.expect("opens");
    assert_eq!(identity.user.id, scene.user.id);
    assert_eq!(identity.scope, Scope::Write);
    assert!(identity.session().is_none());
    assert!(matches!(&identity.by, By::Token(token) if token.id == made.token.id));
    scene.advance(DAY - 1);
    assert!(scene.opens(token).await);
    scene.advance(1);
    assert!(!scene.opens(token).await);
}

#[tokio::test]
async fn a_token_of_another_kind_opens_nothing() {
    let scene = Scene::new().await;
    let signed_in = scene.sign_in(Wanted::DATABASE).await;
    let id = signed_in.session.id;
    let gateway = crate::TokenName::parse("gateway").expect("is a name");
    let service = scene.guestlist.issue_service_token(gateway, None).await;
    let service = service.expect("issues").secret;
    assert!(!scene.opens(refresh_token(&signed_in)).await);
    assert!(!scene.opens(service.expose()).await);
    for kind in [TokenKind::Access, TokenKind::Cookie, TokenKind::Personal] {
        let forged = OpaqueToken::new(kind, id.as_uuid());
        assert!(!scene.opens(forged.expose()).await, "{kind:?}");
    }
    let made = scene.personal_token().await;
    for kind in [TokenKind::Access, TokenKind::Personal] {
        let forged = OpaqueToken::new(kind, made.token.id.as_uuid());
        assert!(!scene.opens(forged.expose()).await, "{kind:?}");
    }
    assert!(scene.opens(signed_in.access_token.expose()).await);
    assert!(scene.opens(made.secret.expose()).await);
}

/// RFC 8725, section 3.12, and the cache as well: whatever opened something a moment ago is tried.
#[tokio::test]
async fn a_cookie_opens_where_cookies_are_read_and_a_token_does_not() {
    let scene = Scene::new().await;
    let cookie = scene.sign_in(Wanted::Cookie).await;
    let cookie = cookie.access_token.expose();
    let identity = scene.guestlist.identify_cookie(cookie).await;
    let identity = identity.expect("opens");
    assert_eq!(identity.user.id, scene.user.id);
    assert!(identity.session().is_some_and(Session::is_a_cookies));
    assert!(!scene.opens(cookie).await);
    let (database, jwt) = (
        scene.sign_in(Wanted::DATABASE).await,
        scene.sign_in(Wanted::JWT).await,
    );
    let personal = scene.personal_token().await;
    for token in [
        database.access_token.expose(),
        jwt.access_token.expose(),
        personal.secret.expose(),
    ] {
        assert!(scene.opens(token).await);
        let refused = scene.guestlist.identify_cookie(token).await;
        assert!(matches!(refused, Err(IdentifyError::InvalidToken)));
    }
    for bad in [refresh_token(&database), "", "glc_", "glc_AAAA", "GLC_"] {
        let refused = scene.guestlist.identify_cookie(bad).await;
        assert!(matches!(refused, Err(IdentifyError::InvalidToken)), "{bad}");
    }
}

#[tokio::test]
async fn a_cookie_opens_its_session_until_that_expires() {
    let scene = Scene::new().await;
    let signed_in = scene.sign_in(Wanted::Cookie).await;
    assert_eq!(signed_in.expires_in, Duration::from_secs(30 * DAY));
    assert!(signed_in.refresh_token.is_none());
    let cookie = signed_in.access_token.expose();
    let opens = async || scene.guestlist.identify_cookie(cookie).await.is_ok();
    for _ in 0..29 {
        scene.advance(DAY);
        assert!(opens().await);
    }
    scene.advance(DAY - 1);
    assert!(opens().await);
    scene.advance(1);
    assert!(!opens().await);
}

/// `BH12`: every one of them is a checksum or a hash away.
#[tokio::test]
async fn a_token_with_anything_changed_opens_nothing() {
    let scene = Scene::new().await;
    let token = scene.sign_in(Wanted::DATABASE).await.access_token;
    let token = token.expose();
    for changed in [
        token[..4].to_owned(),
        format!("{token} "),
        format!("{token}A"),
        token.to_uppercase(),
        token.to_lowercase(),
        token.replacen("gla_", "glp_", 1),
    ] {
        assert!(!scene.opens(&changed).await, "{changed}");
    }
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_and_one_in_use_does_not() {
    let scene = Scene::settled(|door| {
        door.lifetimes(crate::Lifetimes {
            access_database: Duration::from_secs(30 * DAY),
            ..Default::default()
        })
    })
    .await;
    let [used, unused] = [
        scene.sign_in(Wanted::DATABASE).await,
        scene.sign_in(Wanted::DATABASE).await,
    ];
    scene.advance(7 * DAY - 1);
    assert!(scene.opens(used.access_token.expose()).await);
    scene.advance(1);
    assert!(!scene.opens(unused.access_token.expose()).await);
    assert!(
        scene.opens(used.access_token.expose()).await,
        "before a sweep"
    );
    scene.guestlist.purge().await.expect("purges");
    scene.advance(6 * DAY);
    assert!(scene.opens(used.access_token.expose()).await, "after one");
}

#[tokio::test]
async fn the_store_learns_with_a_purge_what_was_used_and_at_most_once_a_minute() {
    let scene = Scene::new().await;
    let signed_in = scene.sign_in(Wanted::DATABASE).await;
    let made = scene.personal_token().await;
    let (id, begun) = (signed_in.session.id, scene.now());
    let seen_at = async || scene.session(id).await.expect("is there").last_seen_at;
    let used_at = async || {
        let found = scene.store.find_token(made.token.id).await;
        found.expect("answers").expect("is there").0.last_used_at
    };
    let both = async || {
        assert!(scene.opens(signed_in.access_token.expose()).await);
        assert!(scene.opens(made.secret.expose()).await);
        scene.guestlist.purge().await.expect("purges");
    };
    scene.advance(59);
    both().await;
    assert_eq!(seen_at().await, begun);
    let first = scene.now();
    assert_eq!(used_at().await, Some(first));
    scene.advance(1);
    both().await;
    let second = scene.now();
    assert_eq!((seen_at().await, used_at().await), (second, Some(first)));
    scene.advance(60);
    assert!(scene.opens(signed_in.access_token.expose()).await);
    assert_eq!(seen_at().await, second, "nothing is written at once");
    scene.guestlist.purge().await.expect("purges");
    assert_eq!(seen_at().await, scene.now());
}

#[tokio::test]
async fn what_another_node_ends_is_over_within_recheck() {
    for wanted in [Wanted::DATABASE, Wanted::JWT] {
        let scene = Scene::new().await;
        let signed_in = scene.sign_in(wanted).await;
        let token = signed_in.access_token.expose();
        assert!(scene.opens(token).await);
        let ended = scene.store.end_session(signed_in.session.id);
        ended.await.expect("ends");
        scene.clock.advance(Duration::from_millis(999));
        assert!(scene.opens(token).await);
        scene.clock.advance(Duration::from_millis(1));
        assert!(!scene.opens(token).await);
    }
}

#[tokio::test]
async fn without_recheck_the_store_is_asked_every_time() {
    let scene = Scene::settled(|door| door.recheck(Duration::ZERO)).await;
    let signed_in = scene.sign_in(Wanted::DATABASE).await;
    let token = signed_in.access_token.expose();
    assert!(scene.opens(token).await);
    let ended = scene.store.end_session(signed_in.session.id);
    ended.await.expect("ends");
    assert!(!scene.opens(token).await);
}

#[tokio::test]
async fn a_jwt_of_another_secret_and_garbage_opens_nothing() {
    let scene = Scene::new().await;
    let signed_in = scene.sign_in(Wanted::JWT).await;
    let other = guestlist_over(scene.store.clone());
    let token = signed_in.access_token.expose();
    assert!(!crate::auth::scene::opens(&other, token).await);
    for garbage in [
        "",
        ".",
        "..",
        "null",
        "undefined",
        "[object Object]",
        "a.b.c",
        "gla_",
        "glp_AAAA",
    ] {
        assert!(!scene.opens(garbage).await, "{garbage}");
    }
}
