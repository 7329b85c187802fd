use std::sync::Arc;

use super::*;
use crate::{
    Client, Extent, Scope, SecurityEventKind as Kind, SecurityEventStore, TokenName, UserStore,
    Wanted,
    auth::fixture::{Fixture, PASSWORD, logged, password, refresh_from, refresh_token},
    operations,
    testing::{Fault, FaultyStore, MemoryStore, email, guestlist_over},
};

fn from(address: &str) -> Client {
    Client {
        device: Some("a browser".to_owned()),
        address: Some(address.parse().expect("is an address")),
    }
}

impl Fixture {
    /// The user's events, the newest first.
    async fn events(&self) -> Vec<SecurityEvent> {
        self.guestlist.finish_events().await;
        let user = self.user.id;
        let listed = self.guestlist.list_security_events_of(user, None, 100);
        listed.await.expect("lists")
    }

    async fn kinds(&self) -> Vec<Kind> {
        self.events().await.iter().map(|event| event.kind).collect()
    }
}

#[tokio::test]
async fn each_use_case_records_its_event() {
    let fixture = Fixture::new().await;
    let guestlist = fixture.guestlist.seen_from(from("192.0.2.7"));
    let user = fixture.user.id;
    let session = || async { fixture.sign_in(Wanted::Cookie).await.session.id };

    let one = session().await;
    guestlist.sign_out(one).await.expect("signs out");
    guestlist.sign_out(one).await.expect("is no error");
    let one = session().await;
    guestlist.end_session(user, one).await.expect("ends");
    let one = session().await;
    let others = guestlist.end_other_sessions(one, Extent::SessionsAndTokens);
    let one = others.await.expect("ends").session.id;
    let name = TokenName::parse("backup").expect("is a name");
    let made = guestlist.make_token(one, name, Scope::Read, HOUR).await;
    let token = made.expect("makes").token.id;
    for _ in 0..2 {
        guestlist.retire_token(user, token).await.expect("revokes");
    }
    let wrong = guestlist.reauthenticate(one, password("wrong"), None).await;
    wrong.expect_err("is refused");
    guestlist.finish_events().await;
    guestlist.change_name(one, None).await.expect("changes");
    let other = email("other@example.com");
    guestlist.change_email(one, other).await.expect("changes");
    let new = password("another exemplary one");
    let changed = guestlist.change_password(one, password(PASSWORD), new);
    changed.await.expect("changes");
    let admin = guestlist.acting_as(Actor::CommandLine);
    let new = password("a third exemplary one");
    admin.set_password(user, new).await.expect("sets");
    admin.disable_user(user).await.expect("disables");
    admin.enable_user(user).await.expect("enables");
    admin.end_everything(None, 10).await.expect("ends");

    let mut kinds = fixture.kinds().await;
    kinds.reverse();
    let expected = [
        Kind::SignedUp,
        Kind::SignIn,
        Kind::SignOut,
        Kind::SignIn,
        Kind::SessionEnded,
        Kind::SignIn,
        Kind::OtherSessionsEnded,
        Kind::TokenMade,
        Kind::TokenRevoked,
        Kind::ReauthenticationRefused,
        Kind::NameChanged,
        Kind::EmailChanged,
        Kind::PasswordChanged,
        Kind::PasswordSetByAdmin,
        Kind::Disabled,
        Kind::Enabled,
        Kind::AllSessionsEnded,
    ];
    assert_eq!(kinds, expected);
    let events = fixture.events().await;
    let of = |kind| events.iter().find(|event| event.kind == kind);
    let changed = of(Kind::EmailChanged).expect("is there");
    assert_eq!(changed.actor, Actor::User);
    assert_eq!(changed.client, from("192.0.2.7"));
    assert_eq!(changed.details.get(detail::FROM), Some("ada@example.com"));
    assert_eq!(changed.details.get(detail::TO), Some("other@example.com"));
    let disabled = of(Kind::Disabled).expect("is there");
    assert_eq!(disabled.actor, Actor::CommandLine);
    let made = of(Kind::TokenMade).expect("is there");
    assert_eq!(made.details.get(detail::NAME), Some("backup"));
}

#[tokio::test]
async fn a_sign_in_has_the_client_of_its_request() {
    let fixture = Fixture::new().await;
    let guestlist = fixture.guestlist.seen_from(from("192.0.2.1"));
    for typed in [PASSWORD, "wrong"] {
        let client = from("192.0.2.9");
        let email = Some(&fixture.user.email);
        let signed_in = guestlist.sign_in(email, password(typed), client, Wanted::Cookie);
        assert_eq!(signed_in.await.is_ok(), typed == PASSWORD);
    }
    let events = fixture.events().await;
    let [refused, signed_in, _] = &events[..] else {
        panic!("{events:?}")
    };
    for (event, kind) in [(refused, Kind::SignInRefused), (signed_in, Kind::SignIn)] {
        assert_eq!((event.kind, event.actor), (kind, Actor::User));
        assert_eq!(event.client, from("192.0.2.9"));
        assert!(!event.is_address_of_proxy());
    }
    let reason = refused.details.get(detail::REASON);
    assert_eq!(reason, Some(detail::WRONG_PASSWORD));
    let proxied = fixture.guestlist.behind_unknown_proxy();
    let event = proxied.event(fixture.user.id, Kind::Exported);
    assert!(event.is_address_of_proxy());
}

/// A stranger who knows the address can try passwords.
#[tokio::test]
async fn wrong_passwords_of_strangers_do_not_fill_the_store() {
    let fixture = Fixture::new().await;
    for _ in 0..25 {
        assert!(fixture.try_sign_in("wrong", Wanted::Cookie).await.is_none());
        fixture.guestlist.finish_events().await;
    }
    fixture.advance(3_601);
    fixture.try_sign_in("wrong", Wanted::Cookie).await;
    let events = fixture.events().await;
    let refused = events
        .iter()
        .filter(|event| event.kind == Kind::SignInRefused);
    let times: Vec<_> = refused.map(|event| event.times).collect();
    assert_eq!(times, [1, 16, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
}

#[tokio::test]
async fn a_copied_refresh_token_is_recorded_and_a_lost_answer_is_not() {
    let fixture = Fixture::new().await;
    let first = fixture.sign_in(Wanted::DATABASE).await;
    let token = refresh_token(&first);
    let (home, elsewhere) = (from("192.0.2.1"), from("203.0.113.1"));
    for client in [&home, &home, &elsewhere, &home] {
        refresh_from(&fixture.guestlist, token, client.clone()).await;
    }
    let events = fixture.events().await;
    let reused = events
        .iter()
        .filter(|event| event.kind == Kind::RefreshReused);
    let reasons: Vec<_> = reused
        .map(|event| event.details.get(detail::REASON).expect("has one"))
        .collect();
    assert_eq!(reasons, [detail::TOO_OFTEN, detail::ELSEWHERE]);
}

/// What was changed is changed; a failing log must not say otherwise.
#[tokio::test]
async fn a_change_succeeds_although_its_event_cannot_be_stored() {
    for fault in Fault::ALL {
        let store = Arc::new(FaultyStore::over(Arc::new(MemoryStore::new())));
        let guestlist = guestlist_over(store.clone());
        let ada = email("ada@example.com");
        let append = operations::append_security_event();
        // A pause would let the hashing of passwords time out.
        if fault != Fault::NoAnswer {
            store.faults.at(append, fault);
        }
        let lines = logged(async {
            let signed_up = guestlist.sign_up(ada.clone(), password(PASSWORD)).await;
            let user = signed_up.expect("signs up").id;
            let client = Client::default();
            let signed_in =
                guestlist.sign_in(Some(&ada), password(PASSWORD), client, Wanted::Cookie);
            let session = signed_in.await.expect("signs in").session.id;
            if fault == Fault::NoAnswer {
                store.faults.at(append, fault);
                tokio::time::pause();
            }
            let changed = guestlist.change_name(session, None).await;
            changed.expect("changes");
            guestlist.disable_user(user).await.expect("disables");
            let found = store.find_user(user).await.expect("answers");
            assert!(found.expect("is there").disabled_at.is_some());
        });
        let lines = lines.await;
        if fault == Fault::NoAnswer {
            tokio::time::resume();
        }
        for line in ["signed in", "name changed", "disabled"] {
            assert!(lines.contains(line), "{fault:?} {line}: {lines}");
        }
    }
}

#[tokio::test]
async fn a_sign_in_that_fails_is_not_logged_as_one() {
    let store = Arc::new(FaultyStore::over(Arc::new(MemoryStore::new())));
    let guestlist = guestlist_over(store.clone());
    let ada = email("ada@example.com");
    let signed_up = guestlist.sign_up(ada.clone(), password(PASSWORD)).await;
    signed_up.expect("signs up");
    store
        .faults
        .at(operations::insert_session(), Fault::NotDone);
    let lines = logged(async {
        let client = Client::default();
        let failed = guestlist.sign_in(Some(&ada), password(PASSWORD), client, Wanted::Cookie);
        assert!(failed.await.is_err());
    });
    assert!(!lines.await.contains("signed in"));
}

/// A refusal answers before its event is stored, so that its time tells nothing.
#[tokio::test]
async fn a_refused_sign_in_does_not_wait_for_its_event() {
    let store = Arc::new(FaultyStore::over(Arc::new(MemoryStore::new())));
    let guestlist = guestlist_over(store.clone());
    let ada = email("ada@example.com");
    let signed_up = guestlist.sign_up(ada.clone(), password(PASSWORD)).await;
    signed_up.expect("signs up");
    store
        .faults
        .at(operations::append_security_event(), Fault::NoAnswer);
    let refused = guestlist.sign_in(
        Some(&ada),
        password("wrong"),
        Client::default(),
        Wanted::Cookie,
    );
    let refused = tokio::time::timeout(Duration::from_secs(2), refused).await;
    assert!(refused.expect("does not wait").is_err());
}

#[tokio::test]
async fn old_events_are_purged() {
    let fixture = Fixture::with(|builder| builder.keep_security_events(2 * HOUR)).await;
    fixture.advance(3_600);
    fixture.sign_in(Wanted::Cookie).await;
    assert_eq!(fixture.guestlist.purge().await.expect("purges"), 0);
    fixture.advance(3_601);
    fixture.guestlist.purge().await.expect("purges");
    assert_eq!(fixture.kinds().await, [Kind::SignIn]);
}

#[tokio::test]
async fn nothing_of_a_deleted_account_stays() {
    let fixture = Fixture::new().await;
    fixture.sign_in(Wanted::Cookie).await;
    let user = fixture.user.id;
    let lines = logged(async {
        let deleted = fixture.guestlist.delete_user(user).await;
        deleted.expect("deletes");
    });
    assert!(lines.await.contains("deleted"));
    let left = fixture.store.list_security_events(None, 10).await;
    assert!(left.expect("lists").is_empty());
}
