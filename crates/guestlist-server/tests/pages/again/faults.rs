//! While a store fails, every form comes back filled in.

use std::{sync::Arc, time::Duration};

use guestlist::testing::{Fault, FaultyStore};
use guestlist_server::database::Stores;
use planner::{operations, testing::FaultyPlannerStore};

use super::{NEW, TEA, assert_filled, forms};
use crate::{
    pages::{browser::Browser, change_event::planned},
    test_app::{PASSWORD, TestApp, new_email},
    test_database::TestDatabase,
};

struct FaultyApp {
    app: TestApp,
    store: Arc<FaultyStore>,
    planner: Arc<FaultyPlannerStore>,
}

impl FaultyApp {
    async fn open() -> Self {
        let database = TestDatabase::new();
        let mut stores = Stores::open(database.url()).await.expect("opens");
        let store = Arc::new(FaultyStore::over(stores.accounts.clone()));
        let planner = Arc::new(FaultyPlannerStore::over(stores.planner.clone()));
        stores.planner = planner.clone();
        let app = TestApp::over(store.clone(), stores, database, |builder| builder);
        Self {
            app,
            store,
            planner,
        }
    }
}

#[tokio::test]
async fn every_form_comes_back_filled_in_while_the_stores_fail() {
    let faulty = FaultyApp::open().await;
    let browser = Browser::signed_up(&faulty.app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    for (path, fields) in forms(&event) {
        browser.open(&path).await.html(200);
        faulty.store.faults.everywhere(Fault::NotDone);
        faulty.planner.faults.everywhere(Fault::NotDone);
        faulty.app.clock.advance(Duration::from_secs(2));
        let page = browser.submit(&path, &fields).await;
        let html = page.html(503);
        assert!(html.contains("You did nothing wrong"), "{path}: {html}");
        assert!(
            html.contains("action=\"/sign-out\""),
            "{path}: the user stays signed in"
        );
        assert!(!html.contains(PASSWORD), "{path}");
        assert_filled(&browser, &path, &fields);
        faulty.store.faults.end();
        faulty.planner.faults.end();
        let token = browser.field(&path, "csrf_token");
        assert!(!token.is_empty(), "{path}");
    }
    for path in ["/sign-in", "/sign-up"] {
        let browser = Browser::new(&faulty.app);
        browser.open(path).await.html(200);
        faulty.store.faults.everywhere(Fault::NotDone);
        let fields = [("email", "ada@example.com"), ("password", PASSWORD)];
        let page = browser.submit(path, &fields).await;
        faulty.store.faults.end();
        page.html(503);
        assert_filled(&browser, path, &fields);
    }
}

#[tokio::test]
async fn the_navigation_of_an_administrator_keeps_its_link_while_the_stores_fail() {
    let faulty = FaultyApp::open().await;
    let email = new_email();
    let browser = Browser::signed_up(&faulty.app, &email).await;
    let user = faulty.app.user(&email).await.id;
    let set = faulty
        .app
        .app
        .guestlist
        .set_role(user, guestlist::Role::Admin);
    set.await.expect("sets");
    let path = "/admin/invitations";
    browser.open(path).await.html(200);
    faulty.store.faults.everywhere(Fault::NotDone);
    faulty.app.clock.advance(Duration::from_secs(2));
    let typed = [("note", "the chess club")];
    let html = browser.submit(path, &typed).await.html(503);
    assert_filled(&browser, path, &typed);
    assert!(html.contains("href=\"/admin\""), "{html}");
    let html = browser.open("/admin/users").await.html(503);
    assert!(html.contains("href=\"/admin\""), "{html}");
    let html = browser.open("/account").await.html(503);
    assert!(!html.contains("href=\"/admin\""), "{html}");
}

/// The server does not know whether the event was stored. A second request with the same
/// idempotency key stores it once.
#[tokio::test]
async fn an_event_whose_response_was_lost_is_created_once() {
    let faulty = FaultyApp::open().await;
    let browser = Browser::signed_up(&faulty.app, &new_email()).await;
    browser.open(NEW).await;
    faulty
        .planner
        .faults
        .at(operations::insert_event(), Fault::AnswerLost);
    browser.submit(NEW, &TEA).await.html(503);
    assert_filled(&browser, NEW, &TEA);
    faulty.planner.faults.end();
    let page = browser.submit(NEW, &[]).await;
    assert!(page.words_in("h1").starts_with("Tea"));
    let mine = browser.open("/events?mine").await.html(200);
    assert_eq!(mine.matches("<h3>").count(), 1, "{mine}");
}

/// The stores never answer. The request ends at its time limit, and the form is shown without
/// asking the stores again.
#[tokio::test]
async fn a_form_comes_back_filled_in_if_the_stores_never_answer() {
    let faulty = FaultyApp::open().await;
    let browser = Browser::signed_up(&faulty.app, &new_email()).await;
    browser.open(NEW).await;
    for is_silent_everywhere in [false, true] {
        if is_silent_everywhere {
            faulty.store.faults.everywhere(Fault::NoAnswer);
            faulty.app.clock.advance(Duration::from_secs(2));
        } else {
            faulty
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
        faulty.store.faults.end();
        faulty.planner.faults.end();
    }
    let page = browser.submit(NEW, &[]).await;
    assert!(page.words_in("h1").starts_with("Tea"));
}
