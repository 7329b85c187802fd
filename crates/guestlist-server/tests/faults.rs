//! Failing stores: a failure never accepts a bad credential and damages no other record. The server
//! recovers when the store does.
//!
//! Every store operation is made to fail in every request and command that uses it. The list of
//! operations comes from the store traits, and the tests observe which request uses which
//! operation. An operation that no row or caller uses, or an API address without a row, fails these
//! tests.

mod away;
mod callers;
mod disk;
mod fixture;
mod keys;
mod pool;
mod requests;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use axum::{body::Body, http::Request};
use futures_util::{StreamExt, future::join_all};
use guestlist::testing::Fault;
use planner::EventDraft;
use serde_json::json;
use tokio::{
    sync::{Barrier, OnceCell},
    time::Instant,
};

use callers::Caller;
use fixture::{FaultyApp, Fixture, Step};
use requests::{ROWS, Row};

use crate::test_app::{Answer, PASSWORD};

/// Addresses whose errors have the OAuth format.
const OAUTH: &str = " /api/v1/token";
/// Addresses whose errors have the format of the FastAPI book.
const COMPAT: [&str; 2] = [" /user/", " /event/"];

/// The longest time a response may take.
const LONGEST: Duration = Duration::from_secs(5);

/// Asserts a 503 in the format of the address, with `Retry-After` and without a word about
/// credentials.
#[track_caller]
fn assert_unavailable(row: &Row, answer: &Answer) {
    assert_eq!(answer.status, 503, "{row:?}: {answer:?}");
    assert!(
        answer.header("retry-after").is_some(),
        "{row:?}: {answer:?}"
    );
    assert_eq!(
        answer.header("www-authenticate"),
        None,
        "{row:?}: {answer:?}"
    );
    let body = answer.json();
    if row.request.contains(OAUTH) {
        assert_eq!(body["error"], "temporarily_unavailable", "{row:?}: {body}");
    } else if COMPAT.iter().any(|path| row.request.contains(path)) {
        assert!(body["detail"].is_string(), "{row:?}: {body}");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(1));
    } else {
        answer.refused(503, "unavailable");
    }
}

/// Returns the store operations of a successful request.
async fn steps_of(faulty: &FaultyApp, row: &Row) -> Vec<Step> {
    let fixture = faulty.fixture().await;
    faulty.recovers();
    faulty.asked();
    let answer = fixture.send(row).await;
    assert_eq!(answer.status, row.well, "{row:?}: {answer:?}");
    let steps = faulty.asked();
    let answer = fixture.send(row).await;
    assert_eq!(answer.status, row.again, "{row:?}: {answer:?}");
    assert_ended(&fixture, row.ends).await;
    steps
}

/// Returns each row with its store operations. They are observed once for all tests.
async fn rows() -> impl Iterator<Item = (&'static Row, Vec<Step>)> {
    static STEPS: OnceCell<Vec<Vec<Step>>> = OnceCell::const_new();
    let observe = async || {
        let faulty = FaultyApp::open().await;
        let mut steps = Vec::new();
        for row in ROWS {
            steps.push(steps_of(&faulty, row).await);
        }
        steps
    };
    let steps = STEPS.get_or_init(observe).await;
    ROWS.iter().zip(steps.iter().cloned())
}

/// Returns the store operations of a caller.
async fn steps_of_caller(faulty: &FaultyApp, caller: Caller) -> Vec<Step> {
    let fixture = faulty.fixture().await;
    faulty.recovers();
    caller.prepare(&fixture).await;
    faulty.asked();
    caller.call(&fixture).await.expect("goes well");
    let steps = faulty.asked();
    assert_ended(&fixture, caller.ends()).await;
    steps
}

/// Writes to the security log. Their failure is no failure of the request.
const APPEND: Step = Step::Store(guestlist::operations::append_security_event());

/// Steps that only tell the user about what happened. Their failure is no failure of the request.
const INSERT_MESSAGE: Step = Step::Store(guestlist::operations::insert_message());
const COUNT: Step = Step::Store(guestlist::operations::take_all());
const FIND_USER: Step = Step::Store(guestlist::operations::find_user());
const READ_LOG: Step = Step::Store(guestlist::operations::list_security_events_of());

/// Returns the steps of a request that only tell the user about it.
fn telling(row: &Row) -> &'static [Step] {
    match row.request {
        "POST /api/v1/sessions"
        | "POST /api/v1/sessions/second-factor"
        | "POST /api/v1/token"
        | "POST /user/signin" => &[APPEND, READ_LOG, INSERT_MESSAGE],
        "PUT /api/v1/me/password" => &[APPEND, INSERT_MESSAGE],
        "DELETE /api/v1/me/totp" => &[APPEND, COUNT, FIND_USER, INSERT_MESSAGE],
        "POST /api/v1/password/reset/confirm"
        | "POST /api/v1/me/totp/confirm"
        | "POST /api/v1/me/recovery-codes"
        | "PATCH /api/v1/admin/users/{user}"
        | "DELETE /api/v1/admin/users/{enrolled_user}/totp" => &[APPEND, COUNT, INSERT_MESSAGE],
        "POST /api/v1/admin/users/{user}/reset-link" => &[APPEND, COUNT],
        _ => &[APPEND],
    }
}

/// What an export reads after its first byte. Then a failure breaks the answer off:
/// `an_export_breaks_off_if_the_store_fails_in_the_middle`.
const STREAMED: [Step; 6] = [
    Step::Store(guestlist::operations::find_user()),
    Step::Store(guestlist::operations::list_tokens()),
    Step::Store(guestlist::operations::list_invitations()),
    Step::Store(guestlist::operations::list_messages()),
    Step::Store(guestlist::operations::list_security_events_of()),
    Step::Planner(planner::operations::list_events()),
];

/// Returns the steps whose failure is a failure of the request.
fn needed(row: &Row, mut steps: Vec<Step>) -> Vec<Step> {
    let is_export = row.request == "GET /api/v1/me/export";
    let telling = telling(row);
    steps.retain(|step| !(telling.contains(step) || is_export && STREAMED.contains(step)));
    steps
}

async fn assert_ended(fixture: &Fixture<'_>, names: &[&str]) {
    for name in names {
        assert!(!fixture.opens(name).await, "{name} is still accepted");
    }
}

/// Asserts that the request succeeds now, or says that it was done before. A request with several
/// operations may have finished the one that counts.
async fn assert_goes_well(fixture: &Fixture<'_>, row: &Row, failed: Step) {
    let answer = fixture.send(row).await;
    let status = answer.status.as_u16();
    let went_well = [row.well, row.again].contains(&status);
    assert!(went_well, "{row:?} {failed:?}: {answer:?}");
    assert_ended(fixture, row.ends).await;
}

#[tokio::test]
async fn every_store_operation_is_used_by_a_row_or_a_caller() {
    let faulty = FaultyApp::open().await;
    let mut taken: BTreeSet<_> = rows().await.flat_map(|(_, steps)| steps).collect();
    for caller in Caller::ALL {
        taken.extend(steps_of_caller(&faulty, caller).await);
    }
    let untaken: Vec<_> = Step::all().filter(|step| !taken.contains(step)).collect();
    assert!(untaken.is_empty(), "no row or caller uses {untaken:?}");
}

#[tokio::test]
async fn every_address_has_a_row() {
    let faulty = FaultyApp::open().await;
    let api = faulty.app.get("/openapi.json", None).await.json();
    let paths = api["paths"].as_object().expect("is an object");
    let described = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("is an object").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let rows: BTreeSet<_> = ROWS.iter().map(|row| without_names(row.request)).collect();
    let missing: Vec<_> = described
        .filter(|address| !rows.contains(address))
        .collect();
    assert!(missing.is_empty(), "addresses without a row: {missing:?}");
}

/// Returns the method and path as the API description writes them.
fn without_names(request: &str) -> String {
    let path = request.split('?').next().unwrap_or_default();
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{id}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Asserts for each operation of each request: if it fails, the response is a 503. The same request
/// then succeeds, or says that it was done before.
async fn every_request_survives(fault: Fault) {
    let faulty = FaultyApp::open().await;
    for (row, steps) in rows().await {
        let mut fixture = faulty.fixture().await;
        for step in needed(row, steps) {
            faulty.fails_at(step, fault);
            assert_unavailable(row, &fixture.send(row).await);
            faulty.recovers();
            assert_goes_well(&fixture, row, step).await;
            if !row.only_reads() {
                fixture = faulty.fixture().await;
            }
        }
    }
}

/// RFC 7009, section 2.2.1: a revocation that was not done must not be reported as done.
#[tokio::test]
async fn an_operation_that_failed_is_reported_and_succeeds_when_repeated() {
    every_request_survives(Fault::NotDone).await;
}

#[tokio::test]
async fn an_operation_whose_result_was_lost_is_reported_and_can_be_repeated() {
    every_request_survives(Fault::AnswerLost).await;
}

/// How many operations are tried at once. Each has an application with connections of its own, and a
/// database accepts only so many.
const AT_ONCE: usize = 16;

/// A store that never answers delays a request no longer than a store that reports its failure.
#[tokio::test]
async fn an_operation_without_an_answer_ends_at_the_time_limit() {
    let mut takers: BTreeMap<Step, Vec<&Row>> = BTreeMap::new();
    for (row, steps) in rows().await {
        let steps = needed(row, steps);
        // An operation that takes long ends at the time limit of the request.
        for step in steps.into_iter().filter(|step| !step.takes_long()) {
            takers.entry(step).or_default().push(row);
        }
    }
    let takers: Vec<_> = takers.into_iter().collect();
    for group in takers.chunks(AT_ONCE) {
        // All slow preparation is finished before the measurement starts.
        let all_set = Barrier::new(group.len());
        join_all(group.iter().map(async |(step, rows)| {
            let faulty = FaultyApp::open().await;
            let mut fixtures = Vec::new();
            for row in rows.iter().filter(|row| !row.only_reads()) {
                fixtures.push((*row, faulty.fixture().await));
            }
            let read = faulty.fixture().await;
            let reading = rows.iter().filter(|row| row.only_reads());
            let sent: Vec<(&Row, &Fixture<'_>)> = fixtures
                .iter()
                .map(|(row, fixture)| (*row, fixture))
                .chain(reading.map(|row| (*row, &read)))
                .collect();
            all_set.wait().await;
            faulty.fails_at(*step, Fault::NoAnswer);
            let began = Instant::now();
            let answers = join_all(sent.iter().map(|(row, fixture)| fixture.send(row))).await;
            let took = began.elapsed();
            assert!(took < LONGEST, "{step:?}: {took:?}");
            faulty.recovers();
            for ((row, fixture), answer) in sent.iter().zip(&answers) {
                assert_unavailable(row, answer);
                assert_goes_well(fixture, row, *step).await;
            }
        }))
        .await;
    }
}

#[tokio::test]
async fn a_failed_command_or_background_task_reports_it_and_can_be_repeated() {
    let faulty = FaultyApp::open().await;
    for caller in Caller::ALL {
        let mut steps = steps_of_caller(&faulty, caller).await;
        let tells: &[Step] = match caller {
            Caller::SetPassword => &[COUNT, INSERT_MESSAGE],
            Caller::Promote => &[COUNT, FIND_USER, INSERT_MESSAGE],
            _ => &[],
        };
        steps.retain(|step| *step != APPEND && !tells.contains(step));
        for step in steps {
            for fault in [Fault::NotDone, Fault::AnswerLost] {
                let fixture = faulty.fixture().await;
                caller.prepare(&fixture).await;
                faulty.fails_at(step, fault);
                let told = caller.call(&fixture).await;
                assert!(told.is_err(), "{caller:?} {step:?} {fault:?}");
                faulty.recovers();
                caller.call(&fixture).await.expect("goes well");
                assert_ended(&fixture, caller.ends()).await;
            }
        }
    }
}

/// What was done was done, and must not be reported as failed.
#[tokio::test]
async fn a_request_succeeds_although_its_security_event_or_notice_is_not_stored() {
    let faulty = FaultyApp::open().await;
    let mut tried = 0;
    for (row, steps) in rows().await {
        for step in telling(row).iter().filter(|step| steps.contains(step)) {
            for fault in [Fault::NotDone, Fault::AnswerLost] {
                let fixture = faulty.fixture().await;
                faulty.fails_at(*step, fault);
                let answer = fixture.send(row).await;
                assert_eq!(
                    answer.status, row.well,
                    "{row:?} {step:?} {fault:?}: {answer:?}"
                );
                faulty.recovers();
                assert_ended(&fixture, row.ends).await;
            }
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[tokio::test]
async fn a_request_that_needs_no_store_works_while_the_stores_fail() {
    let faulty = FaultyApp::open().await;
    let app = &faulty.app;
    faulty.fails(Fault::NotDone);
    for path in ["/health/live", "/openapi.json"] {
        assert_eq!(app.get(path, None).await.status, 200, "{path}");
    }
    let stranger = app.get("/api/v1/me", None).await;
    stranger.refused(401, "not_authenticated");
    let forged = app.get("/api/v1/me", Some("forged")).await;
    forged.refused(401, "invalid_token");
    let nonsense = app.get("/api/v1/events?limit=0", None).await;
    nonsense.refused(400, "invalid_parameter");
}

/// Reading public events needs only the planner's store.
#[tokio::test]
async fn events_are_shown_while_the_user_store_fails() {
    let faulty = FaultyApp::open().await;
    let fixture = faulty.fixture().await;
    for step in Step::all().filter(|step| matches!(step, Step::Store(_))) {
        faulty.fails_at(step, Fault::NotDone);
        let event = format!("/api/v1/events/{}", fixture.named("event"));
        for path in ["/api/v1/events", "/event/", &event] {
            assert_eq!(faulty.app.get(path, None).await.status, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_401_even_while_sessions_cannot_be_stored() {
    let faulty = FaultyApp::open().await;
    let fixture = faulty.fixture().await;
    faulty.fails_at(
        Step::Store(guestlist::operations::insert_session()),
        Fault::NotDone,
    );
    let right = json!({ "email": fixture.named("email"), "password": PASSWORD });
    let answer = faulty.app.post("/api/v1/sessions", None, &right).await;
    answer.refused(503, "unavailable");
    let wrong = json!({ "email": fixture.named("email"), "password": "wrong password" });
    let answer = faulty.app.post("/api/v1/sessions", None, &wrong).await;
    answer.refused(401, "wrong_credentials");
}

/// A partial export must not look complete: the body ends with an error, which closes the
/// connection.
#[tokio::test]
async fn an_export_breaks_off_if_the_store_fails_in_the_middle() {
    let faulty = FaultyApp::open().await;
    let fixture = faulty.fixture().await;
    let user = faulty.app.user(fixture.named("email")).await.id;
    for number in 0..20 {
        let draft = EventDraft {
            title: format!("event {number}"),
            description: "x".repeat(10_000),
            ..EventDraft::default()
        };
        let made = faulty.app.app.planner.create_event(user, &draft).await;
        made.expect("makes");
    }
    let request = |path: &str| {
        let cookie = fixture.named("cookie");
        let request = Request::get(path).header("cookie", cookie);
        request.body(Body::empty()).expect("is a request")
    };
    let step = Step::Planner(planner::operations::list_events());
    for path in [
        "/account/events.ics",
        "/account/data.json",
        "/api/v1/me/export",
    ] {
        let answer = faulty.app.answered(request(path)).await;
        assert_eq!(answer.status(), 200, "{path}");
        let mut pieces = answer.into_body().into_data_stream();
        assert!(pieces.next().await.is_some_and(|piece| piece.is_ok()));
        faulty.fails_at(step, Fault::NotDone);
        let mut last = None;
        while let Some(piece) = pieces.next().await {
            last = Some(piece);
        }
        assert!(matches!(last, Some(Err(_))), "{path}");
        faulty.recovers();
        let answer = faulty.app.send(request(path)).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    // Here the store fails before the first byte.
    faulty.fails_at(step, Fault::NotDone);
    let refused = faulty.app.send(request("/account/events.ics")).await;
    refused.refused(503, "unavailable");
}
