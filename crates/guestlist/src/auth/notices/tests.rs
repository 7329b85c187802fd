use std::time::Duration;

use super::*;
use crate::{
    Actor, Client, DeliveryState, DeviceToken, Message, MessageFilter, MessageKind, MessageStore,
    Role, SecretKey, UserStore,
    auth::{
        fixture::{Fixture, PASSWORD, SECRET, password},
        link_fixture::{count, newest},
    },
    testing::{Fault, FaultyStore, email},
};

fn client(device: &str, address: &str) -> Client {
    Client {
        device: Some(device.to_owned()),
        address: Some(address.parse().expect("is an address")),
    }
}

async fn sign_in(fixture: &Fixture, client: Client, wanted: Wanted, held: Option<&DeviceToken>) {
    let email = Some(&fixture.user.email);
    let held = held.map(DeviceToken::expose);
    let guestlist = &fixture.guestlist;
    let signed_in = guestlist.sign_in_on_device(email, password(PASSWORD), client, wanted, held);
    signed_in.await.expect("signs in");
}

async fn new_devices(fixture: &Fixture) -> usize {
    count(fixture, MessageKind::NewDevice).await
}

/// Returns the event that the newest notice of a kind tells about.
async fn told(fixture: &Fixture, kind: MessageKind) -> String {
    let message = newest(fixture, kind).await;
    message.data.get("event").expect("has one").to_owned()
}

/// Returns the secret's code for a new second factor of the user, and confirms it.
async fn enrol(fixture: &Fixture) -> (crate::SessionId, Vec<crate::RecoveryCode>) {
    let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
    let set_up = fixture.guestlist.start_totp(session).await.expect("starts");
    let code = set_up.secret.code_at(fixture.now());
    let codes = fixture.guestlist.confirm_totp(session, &code).await;
    (session, codes.expect("confirms"))
}

#[tokio::test]
async fn a_sign_in_from_a_new_browser_is_news_except_the_first_one() {
    let fixture = Fixture::new().await;
    let (home, away) = (
        client("Firefox", "192.0.2.1"),
        client("Chrome", "198.51.100.7"),
    );
    sign_in(&fixture, home.clone(), Wanted::Cookie, None).await;
    assert_eq!(
        new_devices(&fixture).await,
        0,
        "the first one after sign-up"
    );
    let known = fixture.guestlist.remember_device(&fixture.user, None);
    sign_in(&fixture, away.clone(), Wanted::Cookie, Some(&known)).await;
    assert_eq!(new_devices(&fixture).await, 0, "the browser is known");
    sign_in(&fixture, home.clone(), Wanted::Cookie, None).await;
    assert_eq!(
        new_devices(&fixture).await,
        1,
        "the same words and network do not suffice"
    );
    let others = fixture
        .guestlist
        .remember_device(&crate::testing::user("eve@example.com"), None);
    sign_in(&fixture, away, Wanted::Cookie, Some(&others)).await;
    assert_eq!(
        new_devices(&fixture).await,
        2,
        "the browser is known to another user"
    );
    let notice = newest(&fixture, MessageKind::NewDevice).await;
    assert_eq!(notice.to, fixture.user.email);
    assert_eq!(notice.data.get("device"), Some("Chrome"));
    assert_eq!(notice.data.get("address"), Some("198.51.100.7"));
    assert_eq!(notice.delivery.state, DeliveryState::Queued);
    let link = notice.link.expect("has one");
    assert_eq!(link.purpose, LinkPurpose::NotMe);
    assert_eq!(link.expires_at, fixture.now().plus(LIFETIME));
}

#[tokio::test]
async fn a_program_is_known_by_its_words_and_network() {
    let fixture = Fixture::new().await;
    let wanted = Wanted::DATABASE;
    sign_in(&fixture, client("curl/8", "192.0.2.1"), wanted, None).await;
    sign_in(&fixture, client("curl/8", "192.0.2.99"), wanted, None).await;
    assert_eq!(new_devices(&fixture).await, 0);
    sign_in(&fixture, client("curl/8", "198.51.100.7"), wanted, None).await;
    assert_eq!(new_devices(&fixture).await, 1);
    sign_in(&fixture, client("wget/1", "192.0.2.1"), wanted, None).await;
    assert_eq!(new_devices(&fixture).await, 2);
    sign_in(&fixture, client("curl/8", "198.51.100.8"), wanted, None).await;
    assert_eq!(new_devices(&fixture).await, 2);
    let unknown = Client {
        device: Some("curl/8".to_owned()),
        address: None,
    };
    sign_in(&fixture, unknown.clone(), wanted, None).await;
    sign_in(&fixture, unknown, wanted, None).await;
    assert_eq!(
        new_devices(&fixture).await,
        4,
        "without an address all are new"
    );
}

/// An imported account, or one whose log was purged, has no earlier sign-in.
#[tokio::test]
async fn the_first_sign_in_of_an_older_account_is_news() {
    let fixture = Fixture::new().await;
    fixture.advance(24 * 60 * 60 - 1);
    let young = Fixture::new().await;
    young.advance(24 * 60 * 60);
    for (fixture, news) in [(fixture, 0), (young, 1)] {
        sign_in(&fixture, client("curl/8", "192.0.2.1"), Wanted::JWT, None).await;
        assert_eq!(new_devices(&fixture).await, news);
    }
}

#[tokio::test]
async fn a_sign_in_with_a_second_factor_is_told_after_the_code() {
    let fixture = Fixture::new().await;
    let (_, codes) = enrol(&fixture).await;
    let user = Some(&fixture.user.email);
    let from = client("Firefox", "198.51.100.7");
    let guestlist = &fixture.guestlist;
    let tried = guestlist.sign_in(user, password(PASSWORD), from.clone(), Wanted::Cookie);
    let Err(crate::SignInError::SecondFactorRequired(challenge)) = tried.await else {
        panic!("asks for a code");
    };
    assert_eq!(new_devices(&fixture).await, 0);
    let code = codes[0].expose();
    let finished = guestlist.finish_sign_in(&challenge, &code, from, Wanted::Cookie);
    finished.await.expect("signs in");
    assert_eq!(new_devices(&fixture).await, 1);
    let used = newest(&fixture, MessageKind::RecoveryCodeUsed).await;
    assert_eq!(used.data.get("left"), Some("9"));
}

#[tokio::test]
async fn each_change_of_the_password_is_told() {
    let fixture = Fixture::new().await;
    let guestlist = &fixture.guestlist;
    let kind = MessageKind::PasswordChanged;
    let session = fixture.sign_in(Wanted::JWT).await.session.id;
    let changed =
        guestlist.change_password(session, password(PASSWORD), password("the second one"));
    changed.await.expect("changes");
    assert_eq!(told(&fixture, kind).await, "password_changed");
    fixture.advance(1);
    let made = guestlist
        .make_reset_link(fixture.user.id)
        .await
        .expect("makes");
    assert_eq!(
        told(&fixture, MessageKind::AccountChanged).await,
        "reset_link_made"
    );
    let reset = guestlist.confirm_password_reset(made.token.expose(), password("the third one"));
    reset.await.expect("resets");
    assert_eq!(told(&fixture, kind).await, "password_reset");
    fixture.advance(1);
    let admin = guestlist.acting_as(Actor::CommandLine);
    let set = admin.set_password(fixture.user.id, password("the fourth one"));
    set.await.expect("sets");
    assert_eq!(told(&fixture, kind).await, "password_set_by_admin");
    assert_eq!(
        newest(&fixture, kind).await.data.get("by"),
        Some("command_line")
    );
    assert_eq!(count(&fixture, kind).await, 3);
}

#[tokio::test]
async fn each_change_of_the_second_factor_and_of_the_role_is_told() {
    let fixture = Fixture::new().await;
    let guestlist = &fixture.guestlist;
    let kind = MessageKind::SecondFactorChanged;
    let (session, _) = enrol(&fixture).await;
    assert_eq!(told(&fixture, kind).await, "second_factor_added");
    fixture.advance(1);
    let made = guestlist.regenerate_recovery_codes(session).await;
    made.expect("makes");
    assert_eq!(told(&fixture, kind).await, "recovery_codes_made");
    fixture.advance(1);
    guestlist.remove_totp(session).await.expect("removes");
    assert_eq!(told(&fixture, kind).await, "second_factor_removed");
    assert_eq!(count(&fixture, kind).await, 3);
    let admin = UserId::new(fixture.now());
    let acting = guestlist.acting_as(Actor::Admin(admin));
    let set = acting.set_role(fixture.user.id, Role::Admin);
    set.await.expect("sets");
    let notice = newest(&fixture, MessageKind::AccountChanged).await;
    assert!(notice.link.is_none(), "no link takes a role back");
    assert!(
        !notice
            .data
            .iter()
            .any(|(_, text)| text.contains(&admin.to_string()))
    );
}

/// A thief with a session must not hide one change behind a flood of others, and not fill a mailbox.
#[tokio::test]
async fn a_flood_of_one_kind_is_bounded_and_hides_no_other_kind() {
    let fixture = Fixture::new().await;
    let guestlist = &fixture.guestlist;
    let (user, address) = (fixture.user.id, &fixture.user.email);
    let verified = fixture.store.verify_email(user, address, fixture.now());
    verified.await.expect("verifies");
    let (session, _) = enrol(&fixture).await;
    let kind = MessageKind::SecondFactorChanged;
    let codes = async |times: u32| {
        for _ in 0..times {
            let made = guestlist.regenerate_recovery_codes(session).await;
            made.expect("makes");
        }
        count(&fixture, kind).await - 1
    };
    assert_eq!(codes(30).await, 10);
    fixture.advance(359);
    assert_eq!(codes(3).await, 10);
    guestlist.remove_totp(session).await.expect("removes");
    assert_eq!(told(&fixture, kind).await, "second_factor_removed");
    fixture.advance(1);
    let (session, _) = enrol(&fixture).await;
    let before = count(&fixture, kind).await;
    guestlist
        .regenerate_recovery_codes(session)
        .await
        .expect("makes");
    assert_eq!(
        count(&fixture, kind).await,
        before + 1,
        "one in six minutes"
    );
}

/// Otherwise a thief who asks for mails could hide the notices.
#[tokio::test]
async fn a_used_up_limit_of_mails_holds_back_no_notice() {
    let fixture = Fixture::new().await;
    let (guestlist, user) = (&fixture.guestlist, fixture.user.id);
    let address = &fixture.user.email;
    for _ in 0..20 {
        let asked = guestlist.request_email_verification_of(address);
        asked.await.expect("answers");
    }
    let set = async |new: &str| {
        let set = guestlist.set_password(user, password(new));
        set.await.expect("sets");
        count(&fixture, MessageKind::PasswordChanged).await
    };
    assert_eq!(
        set("the second one").await,
        1,
        "the address is not verified"
    );
    let verified = fixture.store.verify_email(user, address, fixture.now());
    verified.await.expect("verifies");
    assert_eq!(set("the third one").await, 2);
}

#[tokio::test]
async fn a_store_that_takes_no_notice_fails_no_act() {
    use crate::operations;
    let fixture = Fixture::new().await;
    fixture.sign_in(Wanted::DATABASE).await;
    let store = std::sync::Arc::new(FaultyStore::over(fixture.store.clone()));
    let secret = SecretKey::weak(SECRET).expect("is a key");
    let node = Guestlist::builder_over(store.clone(), secret)
        .clock(fixture.clock.clone())
        .password_cost(crate::PasswordCost::for_tests())
        .build()
        .expect("builds");
    for (operation, news) in [
        (operations::list_security_events_of(), 0),
        (operations::insert_message(), 0),
        (operations::ready(), 1),
    ] {
        store.faults.at(operation, Fault::NotDone);
        let (user, from) = (Some(&fixture.user.email), client("curl/8", "192.0.2.1"));
        let signed_in = node.sign_in(user, password(PASSWORD), from, Wanted::Cookie);
        assert!(signed_in.await.is_ok(), "{operation:?}");
        assert_eq!(new_devices(&fixture).await, news, "{operation:?}");
    }
    store
        .faults
        .at(operations::insert_message(), Fault::NotDone);
    let set = node.set_password(fixture.user.id, password("the second one"));
    set.await.expect("sets");
    assert_eq!(count(&fixture, MessageKind::PasswordChanged).await, 0);
}

#[tokio::test]
async fn a_notice_has_no_secret_and_waits_for_the_sender() {
    let fixture = Fixture::new().await;
    let set = fixture
        .guestlist
        .set_password(fixture.user.id, password("the second one"));
    set.await.expect("sets");
    let due = fixture
        .store
        .claim_due_messages(fixture.now(), 10, Duration::from_secs(60));
    let due: Vec<Message> = due.await.expect("answers");
    assert_eq!(due.len(), 1);
    let all = fixture
        .store
        .list_messages(MessageFilter::default(), None, 10);
    let token = fixture.guestlist.token_of_link(&due[0]).expect("has one");
    for message in all.await.expect("answers") {
        assert!(!message.data.to_stored().contains(token.expose()));
    }
    assert_eq!(due[0].to, email("ada@example.com"));
}
