//! While a store fails, every form comes back as it was sent.

use std::{sync::Arc, time::Duration};

use guestlist::testing::{Fault, FaultyStore};
use guestlist_server::database::Stores;
use planner::{operations, testing::FaultyPlannerStore};

use super::{NEW, TEA, assert_filled, forms};
use crate::{
    pages::{browser::Browser, change_event::planned},
    place::Place,
    test_app::{PASSWORD, TestApp, somebody},
};

struct Stage {
    app: TestApp,
    door: Arc<FaultyStore>,
    planner: Arc<FaultyPlannerStore>,
}

impl Stage {
    async fn open() -> Self {
        let place = Place::new();
        let mut stores = Stores::open(place.url()).await.expect("opens");
        let door = Arc::new(FaultyStore::over(stores.door.clone()));
        let planner = Arc::new(FaultyPlannerStore::over(stores.planner.clone()));
        stores.planner = planner.clone();
        let app = TestApp::over(door.clone(), stores, place, |door| door);
        Self { app, door, planner }
    }
}

#[tokio::test]
async fn every_form_comes_back_while_no_store_answers() {
    let stage = Stage::open().await;
    let browser = Browser::signed_up(&stage.app, &somebody()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    for (path, fields) in forms(&event) {
        browser.open(&path).await.html(200);
        stage.door.faults.everywhere(Fault::NotDone);
        stage.planner.faults.everywhere(Fault::NotDone);
        stage.app.clock.advance(Duration::from_secs(2));
        let page = browser.submit(&path, &fields).await;
        let html = page.html(503);
        assert!(html.contains("Nothing you did was wrong"), "{path}: {html}");
        assert!(
            html.contains("action=\"/sign-out\""),
            "{path}: they stay signed in"
        );
        assert!(!html.contains(PASSWORD), "{path}");
        assert_filled(&browser, &path, &fields);
        stage.door.faults.end();
        stage.planner.faults.end();
        let token = browser.field(&path, "csrf_token");
        assert!(!token.is_empty(), "{path}");
    }
    for path in ["/sign-in", "/sign-up"] {
        let browser = Browser::new(&stage.app);
        browser.open(path).await.html(200);
        stage.door.faults.everywhere(Fault::NotDone);
        let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
        let page = browser.submit(path, &fields).await;
        stage.door.faults.end();
        page.html(503);
        assert_filled(&browser, path, &fields);
    }
}

/// Nobody knows whether it was done: sent again with the same key it is done once.
#[tokio::test]
async fn an_event_whose_answer_was_lost_is_made_once() {
    let stage = Stage::open().await;
    let browser = Browser::signed_up(&stage.app, &somebody()).await;
    browser.open(NEW).await;
    stage
        .planner
        .faults
        .at(operations::insert_event(), Fault::AnswerLost);
    browser.submit(NEW, &TEA).await.html(503);
    assert_filled(&browser, NEW, &TEA);
    stage.planner.faults.end();
    let page = browser.submit(NEW, &[]).await;
    assert!(page.words_in("h1").starts_with("Tea"));
    let mine = browser.open("/events?mine").await.html(200);
    assert_eq!(mine.matches("<h3>").count(), 1, "{mine}");
}

/// No answer comes, ever: what is asked is given up, and nobody is asked again to show the form.
#[tokio::test]
async fn a_form_comes_back_though_the_stores_are_silent() {
    let stage = Stage::open().await;
    let browser = Browser::signed_up(&stage.app, &somebody()).await;
    browser.open(NEW).await;
    for is_silent_everywhere in [false, true] {
        if is_silent_everywhere {
            stage.door.faults.everywhere(Fault::NoAnswer);
            stage.app.clock.advance(Duration::from_secs(2));
        } else {
            stage
                .planner
                .faults
                .at(operations::insert_event(), Fault::NoAnswer);
        }
        let began = tokio::time::Instant::now();
        browser.submit(NEW, &TEA).await.html(503);
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{:?}",
            began.elapsed()
        );
        assert_filled(&browser, NEW, &TEA);
        stage.door.faults.end();
        stage.planner.faults.end();
    }
    let page = browser.submit(NEW, &[]).await;
    assert!(page.words_in("h1").starts_with("Tea"));
}
