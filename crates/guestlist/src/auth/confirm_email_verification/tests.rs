use super::*;
use crate::{
    AccountRules, Client, MessageKind, NewUser, SignInError, UserStore, Wanted,
    auth::{
        fixture::{Fixture, PASSWORD, password},
        link_fixture::{count, newest, newest_token},
        request_email_verification::RequestVerificationError,
    },
    testing::email,
};

async fn asked(fixture: &Fixture) -> String {
    let user = fixture.user.id;
    let asked = fixture.guestlist.request_email_verification(user).await;
    asked.expect("answers");
    newest_token(fixture, MessageKind::VerifyEmail).await
}

async fn is_verified(fixture: &Fixture) -> bool {
    let user = fixture.store.find_user(fixture.user.id).await;
    user.expect("answers")
        .expect("is there")
        .verified_at
        .is_some()
}

async fn refusal(fixture: &Fixture, token: &str) -> LinkRefusal {
    let used = fixture
        .guestlist
        .confirm_email_verification(token, None, None);
    match used.await {
        Err(VerifyEmailError::Link(LinkError::Refused(refusal))) => refusal,
        other => panic!("{other:?}"),
    }
}

fn code(fixture: &Fixture, message: &Message) -> String {
    let salt = message.code.as_ref().expect("has one").salt;
    let keys = fixture.guestlist.link_keys();
    keys.code(message.id.as_uuid(), PURPOSE, &salt).to_string()
}

#[tokio::test]
async fn a_link_verifies_once_and_the_session_shows_it_at_once() {
    let fixture = Fixture::new().await;
    let signed_in = fixture.sign_in(Wanted::DATABASE).await;
    let access = signed_in.access_token.expose();
    assert!(fixture.opens(access).await, "cached");
    let first = asked(&fixture).await;
    let second = asked(&fixture).await;
    assert_eq!(refusal(&fixture, &first).await, LinkRefusal::Superseded);
    fixture
        .guestlist
        .check_verification_link(&second)
        .await
        .expect("looking spends nothing");
    assert!(!is_verified(&fixture).await);
    let confirmed = fixture
        .guestlist
        .confirm_email_verification(&second, None, None);
    confirmed.await.expect("verifies");
    let identity = fixture.guestlist.identify(access).await;
    let identity = identity.expect("the session goes on");
    assert!(identity.user.verified_at.is_some());
    assert_eq!(refusal(&fixture, &second).await, LinkRefusal::Used);
    assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_some());
    let again = fixture
        .guestlist
        .request_email_verification(fixture.user.id)
        .await;
    assert!(matches!(again, Err(RequestVerificationError::Verified)));
}

#[tokio::test]
async fn a_link_verifies_only_the_address_it_was_sent_to_and_for_a_day() {
    let fixture = Fixture::new().await;
    let token = asked(&fixture).await;
    let session = fixture.sign_in(Wanted::JWT).await.session.id;
    let changed = fixture
        .guestlist
        .change_email(session, email("other@example.com"));
    changed.await.expect("changes");
    assert_eq!(refusal(&fixture, &token).await, LinkRefusal::Revoked);
    assert!(!is_verified(&fixture).await);
    let token = asked(&fixture).await;
    fixture.advance(24 * 60 * 60);
    assert_eq!(refusal(&fixture, &token).await, LinkRefusal::Expired);
    let other = email("other@example.com");
    let reset = fixture.guestlist.request_password_reset(&other);
    reset.await.expect("answers");
    let reset = newest_token(&fixture, MessageKind::ResetPassword).await;
    assert_eq!(refusal(&fixture, &reset).await, LinkRefusal::Unknown);
    assert!(!is_verified(&fixture).await);
}

#[tokio::test]
async fn the_owner_who_confirms_elsewhere_sets_the_password_and_ends_what_was_there() {
    let fixture = Fixture::new().await;
    let stranger = fixture.sign_in(Wanted::DATABASE).await;
    let token = asked(&fixture).await;
    let confirm = async |typed: &str| {
        let new = Some(password(typed));
        let confirmed = fixture
            .guestlist
            .confirm_email_verification(&token, new, None);
        confirmed.await
    };
    let weak = confirm("short").await;
    assert!(matches!(weak, Err(VerifyEmailError::Password(_))));
    assert!(!is_verified(&fixture).await);
    confirm("the owner's choice").await.expect("verifies");
    assert!(is_verified(&fixture).await);
    assert!(!fixture.opens(stranger.access_token.expose()).await);
    assert!(fixture.try_sign_in(PASSWORD, Wanted::JWT).await.is_none());
    let owner = fixture.try_sign_in("the owner's choice", Wanted::JWT).await;
    assert!(owner.is_some());
}

#[tokio::test]
async fn a_code_verifies_and_five_wrong_ones_end_it() {
    let fixture = Fixture::new().await;
    let user = fixture.user.id;
    let confirm = async |typed: &str| {
        let confirmed = fixture
            .guestlist
            .confirm_email_verification_by_code(user, typed);
        confirmed.await
    };
    assert!(matches!(
        confirm("123456").await,
        Err(VerifyEmailError::NoCode)
    ));
    asked(&fixture).await;
    let right = code(&fixture, &newest(&fixture, MessageKind::VerifyEmail).await);
    let other = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    let malformed = confirm("12345").await;
    assert!(matches!(malformed, Err(VerifyEmailError::MalformedCode)));
    for left in [4, 3, 2, 1, 0, 0] {
        let wrong = confirm(other).await;
        assert!(
            matches!(wrong, Err(VerifyEmailError::WrongCode { left: is }) if is == left),
            "{left}: {wrong:?}"
        );
    }
    let ended = confirm(&right).await;
    assert!(matches!(
        ended,
        Err(VerifyEmailError::WrongCode { left: 0 })
    ));
    assert!(!is_verified(&fixture).await);
    asked(&fixture).await;
    let right = code(&fixture, &newest(&fixture, MessageKind::VerifyEmail).await);
    confirm(&right).await.expect("verifies");
    assert!(is_verified(&fixture).await);
}

#[tokio::test]
async fn an_unverified_user_learns_why_the_sign_in_fails_only_with_the_right_password() {
    let rules = AccountRules {
        sends_mail: true,
        require_verified: true,
        conceal: false,
    };
    let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
    let sign_in = async |typed: &str| {
        let (email, client) = (Some(&fixture.user.email), Client::default());
        let typed = password(typed);
        let signed_in = fixture.guestlist.sign_in(email, typed, client, Wanted::JWT);
        signed_in.await
    };
    assert!(matches!(
        sign_in(PASSWORD).await,
        Err(SignInError::Unverified)
    ));
    assert!(matches!(
        sign_in("a wrong password").await,
        Err(SignInError::WrongCredentials)
    ));
    let token = asked(&fixture).await;
    let confirmed = fixture
        .guestlist
        .confirm_email_verification(&token, None, None);
    confirmed.await.expect("verifies");
    assert!(sign_in(PASSWORD).await.is_ok());
}

#[tokio::test]
async fn a_visitor_gets_the_same_answer_for_every_address() {
    let fixture = Fixture::new().await;
    let token = asked(&fixture).await;
    let confirmed = fixture
        .guestlist
        .confirm_email_verification(&token, None, None);
    confirmed.await.expect("verifies");
    let bea = fixture
        .guestlist
        .sign_up(email("bea@example.com"), password(PASSWORD));
    bea.await.expect("signs up");
    for (address, waits) in [
        ("ada@example.com", false),
        ("bea@example.com", true),
        ("nobody@example.com", false),
    ] {
        let before = count(&fixture, MessageKind::VerifyEmail).await;
        let address = email(address);
        let asked = fixture.guestlist.request_email_verification_of(&address);
        asked.await.expect("answers");
        let after = count(&fixture, MessageKind::VerifyEmail).await;
        assert_eq!(after, before + 1);
        let message = newest(&fixture, MessageKind::VerifyEmail).await;
        assert_eq!(message.user_id.is_some(), waits, "{address}");
    }
}

/// Without a session there is no page that takes the code.
#[tokio::test]
async fn a_mail_has_a_code_only_for_a_user_who_can_be_signed_in() {
    for (require_verified, conceal) in [(false, false), (true, false), (false, true)] {
        let rules = AccountRules {
            sends_mail: true,
            require_verified,
            conceal,
        };
        let fixture = Fixture::with(|builder| builder.account_rules(rules)).await;
        let guestlist = &fixture.guestlist;
        let has_code = async || {
            let message = newest(&fixture, MessageKind::VerifyEmail).await;
            fixture.advance(1);
            message.code.is_some()
        };
        let new = NewUser::new(email("bea@example.com"), password(PASSWORD));
        let made = guestlist.register(&Client::default(), new).await;
        made.expect("registers");
        let expected = !require_verified && !conceal;
        assert_eq!(has_code().await, expected, "{rules:?}");
        let address = email("ada@example.com");
        let sent = guestlist.request_email_verification_of(&address).await;
        sent.expect("queues");
        assert_eq!(has_code().await, expected, "{rules:?}");
        asked(&fixture).await;
        assert!(has_code().await, "{rules:?}: the user is signed in");
    }
}
