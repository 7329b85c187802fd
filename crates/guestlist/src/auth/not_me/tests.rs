use std::sync::Arc;

use super::*;
use crate::{
    AccountRules, Client, Email, FactorKind, FactorStore, LinkEnd, MessageKind, MessageStore,
    PasswordCost, RecoveryCodeStore, SecretKey, SecurityEventStore, SessionId, UserStore, Wanted,
    auth::{
        fixture::{Fixture, PASSWORD, SECRET, password},
        link_fixture::{count, newest, newest_token},
    },
    operations,
    testing::{Fault, FaultyStore, email},
};

const MAIL: AccountRules = AccountRules {
    sends_mail: true,
    require_verified: false,
    conceal: false,
};

/// A user whose address is verified.
async fn verified() -> Fixture {
    let fixture = Fixture::new().await;
    let verified = fixture.guestlist.verify_user(fixture.user.id).await;
    assert!(verified.expect("verifies"));
    fixture
}

fn refusal(outcome: Result<(), LinkError>) -> LinkRefusal {
    match outcome {
        Err(LinkError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn report(fixture: &Fixture, token: &str) -> Result<(), LinkError> {
    fixture.guestlist.report_not_me(token).await
}

/// Changes the password, and returns the token of the notice.
async fn change_password(fixture: &Fixture, from: &str, to: &str) -> String {
    let session = fixture.try_sign_in(from, Wanted::DATABASE).await;
    let session = session.expect("signs in").session.id;
    let (from, to) = (password(from), password(to));
    let changed = fixture.guestlist.change_password(session, from, to).await;
    changed.expect("changes");
    newest_token(fixture, MessageKind::PasswordChanged).await
}

async fn enrol(fixture: &Fixture, typed: &str) -> SessionId {
    let session = fixture.try_sign_in(typed, Wanted::DATABASE).await;
    let session = session.expect("signs in").session.id;
    let set_up = fixture.guestlist.start_totp(session).await.expect("starts");
    let code = set_up.secret.code_at(fixture.now());
    let confirmed = fixture.guestlist.confirm_totp(session, &code).await;
    confirmed.expect("confirms");
    session
}

async fn has_factor(fixture: &Fixture) -> bool {
    let factor = fixture.store.find_factor(fixture.user.id, FactorKind::Totp);
    factor.await.expect("answers").is_some()
}

async fn has_codes(fixture: &Fixture) -> bool {
    let codes = fixture.store.find_recovery_codes(fixture.user.id);
    codes.await.expect("answers").is_some()
}

#[tokio::test]
async fn a_report_ends_sessions_and_tokens_and_starts_a_reset() {
    let fixture = Fixture::with(|builder| builder.account_rules(MAIL)).await;
    let token = change_password(&fixture, PASSWORD, "the thief's choice").await;
    let thief = fixture
        .try_sign_in("the thief's choice", Wanted::Cookie)
        .await;
    let thief = thief.expect("signs in");
    let session = fixture.try_sign_in("the thief's choice", Wanted::JWT).await;
    let session = session.expect("signs in").session.id;
    let name = crate::TokenName::parse("backup").expect("is a name");
    let day = std::time::Duration::from_secs(86_400);
    let made = fixture
        .guestlist
        .make_token(session, name, crate::Scope::Write, day);
    let personal = made.await.expect("makes").secret;
    assert!(fixture.opens(personal.expose()).await);
    let shown = fixture.guestlist.check_not_me_link(&token).await;
    let shown = shown.expect("looking changes nothing");
    assert!(
        shown
            .about
            .starts_with("The password of your account was changed.")
    );
    assert_eq!(shown.at, fixture.now());
    report(&fixture, &token).await.expect("reports");
    assert!(!fixture.opens(personal.expose()).await);
    let cookie = thief.access_token.expose();
    assert!(fixture.guestlist.identify_cookie(cookie).await.is_err());
    for typed in [PASSWORD, "the thief's choice"] {
        assert!(fixture.try_sign_in(typed, Wanted::JWT).await.is_none());
    }
    let reset = newest(&fixture, MessageKind::ResetPassword).await;
    assert_eq!(reset.to, fixture.user.email);
    let reset = newest_token(&fixture, MessageKind::ResetPassword).await;
    let new = password("the owner's choice");
    let reset = fixture.guestlist.confirm_password_reset(&reset, new).await;
    reset.expect("resets");
    assert!(
        fixture
            .try_sign_in("the owner's choice", Wanted::JWT)
            .await
            .is_some()
    );
    let events = fixture
        .store
        .list_security_events_of(fixture.user.id, None, 100);
    let events = events.await.expect("answers");
    let reported = events
        .iter()
        .find(|event| event.kind == SecurityEventKind::NotMe);
    let reported = reported.expect("is recorded");
    assert_eq!(
        reported.details.get(detail::REASON),
        Some("password_changed")
    );
}

#[tokio::test]
async fn a_link_works_once_for_a_week_and_a_thief_cannot_end_it() {
    let fixture = Fixture::new().await;
    let token = change_password(&fixture, PASSWORD, "the thief's choice").await;
    // The epoch rises with each of them.
    change_password(&fixture, "the thief's choice", "the second choice").await;
    fixture.advance(7 * 24 * 60 * 60 - 1);
    report(&fixture, &token).await.expect("reports");
    assert_eq!(refusal(report(&fixture, &token).await), LinkRefusal::Used);
    let set = fixture
        .guestlist
        .set_password(fixture.user.id, password("the owner's choice"));
    set.await.expect("sets");
    assert_eq!(refusal(report(&fixture, &token).await), LinkRefusal::Used);
    assert!(
        fixture
            .try_sign_in("the owner's choice", Wanted::JWT)
            .await
            .is_some()
    );
    let late = newest_token(&fixture, MessageKind::PasswordChanged).await;
    fixture.advance(7 * 24 * 60 * 60);
    assert_eq!(refusal(report(&fixture, &late).await), LinkRefusal::Expired);
}

#[tokio::test]
async fn racing_calls_end_as_one_and_the_reset_works() {
    let fixture = Fixture::new().await;
    let token = change_password(&fixture, PASSWORD, "the thief's choice").await;
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (guestlist, token) = (fixture.guestlist.clone(), token.clone());
        racing.spawn(async move { guestlist.report_not_me(&token).await.is_ok() });
    }
    let won = racing.join_all().await.into_iter().filter(|won| *won);
    assert_eq!(won.count(), 1);
    let reset = newest_token(&fixture, MessageKind::ResetPassword).await;
    let new = password("the owner's choice");
    let reset = fixture.guestlist.confirm_password_reset(&reset, new).await;
    reset.expect("resets");
}

#[tokio::test]
async fn what_was_added_since_the_event_is_removed_and_earlier_things_stay() {
    // The owner's factor is older than the event.
    let fixture = verified().await;
    let session = enrol(&fixture, PASSWORD).await;
    fixture.advance(1);
    let set = fixture
        .guestlist
        .set_password(fixture.user.id, password("the thief's choice"));
    set.await.expect("sets");
    let token = newest_token(&fixture, MessageKind::PasswordChanged).await;
    report(&fixture, &token).await.expect("reports");
    assert!(has_factor(&fixture).await && has_codes(&fixture).await);
    assert!(
        fixture
            .guestlist
            .regenerate_recovery_codes(session)
            .await
            .is_err()
    );

    // The thief makes new recovery codes: only they are removed.
    let fixture = verified().await;
    let session = enrol(&fixture, PASSWORD).await;
    fixture.advance(1);
    let made = fixture.guestlist.regenerate_recovery_codes(session).await;
    made.expect("makes");
    let token = newest_token(&fixture, MessageKind::SecondFactorChanged).await;
    report(&fixture, &token).await.expect("reports");
    assert!(has_factor(&fixture).await && !has_codes(&fixture).await);

    // The thief sets a factor up: the link of its own notice removes it, and so does an earlier one.
    for own in [true, false] {
        let fixture = verified().await;
        let earlier = change_password(&fixture, PASSWORD, "the thief's choice").await;
        fixture.advance(60);
        enrol(&fixture, "the thief's choice").await;
        let of_factor = newest_token(&fixture, MessageKind::SecondFactorChanged).await;
        assert!(has_factor(&fixture).await);
        let token = if own { of_factor } else { earlier };
        report(&fixture, &token).await.expect("reports");
        assert!(
            !has_factor(&fixture).await && !has_codes(&fixture).await,
            "{own}"
        );
    }
}

/// Without concealment a stranger signs up with the address of another person, and sets a factor
/// up. The report verifies the address, so it removes the factor, also if a crash follows.
#[tokio::test]
async fn an_earlier_factor_goes_too_if_the_address_was_never_verified() {
    for crashes in [false, true] {
        let fixture = Fixture::new().await;
        enrol(&fixture, PASSWORD).await;
        fixture.advance(1);
        let set = fixture
            .guestlist
            .set_password(fixture.user.id, password("the stranger's choice"));
        set.await.expect("sets");
        let token = newest_token(&fixture, MessageKind::PasswordChanged).await;
        if crashes {
            let store = Arc::new(FaultyStore::over(fixture.store.clone()));
            let secret = SecretKey::weak(SECRET).expect("is a key");
            let node = Guestlist::builder_over(store.clone(), secret)
                .clock(fixture.clock.clone())
                .password_cost(PasswordCost::for_tests())
                .build()
                .expect("builds");
            let lost = Fault::AnswerLost;
            store.faults.at(operations::restore_email(), lost);
            assert!(node.report_not_me(&token).await.is_err());
        }
        report(&fixture, &token).await.expect("reports");
        assert!(!has_factor(&fixture).await, "{crashes}");
        assert!(!has_codes(&fixture).await, "{crashes}");
    }
}

#[tokio::test]
async fn a_secret_that_waits_for_its_first_code_is_removed_too() {
    let fixture = verified().await;
    let token = change_password(&fixture, PASSWORD, "the thief's choice").await;
    let thief = fixture
        .try_sign_in("the thief's choice", Wanted::DATABASE)
        .await;
    let session = thief.expect("signs in").session.id;
    fixture.guestlist.start_totp(session).await.expect("starts");
    report(&fixture, &token).await.expect("reports");
    assert!(!has_factor(&fixture).await);
}

#[tokio::test]
async fn links_of_later_notices_end_and_earlier_ones_still_work() {
    let fixture = Fixture::new().await;
    let first = change_password(&fixture, PASSWORD, "the second choice").await;
    fixture.advance(1);
    let second = change_password(&fixture, "the second choice", "the third choice").await;
    fixture.advance(1);
    let third = change_password(&fixture, "the third choice", "the fourth choice").await;
    report(&fixture, &second).await.expect("reports");
    assert_eq!(refusal(report(&fixture, &third).await), LinkRefusal::Used);
    report(&fixture, &first)
        .await
        .expect("the earlier one removes more");
}

async fn address(fixture: &Fixture) -> Email {
    let user = fixture.store.find_user(fixture.user.id).await;
    user.expect("answers").expect("is there").email
}

/// The owner of an earlier mailbox has the link that undoes the change, for 72 hours, and nothing
/// more. Otherwise a mailbox that was given up could end the sessions of the account.
#[tokio::test]
async fn a_link_works_only_while_the_account_has_its_address() {
    let fixture = Fixture::with(|builder| builder.account_rules(MAIL)).await;
    let to_old = change_password(&fixture, PASSWORD, "the second choice").await;
    let session = fixture
        .try_sign_in("the second choice", Wanted::DATABASE)
        .await;
    let session = session.expect("signs in").session.id;
    let new = email("new@example.com");
    let asked = fixture.guestlist.request_email_change(session, new.clone());
    asked.await.expect("asks");
    let confirm = newest_token(&fixture, MessageKind::ChangeEmail).await;
    let confirmed = fixture.guestlist.confirm_email_change(&confirm).await;
    confirmed.expect("confirms");
    let shown = fixture.guestlist.check_not_me_link(&to_old).await;
    assert!(matches!(
        shown,
        Err(LinkError::Refused(LinkRefusal::Revoked))
    ));
    assert_eq!(
        refusal(report(&fixture, &to_old).await),
        LinkRefusal::Revoked
    );
    assert_eq!(address(&fixture).await, new);
    let set = fixture
        .guestlist
        .set_password(fixture.user.id, password("the third choice"));
    set.await.expect("sets");
    let to_new = newest_token(&fixture, MessageKind::PasswordChanged).await;
    let undo = newest_token(&fixture, MessageKind::EmailChanged).await;
    let undone = fixture.guestlist.undo_email_change(&undo).await;
    undone.expect("undoes");
    assert_eq!(
        refusal(report(&fixture, &to_new).await),
        LinkRefusal::Revoked
    );
}

#[tokio::test]
async fn a_pending_change_of_the_address_ends() {
    let fixture = Fixture::with(|builder| builder.account_rules(MAIL)).await;
    let token = change_password(&fixture, PASSWORD, "the thief's choice").await;
    let thief = fixture
        .try_sign_in("the thief's choice", Wanted::DATABASE)
        .await;
    let session = thief.expect("signs in").session.id;
    let asked = fixture
        .guestlist
        .request_email_change(session, email("thief@example.com"));
    asked.await.expect("asks");
    report(&fixture, &token).await.expect("reports");
    let change = newest(&fixture, MessageKind::ChangeEmail).await;
    let end = change.link.expect("has one").ended.map(|(end, _)| end);
    assert_eq!(end, Some(LinkEnd::Revoked));
}

#[tokio::test]
async fn another_users_account_and_a_disabled_one_get_nothing() {
    let fixture = Fixture::new().await;
    let bea = fixture
        .guestlist
        .sign_up(email("bea@example.com"), password(PASSWORD));
    bea.await.expect("signs up");
    let token = change_password(&fixture, PASSWORD, "the thief's choice").await;
    let disabled = fixture.guestlist.disable_user(fixture.user.id).await;
    disabled.expect("disables");
    report(&fixture, &token).await.expect("reports");
    assert_eq!(count(&fixture, MessageKind::ResetPassword).await, 0);
    let (bea, client) = (email("bea@example.com"), Client::default());
    let signed_in = fixture
        .guestlist
        .sign_in(Some(&bea), password(PASSWORD), client, Wanted::JWT);
    assert!(signed_in.await.is_ok());
}

#[tokio::test]
async fn a_token_of_another_purpose_or_message_is_refused() {
    let fixture = Fixture::new().await;
    let made = fixture.guestlist.make_reset_link(fixture.user.id).await;
    let reset = made.expect("makes").token;
    for token in [reset.expose(), "", "x"] {
        assert_eq!(refusal(report(&fixture, token).await), LinkRefusal::Unknown);
    }
    let gone = change_password(&fixture, PASSWORD, "the thief's choice").await;
    let message = newest(&fixture, MessageKind::PasswordChanged).await;
    let deleted = fixture.store.delete_user(fixture.user.id).await;
    deleted.expect("deletes");
    assert!(report(&fixture, &gone).await.is_err());
    let left = fixture.store.find_message(message.id).await;
    assert!(left.expect("answers").is_none());
}
