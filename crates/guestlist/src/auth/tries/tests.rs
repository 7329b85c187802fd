//! The limits as an attacker, an owner and many racing clients meet them.

use std::{net::IpAddr, sync::Arc, time::Duration};

use futures_util::future::join_all;

use super::*;
use crate::{
    ChangePasswordError, NewUser, PasswordCost, ReauthenticateError, SecretKey, SignInError,
    SignUpError, SignedIn, Wanted,
    auth::fixture::{Fixture, PASSWORD, password},
    operations,
    testing::{Fault, FaultyStore, ManualClock, MemoryStore, email},
};

const WRONG: &str = "not the password";

fn from(address: &str) -> Client {
    Client {
        device: None,
        address: Some(address.parse().expect("an address")),
    }
}

/// An IPv4 address in a wider network of its own.
fn elsewhere(number: u32) -> Client {
    let [_, a, b, c] = number.to_be_bytes();
    Client {
        device: None,
        address: Some(IpAddr::from([10 + a, b, c, 7])),
    }
}

impl Fixture {
    async fn tries(&self, typed: &str, client: &Client) -> Result<SignedIn, SignInError> {
        self.tries_at(&self.user.email.clone(), typed, client).await
    }

    async fn tries_at(
        &self,
        account: &Email,
        typed: &str,
        client: &Client,
    ) -> Result<SignedIn, SignInError> {
        let (client, typed) = (client.clone(), password(typed));
        let guestlist = &self.guestlist;
        let tried = guestlist.sign_in(Some(account), typed, client, Wanted::DATABASE);
        tried.await
    }

    async fn tries_on(
        &self,
        held: &str,
        typed: &str,
        client: &Client,
    ) -> Result<SignedIn, SignInError> {
        let (client, typed) = (client.clone(), password(typed));
        let email = Some(&self.user.email);
        let guestlist = &self.guestlist;
        let tried = guestlist.sign_in_on_device(email, typed, client, Wanted::Cookie, Some(held));
        tried.await
    }

    /// Counts a wrong password without hashing it, so that a test can make millions of tries.
    async fn guesses(&self, client: &Client) -> bool {
        let tried = Try {
            account: Some(&self.user.email),
            from: TriedFrom::Client {
                address: client.address,
                device: None,
            },
        };
        self.guestlist.count_try(tried).await.is_ok()
    }
}

fn is_wrong(tried: &Result<SignedIn, SignInError>) -> bool {
    matches!(tried, Err(SignInError::WrongCredentials))
}

fn refused(tried: Result<SignedIn, SignInError>) -> RetryAfter {
    match tried {
        Err(SignInError::TooManyTries(retry_after)) => retry_after,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("signed in"),
    }
}

#[tokio::test]
async fn ten_wrong_passwords_from_one_network_and_then_one_in_thirty_seconds() {
    let fixture = Fixture::new().await;
    let attacker = from("192.0.2.7");
    for _ in 0..10 {
        assert!(is_wrong(&fixture.tries(WRONG, &attacker).await));
    }
    let retry_after = refused(fixture.tries(PASSWORD, &attacker).await);
    assert_eq!(retry_after.seconds(), 30);
    assert_eq!(retry_after.limit(), "tries_by_account_and_network");
    fixture.advance(29);
    assert_eq!(refused(fixture.tries(WRONG, &attacker).await).seconds(), 1);
    fixture.advance(1);
    assert!(fixture.tries(PASSWORD, &attacker).await.is_ok());
    assert!(
        fixture.tries(PASSWORD, &attacker).await.is_ok(),
        "is given back"
    );
    assert!(is_wrong(&fixture.tries(WRONG, &attacker).await));
    refused(fixture.tries(WRONG, &attacker).await);
    // From another network the owner is not refused.
    assert!(fixture.tries(PASSWORD, &from("198.51.100.1")).await.is_ok());
}

#[tokio::test]
async fn a_right_password_gives_back_its_own_try_and_clears_nothing() {
    let fixture = Fixture::new().await;
    let client = from("192.0.2.7");
    for _ in 0..9 {
        assert!(is_wrong(&fixture.tries(WRONG, &client).await));
    }
    for _ in 0..20 {
        assert!(fixture.tries(PASSWORD, &client).await.is_ok());
    }
    assert!(is_wrong(&fixture.tries(WRONG, &client).await));
    refused(fixture.tries(WRONG, &client).await);
}

/// Otherwise the right password of a disabled user would differ from a wrong one.
#[tokio::test]
async fn unknown_and_disabled_accounts_have_the_same_limits() {
    let fixture = Fixture::new().await;
    let disabled = fixture.guestlist.disable_user(fixture.user.id).await;
    disabled.expect("disables");
    let unknown = email("unknown@example.com");
    for (account, client) in [
        (&fixture.user.email, "192.0.2.7"),
        (&unknown, "198.51.100.7"),
    ] {
        for _ in 0..10 {
            assert!(is_wrong(
                &fixture.tries_at(account, PASSWORD, &from(client)).await
            ));
        }
        let retry_after = refused(fixture.tries_at(account, PASSWORD, &from(client)).await);
        assert_eq!(retry_after.seconds(), 30);
    }
}

/// RL06: every spelling that finds the account counts for the account.
#[tokio::test]
async fn another_spelling_of_the_address_is_the_same_account() {
    let fixture = Fixture::new().await;
    let spellings = ["ada@example.com", "ADA@example.com", " Ada@EXAMPLE.com "];
    for number in 0..10 {
        let spelling = email(spellings[number % 3]);
        let tried = fixture.tries_at(&spelling, WRONG, &from("192.0.2.7")).await;
        assert!(is_wrong(&tried), "{spelling}");
    }
    for spelling in spellings {
        refused(
            fixture
                .tries_at(&email(spelling), WRONG, &from("192.0.2.7"))
                .await,
        );
    }
    // Other addresses are other accounts.
    for other in ["a.da@example.com", "ada+1@example.com"] {
        assert!(is_wrong(
            &fixture
                .tries_at(&email(other), WRONG, &from("192.0.2.7"))
                .await
        ));
    }
}

/// RL05: an address in another form, or another address of the same /64, is the same network.
#[tokio::test]
async fn another_form_of_the_client_address_is_the_same_network() {
    for (first, second) in [
        ("192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
    ] {
        let fixture = Fixture::new().await;
        for _ in 0..5 {
            assert!(is_wrong(&fixture.tries(WRONG, &from(first)).await));
            assert!(is_wrong(&fixture.tries(WRONG, &from(second)).await));
        }
        refused(fixture.tries(WRONG, &from(first)).await);
        refused(fixture.tries(WRONG, &from(second)).await);
    }
}

/// RL07: one password at many accounts.
#[tokio::test]
async fn one_network_cannot_try_a_password_at_every_account() {
    let fixture = Fixture::new().await;
    let guesses = async |client: &Client, tries: u32| {
        let mut allowed = 0;
        for number in 0..tries {
            let account = email(&format!("user{number}@example.com"));
            let tried = Try {
                account: Some(&account),
                from: TriedFrom::Client {
                    address: client.address,
                    device: None,
                },
            };
            allowed += u32::from(fixture.guestlist.count_try(tried).await.is_ok());
        }
        allowed
    };
    assert_eq!(guesses(&from("192.0.2.7"), 1_000).await, 100);
    // All addresses of one /24 together.
    let mut allowed = 100;
    for host in 8..60 {
        allowed += guesses(&from(&format!("192.0.2.{host}")), 110).await;
    }
    assert_eq!(allowed, 1_000);
    // A text that is no address counts for the network, too.
    let no_account = Try {
        account: None,
        from: TriedFrom::Client {
            address: from("192.0.2.7").address,
            device: None,
        },
    };
    assert!(fixture.guestlist.count_try(no_account).await.is_err());
}

/// The figures of docs/limits.md.
#[tokio::test]
async fn guesses_a_day_at_one_account_are_bounded() {
    let guesses = async |networks: u32, seconds: u32| {
        let fixture = Fixture::new().await;
        let clients: Vec<_> = (0..networks).map(elsewhere).collect();
        let mut allowed = 0_u32;
        // Each network tries once in these seconds.
        for _ in 0..86_400 / seconds {
            for client in &clients {
                allowed += u32::from(fixture.guesses(client).await);
            }
            fixture.advance(seconds.into());
        }
        allowed
    };
    assert_eq!(guesses(1, 10).await, 2_889);
    let fixture = Fixture::new().await;
    let in_sessions = Try {
        account: Some(&fixture.user.email),
        from: TriedFrom::Session,
    };
    let mut allowed = 0;
    for _ in 0..8_640 {
        allowed += u32::from(fixture.guestlist.count_try(in_sessions).await.is_ok());
        fixture.advance(10);
    }
    assert_eq!(allowed, 2_889);
    let hundred = guesses(100, 120).await;
    assert!(
        (8_640..=8_640 + 100 + 2_880 + 10).contains(&hundred),
        "{hundred}"
    );
}

/// RL08: others cannot lock the owner out.
#[tokio::test]
async fn an_owner_hammered_from_nine_networks_signs_in_from_anywhere() {
    let fixture = Fixture::new().await;
    let owner = from("203.0.113.5");
    let held = fixture.guestlist.remember_device(&fixture.user, None);
    let attackers: Vec<_> = (0..9).map(elsewhere).collect();
    let hammer = async |seconds: u32| {
        for _ in 0..seconds {
            for attacker in &attackers {
                let _ = fixture.guesses(attacker).await;
            }
            fixture.advance(1);
        }
    };
    hammer(3_600).await;
    for _ in 0..5 {
        for attacker in &attackers {
            let _ = fixture.guesses(attacker).await;
        }
        let known = fixture.tries_on(held.expose(), PASSWORD, &owner).await;
        assert!(known.is_ok(), "a known device signs in at once");
        let new = fixture.tries(PASSWORD, &owner).await;
        assert!(new.is_ok(), "the reserve lets a new network in");
        hammer(60).await;
    }
    // The owner mistypes the password once in the new browser, and has to wait.
    assert!(is_wrong(&fixture.tries(WRONG, &owner).await));
    for second in 0..=300 {
        if fixture.tries(PASSWORD, &owner).await.is_ok() {
            return;
        }
        assert!(second < 300, "no sign-in within five minutes");
        hammer(1).await;
    }
}

#[tokio::test]
async fn a_known_device_has_a_limit_of_its_own_and_opens_nothing() {
    let fixture = Fixture::new().await;
    let client = from("192.0.2.7");
    let held = fixture.guestlist.remember_device(&fixture.user, None);
    let held = held.expose();
    for _ in 0..10 {
        assert!(is_wrong(&fixture.tries_on(held, WRONG, &client).await));
    }
    let retry_after = refused(fixture.tries_on(held, PASSWORD, &client).await);
    assert_eq!(retry_after.limit(), "tries_by_device");
    // Without the device the account's own limits are untouched.
    assert!(fixture.tries(PASSWORD, &client).await.is_ok());
    // A renewed text has the same limit.
    let renewed = fixture.guestlist.remember_device(&fixture.user, Some(held));
    refused(fixture.tries_on(renewed.expose(), PASSWORD, &client).await);
    // The device of another user is no known device of this one.
    let other = fixture
        .guestlist
        .sign_up(email("bea@example.com"), password(PASSWORD));
    let other = other.await.expect("signs up");
    let theirs = fixture.guestlist.remember_device(&other, None);
    for _ in 0..10 {
        assert!(is_wrong(
            &fixture.tries_on(theirs.expose(), WRONG, &client).await
        ));
    }
    let retry_after = refused(fixture.tries_on(theirs.expose(), WRONG, &client).await);
    assert_eq!(retry_after.limit(), "tries_by_account_and_network");
}

/// Each end of the other sessions makes a new session in the same browser.
#[tokio::test]
async fn a_device_that_stays_known_gets_no_further_tries() {
    let fixture = Fixture::new().await;
    let client = from("192.0.2.7");
    let session = fixture.sign_in(Wanted::Cookie).await.session;
    let held = fixture.guestlist.remember_device(&fixture.user, None);
    for _ in 0..10 {
        let tried = fixture.tries_on(held.expose(), WRONG, &client).await;
        assert!(is_wrong(&tried));
    }
    let extent = crate::Extent::Sessions;
    let ended = fixture.guestlist.end_other_sessions(session.id, extent);
    let user = ended.await.expect("ends").user;
    let keep = |held| fixture.guestlist.keep_device(&user, session.epoch, held);
    let kept = keep(Some(held.expose())).expect("was known");
    let retry_after = refused(fixture.tries_on(kept.expose(), PASSWORD, &client).await);
    assert_eq!(retry_after.limit(), "tries_by_device");
    assert!(keep(None).is_none() && keep(Some("AAAA")).is_none());
    assert!(keep(Some(kept.expose())).is_none());
    fixture.advance(30);
    let known = fixture.tries_on(kept.expose(), PASSWORD, &client).await;
    assert!(known.is_ok());
}

#[tokio::test]
async fn the_sessions_of_an_account_share_a_limit_of_their_own_and_stay() {
    let fixture = Fixture::new().await;
    let signed_in = fixture.sign_in(Wanted::DATABASE).await;
    let session = signed_in.session.id;
    let guestlist = &fixture.guestlist;
    for _ in 0..5 {
        let tried = guestlist
            .reauthenticate(session, password(WRONG), None)
            .await;
        assert!(matches!(tried, Err(ReauthenticateError::WrongPassword)));
        let tried = guestlist.change_password(session, password(WRONG), password("a new one"));
        assert!(matches!(
            tried.await,
            Err(ChangePasswordError::WrongPassword)
        ));
    }
    let tried = guestlist
        .reauthenticate(session, password(PASSWORD), None)
        .await;
    assert!(matches!(tried, Err(ReauthenticateError::TooManyTries(_))));
    let tried = guestlist.change_password(session, password(PASSWORD), password("a new one"));
    assert!(matches!(
        tried.await,
        Err(ChangePasswordError::TooManyTries(_))
    ));
    assert!(
        fixture.opens(signed_in.access_token.expose()).await,
        "the session stays"
    );
    // A sign-in counts elsewhere, and as a reauthentication. Its session has no further tries.
    let other = fixture.sign_in(Wanted::DATABASE).await.session.id;
    assert!(guestlist.check_reauthenticated(other).await.is_ok());
    let tried = guestlist
        .reauthenticate(other, password(PASSWORD), None)
        .await;
    assert!(matches!(tried, Err(ReauthenticateError::TooManyTries(_))));
    fixture.advance(30);
    for session in [session, other].repeat(10) {
        let done = guestlist
            .reauthenticate(session, password(PASSWORD), None)
            .await;
        assert!(done.is_ok(), "a right password is given back");
    }
}

/// A visitor without a session cannot keep the owner from reauthenticating.
#[tokio::test]
async fn tries_without_a_session_leave_the_tries_of_the_sessions() {
    let fixture = Fixture::new().await;
    let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
    for number in 0..200 {
        let _ = fixture.guesses(&elsewhere(number)).await;
    }
    let done = fixture
        .guestlist
        .reauthenticate(session, password(PASSWORD), None)
        .await;
    assert!(done.is_ok());
}

/// Races: no more than the burst is hashed, however many come at once.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_racing_wrong_passwords_ten_are_checked() {
    let fixture = Fixture::new().await;
    let client = from("192.0.2.7");
    let tries = join_all((0..200).map(|_| fixture.tries(WRONG, &client))).await;
    let wrong = tries.iter().filter(|tried| is_wrong(tried)).count();
    let limited = |tried: &&Result<_, _>| matches!(tried, Err(SignInError::TooManyTries(_)));
    assert_eq!(wrong, 10);
    assert_eq!(tries.iter().filter(limited).count(), 190);
}

#[tokio::test]
async fn sign_ups_have_a_limit_by_network_and_a_refused_password_does_not_count() {
    let limits = crate::Limits {
        sign_ups_by_network: Rate::new(3, 60_000),
        ..crate::Limits::default()
    };
    let fixture = Fixture::with(|builder| builder.limits(limits)).await;
    let signs_up = async |name: &str, typed: &str, client: &Client| {
        let email = email(&format!("{name}@example.com"));
        let guestlist = &fixture.guestlist;
        guestlist
            .register(client, NewUser::new(email, password(typed)))
            .await
    };
    let client = from("192.0.2.7");
    for _ in 0..5 {
        let weak = signs_up("bob", "short", &client).await;
        assert!(matches!(weak, Err(SignUpError::Password(_))));
    }
    assert!(signs_up("bob", PASSWORD, &client).await.is_ok());
    let taken = signs_up("bob", PASSWORD, &client).await;
    assert!(matches!(taken, Err(SignUpError::EmailTaken)), "counts");
    assert!(signs_up("cyd", PASSWORD, &client).await.is_ok());
    match signs_up("dee", PASSWORD, &client).await {
        Err(SignUpError::TooManyTries(retry_after)) => assert_eq!(retry_after.seconds(), 60),
        other => panic!("{other:?}"),
    }
    assert!(signs_up("dee", PASSWORD, &from("192.0.2.8")).await.is_ok());
    assert!(signs_up("eve", PASSWORD, &Client::default()).await.is_ok());
}

/// RL13: without the counters no sign-in succeeds.
#[tokio::test]
async fn a_store_that_cannot_count_refuses_the_try() {
    let store = Arc::new(FaultyStore::over(Arc::new(MemoryStore::new())));
    let secret = SecretKey::weak("a secret").expect("is a key");
    let guestlist = Guestlist::builder_over(store.clone(), secret)
        .clock(Arc::new(ManualClock::new()))
        .password_cost(PasswordCost::for_tests());
    let guestlist = guestlist.build().expect("builds");
    let ada = email("ada@example.com");
    let user = guestlist.sign_up(ada.clone(), password(PASSWORD)).await;
    user.expect("signs up");
    for fault in [Fault::NotDone, Fault::AnswerLost] {
        store.faults.at(operations::take_all(), fault);
        let tried = guestlist.sign_in(
            Some(&ada),
            password(PASSWORD),
            from("192.0.2.7"),
            Wanted::DATABASE,
        );
        assert!(
            matches!(tried.await, Err(SignInError::Store(_))),
            "{fault:?}"
        );
    }
    // What cannot be written is never reported as done.
    store.faults.at(operations::give_back(), Fault::NotDone);
    let tried = guestlist.sign_in(
        Some(&ada),
        password(PASSWORD),
        from("192.0.2.7"),
        Wanted::DATABASE,
    );
    assert!(matches!(tried.await, Err(SignInError::Store(_))));
}

/// A try that the hashing queue refuses, before or after it was counted, is not counted.
#[tokio::test]
async fn a_refusal_of_the_hashing_queue_counts_nothing() {
    let settle = |builder: crate::Builder| {
        builder
            .hashing_threads(1)
            .hashing_wait(Duration::from_millis(20))
    };
    let fixture = Fixture::with(settle).await;
    let client = from("192.0.2.7");
    let (release, released) = std::sync::mpsc::channel::<()>();
    let guestlist = fixture.guestlist.clone();
    let busy = tokio::spawn(async move {
        let wait = move || released.recv().is_ok();
        guestlist.hasher().off_thread(wait).await
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    for _ in 0..30 {
        let tried = fixture.tries(WRONG, &client).await;
        assert!(matches!(tried, Err(SignInError::Hash(HashError::Busy))));
    }
    release.send(()).expect("the thread waits");
    assert!(busy.await.expect("no panic").expect("is done"));
    let mut wrong = 0;
    while wrong < 10 {
        match fixture.tries(WRONG, &client).await {
            Err(SignInError::WrongCredentials) => wrong += 1,
            Err(SignInError::Hash(HashError::Busy)) => {}
            other => panic!("{other:?} after {wrong}"),
        }
    }
    refused(fixture.tries(WRONG, &client).await);
}

#[tokio::test]
async fn unlocking_clears_every_counter_of_the_account_and_no_other() {
    let fixture = Fixture::new().await;
    let client = from("192.0.2.7");
    let held = fixture.guestlist.remember_device(&fixture.user, None);
    let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
    let unknown = email("unknown@example.com");
    for _ in 0..10 {
        assert!(is_wrong(&fixture.tries(WRONG, &client).await));
        assert!(is_wrong(&fixture.tries_at(&unknown, WRONG, &client).await));
        assert!(is_wrong(
            &fixture.tries_on(held.expose(), WRONG, &client).await
        ));
        let tried = fixture
            .guestlist
            .reauthenticate(session, password(WRONG), None)
            .await;
        assert!(matches!(tried, Err(ReauthenticateError::WrongPassword)));
    }
    refused(fixture.tries(PASSWORD, &client).await);
    let cleared = fixture.guestlist.unlock(&email("ADA@example.com")).await;
    // By account and network, by account, by device, by sessions.
    assert_eq!(cleared.expect("clears"), 4);
    assert!(fixture.tries(PASSWORD, &client).await.is_ok());
    assert!(
        fixture
            .tries_on(held.expose(), PASSWORD, &client)
            .await
            .is_ok()
    );
    let done = fixture
        .guestlist
        .reauthenticate(session, password(PASSWORD), None)
        .await;
    assert!(done.is_ok());
    refused(fixture.tries_at(&unknown, WRONG, &client).await);
}

/// RL09: counters do not stay.
#[tokio::test]
async fn counters_of_many_accounts_are_gone_after_a_purge() {
    let fixture = Fixture::new().await;
    for number in 0..2_000 {
        let account = email(&format!("user{number}@example.com"));
        let tried = Try {
            account: Some(&account),
            from: TriedFrom::Client {
                address: elsewhere(number).address,
                device: None,
            },
        };
        assert!(fixture.guestlist.count_try(tried).await.is_ok());
    }
    fixture.advance(1_001);
    fixture.guestlist.purge().await.expect("purges");
    let latest = fixture.now().plus(Duration::from_secs(86_400));
    let left = crate::LimitStore::purge_counters(&*fixture.store, latest, u32::MAX);
    assert_eq!(left.await.expect("purges"), 0);
}

/// A client without an address, such as one behind an unlisted proxy, has the limits of the
/// account alone.
#[tokio::test]
async fn without_an_address_only_the_account_is_limited() {
    let fixture = Fixture::new().await;
    let client = Client::default();
    for _ in 0..100 {
        assert!(fixture.guesses(&client).await);
    }
    let retry_after = refused(fixture.tries(PASSWORD, &client).await);
    assert_eq!(retry_after.limit(), "tries_by_account");
    assert_eq!(retry_after.seconds(), 10);
    fixture.advance(10);
    assert!(fixture.tries(PASSWORD, &client).await.is_ok());
}
