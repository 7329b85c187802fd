//! Tests of every kind of credential, and of what the cache may answer.

use std::time::Duration;

use super::*;
use crate::{
    Scope, Session, SessionStore, TokenStore, Wanted,
    auth::fixture::{Fixture, refresh_token},
    testing::guestlist_over,
};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

#[tokio::test]
async fn an_access_token_identifies_the_user_until_it_expires() {
    for (wanted, lifetime) in [
        (Wanted::DATABASE, DAY),
        (Wanted::JWT, 600),
        (Wanted::JWT_ALONE, HOUR),
    ] {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(wanted).await;
        assert_eq!(signed_in.expires_in, Duration::from_secs(lifetime));
        let token = signed_in.access_token.expose();
        let identity = fixture.guestlist.identify(token).await.expect("opens");
        assert_eq!(identity.user.id, fixture.user.id);
        assert!(identity.user.password_hash.is_none());
        assert_eq!(identity.scope, Scope::Account);
        let session = identity.session().expect("is a session's");
        assert_eq!(session.id, signed_in.session.id);
        fixture.advance(lifetime - 1);
        assert!(fixture.opens(token).await, "{wanted:?}");
        fixture.clock.advance(Duration::from_millis(999));
        assert!(fixture.opens(token).await, "{wanted:?}");
        fixture.clock.advance(Duration::from_millis(1));
        assert!(!fixture.opens(token).await, "{wanted:?}");
    }
}

#[tokio::test]
async fn a_personal_token_has_its_scope_until_it_expires() {
    let fixture = Fixture::new().await;
    let made = fixture.personal_token().await;
    let token = made.secret.expose();
    let identity = fixture.guestlist.identify(token).await.expect("opens");
    assert_eq!(identity.user.id, fixture.user.id);
    assert_eq!(identity.scope, Scope::Write);
    assert!(identity.session().is_none());
    assert!(matches!(&identity.by, By::Token(token) if token.id == made.token.id));
    fixture.advance(DAY - 1);
    assert!(fixture.opens(token).await);
    fixture.advance(1);
    assert!(!fixture.opens(token).await);
}

#[tokio::test]
async fn a_token_of_another_kind_is_refused() {
    let fixture = Fixture::new().await;
    let signed_in = fixture.sign_in(Wanted::DATABASE).await;
    let id = signed_in.session.id;
    let gateway = crate::TokenName::parse("gateway").expect("is a name");
    let service = fixture.guestlist.issue_service_token(gateway, None).await;
    let service = service.expect("issues").secret;
    assert!(!fixture.opens(refresh_token(&signed_in)).await);
    assert!(!fixture.opens(service.expose()).await);
    for kind in [TokenKind::Access, TokenKind::Cookie, TokenKind::Personal] {
        let forged = OpaqueToken::new(kind, id.as_uuid());
        assert!(!fixture.opens(forged.expose()).await, "{kind:?}");
    }
    let made = fixture.personal_token().await;
    for kind in [TokenKind::Access, TokenKind::Personal] {
        let forged = OpaqueToken::new(kind, made.token.id.as_uuid());
        assert!(!fixture.opens(forged.expose()).await, "{kind:?}");
    }
    assert!(fixture.opens(signed_in.access_token.expose()).await);
    assert!(fixture.opens(made.secret.expose()).await);
}

/// RFC 8725, section 3.12. The cache is tested too: each credential is used once in its own place
/// first.
#[tokio::test]
async fn a_cookie_is_accepted_only_as_a_cookie_and_a_token_only_as_a_token() {
    let fixture = Fixture::new().await;
    let cookie = fixture.sign_in(Wanted::Cookie).await;
    let cookie = cookie.access_token.expose();
    let identity = fixture.guestlist.identify_cookie(cookie).await;
    let identity = identity.expect("opens");
    assert_eq!(identity.user.id, fixture.user.id);
    assert!(identity.session().is_some_and(Session::is_cookie_session));
    assert!(!fixture.opens(cookie).await);
    let (database, jwt) = (
        fixture.sign_in(Wanted::DATABASE).await,
        fixture.sign_in(Wanted::JWT).await,
    );
    let personal = fixture.personal_token().await;
    for token in [
        database.access_token.expose(),
        jwt.access_token.expose(),
        personal.secret.expose(),
    ] {
        assert!(fixture.opens(token).await);
        let refused = fixture.guestlist.identify_cookie(token).await;
        assert!(matches!(refused, Err(IdentifyError::InvalidToken)));
    }
    for bad in [refresh_token(&database), "", "glc_", "glc_AAAA", "GLC_"] {
        let refused = fixture.guestlist.identify_cookie(bad).await;
        assert!(matches!(refused, Err(IdentifyError::InvalidToken)), "{bad}");
    }
}

#[tokio::test]
async fn a_cookie_is_valid_until_its_session_expires() {
    let fixture = Fixture::new().await;
    let signed_in = fixture.sign_in(Wanted::Cookie).await;
    assert_eq!(signed_in.expires_in, Duration::from_secs(30 * DAY));
    assert!(signed_in.refresh_token.is_none());
    let cookie = signed_in.access_token.expose();
    let opens = async || fixture.guestlist.identify_cookie(cookie).await.is_ok();
    for _ in 0..29 {
        fixture.advance(DAY);
        assert!(opens().await);
    }
    fixture.advance(DAY - 1);
    assert!(opens().await);
    fixture.advance(1);
    assert!(!opens().await);
}

/// BH12: a checksum or the hash catches each change.
#[tokio::test]
async fn a_changed_token_is_refused() {
    let fixture = Fixture::new().await;
    let token = fixture.sign_in(Wanted::DATABASE).await.access_token;
    let token = token.expose();
    for changed in [
        token[..4].to_owned(),
        format!("{token} "),
        format!("{token}A"),
        token.to_uppercase(),
        token.to_lowercase(),
        token.replacen("gla_", "glp_", 1),
    ] {
        assert!(!fixture.opens(&changed).await, "{changed}");
    }
}

#[tokio::test]
async fn an_unused_session_ends_and_a_used_one_goes_on() {
    let fixture = Fixture::with(|builder| {
        builder.lifetimes(crate::Lifetimes {
            access_database: Duration::from_secs(30 * DAY),
            ..Default::default()
        })
    })
    .await;
    let [used, unused] = [
        fixture.sign_in(Wanted::DATABASE).await,
        fixture.sign_in(Wanted::DATABASE).await,
    ];
    fixture.advance(7 * DAY - 1);
    assert!(fixture.opens(used.access_token.expose()).await);
    fixture.advance(1);
    assert!(!fixture.opens(unused.access_token.expose()).await);
    assert!(
        fixture.opens(used.access_token.expose()).await,
        "before a purge"
    );
    fixture.guestlist.purge().await.expect("sweeps");
    fixture.advance(6 * DAY);
    assert!(
        fixture.opens(used.access_token.expose()).await,
        "after a purge"
    );
}

#[tokio::test]
async fn a_purge_writes_last_seen_times_at_most_once_a_minute() {
    let fixture = Fixture::new().await;
    let signed_in = fixture.sign_in(Wanted::DATABASE).await;
    let made = fixture.personal_token().await;
    let (id, begun) = (signed_in.session.id, fixture.now());
    let seen_at = async || fixture.session(id).await.expect("is there").last_seen_at;
    let used_at = async || {
        let found = fixture.store.find_token(made.token.id).await;
        found.expect("answers").expect("is there").0.last_used_at
    };
    let both = async || {
        assert!(fixture.opens(signed_in.access_token.expose()).await);
        assert!(fixture.opens(made.secret.expose()).await);
        fixture.guestlist.purge().await.expect("sweeps");
    };
    fixture.advance(59);
    both().await;
    assert_eq!(seen_at().await, begun);
    let first = fixture.now();
    assert_eq!(used_at().await, Some(first));
    fixture.advance(1);
    both().await;
    let second = fixture.now();
    assert_eq!((seen_at().await, used_at().await), (second, Some(first)));
    fixture.advance(60);
    assert!(fixture.opens(signed_in.access_token.expose()).await);
    assert_eq!(seen_at().await, second, "nothing is written immediately");
    fixture.guestlist.purge().await.expect("sweeps");
    assert_eq!(seen_at().await, fixture.now());
}

#[tokio::test]
async fn a_session_that_another_node_ends_is_refused_within_recheck() {
    for wanted in [Wanted::DATABASE, Wanted::JWT] {
        let fixture = Fixture::new().await;
        let signed_in = fixture.sign_in(wanted).await;
        let token = signed_in.access_token.expose();
        assert!(fixture.opens(token).await);
        let ended = fixture.store.end_session(signed_in.session.id);
        ended.await.expect("ends");
        fixture.clock.advance(Duration::from_millis(999));
        assert!(fixture.opens(token).await);
        fixture.clock.advance(Duration::from_millis(1));
        assert!(!fixture.opens(token).await);
    }
}

#[tokio::test]
async fn without_recheck_the_store_is_asked_every_time() {
    let fixture = Fixture::with(|builder| builder.recheck(Duration::ZERO)).await;
    let signed_in = fixture.sign_in(Wanted::DATABASE).await;
    let token = signed_in.access_token.expose();
    assert!(fixture.opens(token).await);
    let ended = fixture.store.end_session(signed_in.session.id);
    ended.await.expect("ends");
    assert!(!fixture.opens(token).await);
}

#[tokio::test]
async fn a_jwt_of_another_secret_and_malformed_tokens_are_refused() {
    let fixture = Fixture::new().await;
    let signed_in = fixture.sign_in(Wanted::JWT).await;
    let other = guestlist_over(fixture.store.clone());
    let token = signed_in.access_token.expose();
    assert!(!crate::auth::fixture::opens(&other, token).await);
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
        assert!(!fixture.opens(garbage).await, "{garbage}");
    }
}
