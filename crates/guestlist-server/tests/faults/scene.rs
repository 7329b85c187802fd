//! An application whose stores fail where they are told to, and somebody who is inside already.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use guestlist::{
    Algorithm, Builder, Guestlist, ImportedUser, OnConflict, Operation, PasswordHash, SecretKey,
    TokenName, UserId, operations,
    testing::{Fault, FaultyStore, user},
};
use guestlist_server::database::Stores;
use planner::testing::FaultyPlannerStore;
use serde_json::json;

use super::requests::Row;
use crate::{
    place::Place,
    test_app::{Answer, PASSWORD, TestApp, somebody},
};

/// Of [`PASSWORD`], made by `bcrypt` 5.0 of PyPI: a sign-in replaces it.
const OLD: &str = "$2b$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti";

/// An operation of either store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Door(Operation),
    Planner(Operation),
}

impl Step {
    /// Those of both stores.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let door = operations::all().map(Self::Door);
        door.chain(planner::operations::all().map(Self::Planner))
    }
}

/// The application.
pub(super) struct Stage {
    pub(super) app: TestApp,
    door: Arc<FaultyStore>,
    planner: Arc<FaultyPlannerStore>,
    /// The same under the secret of before.
    former: Guestlist,
}

impl Stage {
    pub(super) async fn open() -> Self {
        let place = Place::new();
        let url = place.url().to_owned();
        Self::on(&url, place).await
    }

    /// The same on the database of that URL, which goes with it.
    pub(super) async fn on(url: &str, kept: impl Send + Sync + 'static) -> Self {
        let mut stores = Stores::open(url).await.expect("opens");
        let door = Arc::new(FaultyStore::over(stores.door.clone()));
        let planner = Arc::new(FaultyPlannerStore::over(stores.planner.clone()));
        stores.planner = planner.clone();
        // One whose keys are in the store, too.
        let former = || SecretKey::weak("the secret of before").expect("is a key");
        let settle = |door: Builder| door.algorithm(Algorithm::EdDsa).previous_secret(former());
        let app = TestApp::over(door.clone(), stores, kept, settle);
        app.app.guestlist.tend_keys().await.expect("makes a key");
        let former = Guestlist::builder_over(app.stores.door.clone(), former());
        let former = former.hashing_threads(1).build().expect("builds");
        Self {
            app,
            door,
            planner,
            former,
        }
    }

    pub(super) fn fails_at(&self, step: Step, fault: Fault) {
        match step {
            Step::Door(step) => self.door.faults.at(step, fault),
            Step::Planner(step) => self.planner.faults.at(step, fault),
        }
        self.forgets();
    }

    pub(super) fn fails(&self, fault: Fault) {
        self.door.faults.everywhere(fault);
        self.planner.faults.everywhere(fault);
        self.forgets();
    }

    pub(super) fn is_well_again(&self) {
        self.door.faults.end();
        self.planner.faults.end();
        self.forgets();
    }

    /// What was known of a credential is not known any more.
    fn forgets(&self) {
        self.app.clock.advance(Duration::from_secs(2));
    }

    /// What was asked of the stores since this was called last, each step once.
    pub(super) fn asked(&self) -> Vec<Step> {
        let door = self.door.faults.asked().into_iter().map(Step::Door);
        let planner = self.planner.faults.asked().into_iter().map(Step::Planner);
        let mut asked: Vec<_> = door.chain(planner).collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    /// Somebody new, with one of everything.
    pub(super) async fn scene(&self) -> Scene<'_> {
        let app = &self.app;
        let email_of = somebody();
        app.signed_in(&email_of).await;
        let (held, other) = (app.open(&email_of).await, app.open(&email_of).await);
        let user = app.user(&email_of).await.id;
        let access = Some(held.access.as_str());
        let sessions = app.get("/api/v1/sessions", Some(&other.access)).await;
        let sessions = sessions.json()["items"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let elsewhere = sessions.iter().find(|session| session["current"] == true);
        let wanted = json!({ "name": "backup", "scope": "write", "expires_in": 3_600 });
        let made = app.post("/api/v1/me/tokens", access, &wanted).await.json();
        let event = app
            .post("/api/v1/events", access, &json!({ "title": "Tea" }))
            .await;
        let event = event.header("location").expect("is there").to_owned();
        let text = |value: &serde_json::Value| value.as_str().expect("is a string").to_owned();
        let moved_in = self.moved_in().await;
        let cookie = app.browsing(&email_of).await.cookie;
        Scene {
            stage: self,
            user,
            names: vec![
                ("newcomer", somebody()),
                ("email", email_of),
                ("moved_in", moved_in),
                ("password", PASSWORD.to_owned()),
                ("user", user.to_string()),
                ("access", held.access),
                ("refresh", held.refresh),
                ("other", other.access),
                ("session", text(&elsewhere.expect("it asks")["id"])),
                ("personal", text(&made["token"])),
                ("token", text(&made["personal_token"]["id"])),
                ("service", app.service_token().await),
                ("former", self.former_token().await),
                ("cookie", cookie),
                (
                    "event",
                    event.rsplit('/').next().expect("is there").to_owned(),
                ),
            ],
        }
    }

    /// The token of a service, made under the secret of before.
    async fn former_token(&self) -> String {
        let name = TokenName::parse("gateway").expect("is a name");
        let issued = self.former.issue_service_token(name, None).await;
        issued.expect("issues").secret.expose().to_owned()
    }

    /// Somebody with a hash that a sign-in replaces.
    async fn moved_in(&self) -> String {
        let address = somebody();
        let row = imported(&address, Some(OLD));
        let imported = self
            .app
            .app
            .guestlist
            .import_users(&[row], OnConflict::Fail)
            .await;
        imported.expect("imports");
        address
    }
}

/// Somebody of another system.
pub(super) fn imported(address: &str, hash: Option<&str>) -> ImportedUser {
    let new = user(address);
    ImportedUser {
        id: new.id,
        email: new.email,
        password_hash: hash.map(|hash| PasswordHash::parse(hash).expect("is read")),
        name: None,
        created_at: new.created_at,
        verified: None,
        disabled: None,
        at: new.created_at,
    }
}

/// What somebody holds.
pub(super) struct Scene<'a> {
    pub(super) stage: &'a Stage,
    pub(super) user: UserId,
    names: Vec<(&'static str, String)>,
}

impl Scene<'_> {
    /// What the scene has of that name.
    pub(super) fn named(&self, name: &str) -> &str {
        let named = self.names.iter().find(|(other, _)| *other == name);
        named.map(|(_, value)| value.as_str()).expect(name)
    }

    /// With the scene's own in place of names in braces.
    fn filled(&self, template: &str) -> String {
        let fill = |text: String, (name, value): &(&str, String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.names.iter().fold(template.to_owned(), fill)
    }

    pub(super) async fn send(&self, row: &Row) -> Answer {
        let (method, path) = row.request.split_once(' ').expect("is there");
        let method: Method = method.parse().expect("is a method");
        let mime = if row.body.starts_with('{') {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let credential = row.token.map(|name| match (name, self.named(name)) {
            ("cookie", held) => ("cookie", held.to_owned()),
            (_, token) => ("authorization", format!("Bearer {token}")),
        });
        let mut headers = vec![("if-match", "*")];
        if !row.body.is_empty() {
            headers.push(("content-type", mime));
        }
        if let Some((name, value)) = &credential {
            headers.push((name, value));
        }
        let (path, body) = (self.filled(path), self.filled(row.body));
        self.stage
            .app
            .with_headers(method, &path, &headers, body)
            .await
    }

    pub(super) async fn opens(&self, name: &str) -> bool {
        let answer = self
            .stage
            .app
            .get("/api/v1/me", Some(self.named(name)))
            .await;
        answer.status == 200
    }
}
