//! What fails lets nobody in, takes nothing else with it, and is well again when its cause is.
//!
//! Every step of the stores is made to fail under everybody who takes it. The list of steps is made from the
//! traits, and who takes which is found by asking: a step that nobody here takes, or an address without a row, fails
//! these tests.

mod away;
mod callers;
mod disk;
mod keys;
mod pool;
mod requests;
mod scene;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use axum::{body::Body, http::Request};
use futures_util::{StreamExt, future::join_all};
use guestlist::testing::Fault;
use planner::{EventFields, Visibility, When};
use serde_json::json;
use tokio::{sync::Barrier, time::Instant};

use callers::Caller;
use requests::{ROWS, Row};
use scene::{Scene, Stage, Step};

use crate::test_app::{Answer, PASSWORD};

/// Addresses whose refusals have the form of OAuth.
const OAUTH: &str = " /api/v1/token";
/// Addresses whose refusals have the form of the book.
const BOOK: [&str; 2] = [" /user/", " /event/"];

/// Nobody waits longer for an answer.
const LONGEST: Duration = Duration::from_secs(5);

/// 503, in the form of the address, with when to come back, and no word about the credentials.
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
    } else if BOOK.iter().any(|path| row.request.contains(path)) {
        assert!(body["detail"].is_string(), "{row:?}: {body}");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(1));
    } else {
        answer.refused(503, "unavailable");
    }
}

/// What a request that goes well asks of the stores.
async fn steps_of(stage: &Stage, row: &Row) -> Vec<Step> {
    let scene = stage.scene().await;
    stage.is_well_again();
    stage.asked();
    let answer = scene.send(row).await;
    assert_eq!(answer.status, row.well, "{row:?}: {answer:?}");
    let steps = stage.asked();
    let answer = scene.send(row).await;
    assert_eq!(answer.status, row.again, "{row:?}: {answer:?}");
    assert_ended(&scene, row.ends).await;
    steps
}

/// What a caller asks of the stores.
async fn steps_of_caller(stage: &Stage, caller: Caller) -> Vec<Step> {
    let scene = stage.scene().await;
    stage.is_well_again();
    caller.prepare(&scene).await;
    stage.asked();
    caller.call(&scene).await.expect("goes well");
    let steps = stage.asked();
    assert_ended(&scene, caller.ends()).await;
    steps
}

async fn assert_ended(scene: &Scene<'_>, names: &[&str]) {
    for name in names {
        assert!(!scene.opens(name).await, "{name} still opens something");
    }
}

/// Now, or it did already: of what takes several steps, one that was done may be all that somebody sees.
async fn assert_goes_well(scene: &Scene<'_>, row: &Row, failed: Step) {
    let answer = scene.send(row).await;
    let status = answer.status.as_u16();
    let went_well = [row.well, row.again].contains(&status);
    assert!(went_well, "{row:?} {failed:?}: {answer:?}");
    assert_ended(scene, row.ends).await;
}

#[tokio::test]
async fn every_step_is_taken_by_somebody_here() {
    let stage = Stage::open().await;
    let mut taken = BTreeSet::new();
    for row in ROWS {
        taken.extend(steps_of(&stage, row).await);
    }
    for caller in Caller::ALL {
        taken.extend(steps_of_caller(&stage, caller).await);
    }
    let untaken: Vec<_> = Step::all().filter(|step| !taken.contains(step)).collect();
    assert!(untaken.is_empty(), "nobody here takes {untaken:?}");
}

#[tokio::test]
async fn every_address_has_a_row() {
    let stage = Stage::open().await;
    let api = stage.app.get("/openapi.json", None).await.json();
    let paths = api["paths"].as_object().expect("is an object");
    let described = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("is an object").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    let rows: BTreeSet<_> = ROWS.iter().map(|row| without_names(row.request)).collect();
    let missing: Vec<_> = described
        .filter(|address| !rows.contains(address))
        .collect();
    assert!(missing.is_empty(), "no row has {missing:?}");
}

/// As the description of the API writes it.
fn without_names(request: &str) -> String {
    let path = request.split('?').next().unwrap_or_default();
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{id}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Wherever a request fails, it is answered 503; and the same request goes well afterwards, or says that it was
/// done.
async fn every_request_survives(fault: Fault) {
    let stage = Stage::open().await;
    for row in ROWS {
        for step in steps_of(&stage, row).await {
            let scene = stage.scene().await;
            stage.fails_at(step, fault);
            assert_unavailable(row, &scene.send(row).await);
            stage.is_well_again();
            assert_goes_well(&scene, row, step).await;
        }
    }
}

/// RFC 7009, section 2.2.1: nor is a revocation said to be done that was not.
#[tokio::test]
async fn a_step_that_is_not_done_is_told_and_done_the_next_time() {
    every_request_survives(Fault::NotDone).await;
}

#[tokio::test]
async fn a_step_whose_answer_got_lost_is_told_and_safe_to_repeat() {
    every_request_survives(Fault::AnswerLost).await;
}

/// A store that never answers holds nobody for longer than one that says that it is down.
#[tokio::test]
async fn a_step_without_an_answer_is_given_up() {
    let mut takers: BTreeMap<Step, Vec<&Row>> = BTreeMap::new();
    let stage = Stage::open().await;
    for row in ROWS {
        for step in steps_of(&stage, row).await {
            takers.entry(step).or_default().push(row);
        }
    }
    // What is slow is done before anything is measured.
    let all_set = Barrier::new(takers.len());
    join_all(takers.into_iter().map(async |(step, rows)| {
        let stage = Stage::open().await;
        let mut scenes = Vec::new();
        for row in rows {
            scenes.push((row, stage.scene().await));
        }
        all_set.wait().await;
        stage.fails_at(step, Fault::NoAnswer);
        let began = Instant::now();
        let answers = join_all(scenes.iter().map(|(row, scene)| scene.send(row))).await;
        let took = began.elapsed();
        assert!(took < LONGEST, "{step:?}: {took:?}");
        stage.is_well_again();
        for ((row, scene), answer) in scenes.iter().zip(&answers) {
            assert_unavailable(row, answer);
            assert_goes_well(scene, row, step).await;
        }
    }))
    .await;
}

#[tokio::test]
async fn whoever_calls_besides_requests_is_told_and_can_repeat_it() {
    let stage = Stage::open().await;
    for caller in Caller::ALL {
        for step in steps_of_caller(&stage, caller).await {
            for fault in [Fault::NotDone, Fault::AnswerLost] {
                let scene = stage.scene().await;
                caller.prepare(&scene).await;
                stage.fails_at(step, fault);
                let told = caller.call(&scene).await;
                assert!(told.is_err(), "{caller:?} {step:?} {fault:?}");
                stage.is_well_again();
                caller.call(&scene).await.expect("goes well");
                assert_ended(&scene, caller.ends()).await;
            }
        }
    }
}

#[tokio::test]
async fn who_needs_no_store_is_served_without_one() {
    let stage = Stage::open().await;
    let app = &stage.app;
    stage.fails(Fault::NotDone);
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

/// Whoever only looks at events needs the planner's store and no other.
#[tokio::test]
async fn events_are_shown_without_the_doors_store() {
    let stage = Stage::open().await;
    let scene = stage.scene().await;
    for step in Step::all().filter(|step| matches!(step, Step::Door(_))) {
        stage.fails_at(step, Fault::NotDone);
        let event = format!("/api/v1/events/{}", scene.named("event"));
        for path in ["/api/v1/events", "/event/", &event] {
            assert_eq!(stage.app.get(path, None).await.status, 200, "{path}");
        }
    }
}

#[tokio::test]
async fn a_password_that_is_wrong_is_wrong_although_no_session_could_be_kept() {
    let stage = Stage::open().await;
    let scene = stage.scene().await;
    stage.fails_at(
        Step::Door(guestlist::operations::insert_session()),
        Fault::NotDone,
    );
    let right = json!({ "email": scene.named("email"), "password": PASSWORD });
    let answer = stage.app.post("/api/v1/sessions", None, &right).await;
    answer.refused(503, "unavailable");
    let wrong = json!({ "email": scene.named("email"), "password": "wrong password" });
    let answer = stage.app.post("/api/v1/sessions", None, &wrong).await;
    answer.refused(401, "wrong_credentials");
}

/// What was sent before is a part, and cannot be taken for the whole: the body breaks off, and with it the connection.
#[tokio::test]
async fn an_export_breaks_off_if_the_store_fails_in_the_middle() {
    let stage = Stage::open().await;
    let scene = stage.scene().await;
    let user = stage.app.user(scene.named("email")).await.id;
    for number in 0..20 {
        let fields = EventFields {
            title: format!("event {number}"),
            description: "x".repeat(10_000),
            image: None,
            tags: vec![],
            location: None,
            online_url: None,
            when: When::UNDECIDED,
            capacity: None,
            visibility: Visibility::Public,
        };
        let made = stage.app.app.planner.create_event(user, fields).await;
        made.expect("makes");
    }
    let request = |path: &str| {
        let cookie = scene.named("cookie");
        let request = Request::get(path).header("cookie", cookie);
        request.body(Body::empty()).expect("is a request")
    };
    let step = Step::Planner(planner::operations::list_events());
    for path in ["/account/events.ics", "/account/data.json"] {
        let answer = stage.app.answered(request(path)).await;
        assert_eq!(answer.status(), 200, "{path}");
        let mut pieces = answer.into_body().into_data_stream();
        assert!(pieces.next().await.is_some_and(|piece| piece.is_ok()));
        stage.fails_at(step, Fault::NotDone);
        let mut last = None;
        while let Some(piece) = pieces.next().await {
            last = Some(piece);
        }
        assert!(matches!(last, Some(Err(_))), "{path}");
        stage.is_well_again();
        let answer = stage.app.send(request(path)).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    // Nothing was sent yet.
    stage.fails_at(step, Fault::NotDone);
    let refused = stage.app.send(request("/account/events.ics")).await;
    refused.refused(503, "unavailable");
}
