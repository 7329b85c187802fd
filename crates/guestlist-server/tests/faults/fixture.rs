//! An application whose stores fail on demand, and a user with one record of each kind.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use guestlist::{
    AccountRules, Algorithm, Builder, Clock, DeliveryState, Guestlist, ImportedUser, Message,
    MessageData, MessageKind, NewInvitation, OnConflict, Operation, PasswordCost, PasswordHash,
    Role, SecretKey, SignUpPolicy, TokenName, UserId, operations,
    testing::{Fault, FaultyStore, user},
};
use guestlist_server::database::Stores;
use planner::testing::FaultyPlannerStore;
use serde_json::json;

use super::requests::Row;
use crate::{
    second_factor::{Enrolled, Enrolling},
    test_app::{Answer, PASSWORD, TestApp, new_email},
    test_database::TestDatabase,
};

/// A hash of [`PASSWORD`], made by `bcrypt` 5.0 of PyPI. A sign-in replaces it.
const OLD: &str = "$2b$04$hZhnyKD9X7Ik1.X0uwS.WOKk5UZHjYsFcjDioKEbPpQHOx4w1DKti";

/// An operation of either store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Store(Operation),
    Planner(Operation),
}

impl Step {
    /// Whether the operation has no time limit of its own.
    pub(super) fn takes_long(self) -> bool {
        let (Self::Store(operation) | Self::Planner(operation)) = self;
        operation.takes_long
    }

    /// All operations of both stores.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let store = operations::all().map(Self::Store);
        store.chain(planner::operations::all().map(Self::Planner))
    }
}

/// An application over stores that fail on demand.
pub(super) struct FaultyApp {
    pub(super) app: TestApp,
    store: Arc<FaultyStore>,
    planner: Arc<FaultyPlannerStore>,
    /// The same library under the previous secret.
    former: Guestlist,
    /// The same library over the failing stores, for invited visitors only.
    pub(super) invited: Guestlist,
    /// The token of a setup link that `invited` made before there was an administrator.
    pub(super) setup: String,
}

impl FaultyApp {
    pub(super) async fn open() -> Self {
        let database = TestDatabase::new();
        let url = database.url().to_owned();
        Self::on(&url, database).await
    }

    /// Opens the application on the database at `url`. `kept` lives as long as the application.
    pub(super) async fn on(url: &str, kept: impl Send + Sync + 'static) -> Self {
        let mut stores = Stores::open(url).await.expect("opens");
        let store = Arc::new(FaultyStore::over(stores.accounts.clone()));
        let planner = Arc::new(FaultyPlannerStore::over(stores.planner.clone()));
        stores.planner = planner.clone();
        // EdDSA: its keys are in the store, so the store's key operations are used, too.
        let former = || SecretKey::weak("the secret of before").expect("is a key");
        let settle = |builder: Builder| {
            builder
                .algorithm(Algorithm::EdDsa)
                .previous_secret(former())
                .account_rules(AccountRules {
                    sends_mail: true,
                    ..AccountRules::default()
                })
        };
        let app = TestApp::over(store.clone(), stores, kept, settle);
        app.app.guestlist.tend_keys().await.expect("makes a key");
        let invited = Guestlist::builder_over(store.clone(), former())
            .hashing_threads(1)
            .password_cost(PasswordCost::for_tests())
            .sign_up_policy(SignUpPolicy::Invited)
            .build()
            .expect("builds");
        let setup = invited.make_setup_link().await.expect("answers");
        let setup = setup.expect("there is no administrator");
        let former = Guestlist::builder_over(app.stores.accounts.clone(), former());
        let former = former.hashing_threads(1).build().expect("builds");
        Self {
            app,
            store,
            planner,
            former,
            invited,
            setup: setup.expose().to_owned(),
        }
    }

    pub(super) fn fails_at(&self, step: Step, fault: Fault) {
        match step {
            Step::Store(step) => self.store.faults.at(step, fault),
            Step::Planner(step) => self.planner.faults.at(step, fault),
        }
        self.forgets();
    }

    pub(super) fn fails(&self, fault: Fault) {
        self.store.faults.everywhere(fault);
        self.planner.faults.everywhere(fault);
        self.forgets();
    }

    pub(super) fn recovers(&self) {
        self.store.faults.end();
        self.planner.faults.end();
        self.forgets();
    }

    /// Lets the cached credentials expire.
    fn forgets(&self) {
        self.app.clock.advance(Duration::from_secs(2));
    }

    /// Returns the operations used since the last call, each once.
    pub(super) fn asked(&self) -> Vec<Step> {
        let store = self.store.faults.asked().into_iter().map(Step::Store);
        let planner = self.planner.faults.asked().into_iter().map(Step::Planner);
        let mut asked: Vec<_> = store.chain(planner).collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    /// Creates a user with one record of each kind.
    pub(super) async fn fixture(&self) -> Fixture<'_> {
        let app = &self.app;
        let email_of = new_email();
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
        let imported_user = self.imported_user().await;
        let cookie = app.browsing(&email_of).await.cookie;
        let (enrolling, enrolled) = (Enrolling::new(app).await, Enrolled::new(app).await);
        let recovery_code = enrolled.codes[0].expose().to_string();
        let (admin, invitation) = self.admin().await;
        let new = json!({ "email": new_email() });
        let asked = app.put("/api/v1/me/email", access, &new).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        let whose = json!({ "email": email_of });
        for path in ["/api/v1/password/reset", "/api/v1/email/verification"] {
            let asked = app.post(path, None, &whose).await;
            assert_eq!(asked.status, 202, "{asked:?}");
        }
        let link = async |kind| app.newest_link(Some(user), kind).await;
        let reset_link = link(MessageKind::ResetPassword).await;
        let verify_link = link(MessageKind::VerifyEmail).await;
        let message = crate::outbox_fixture::newest(app, MessageKind::VerifyEmail).await;
        let mail_code = app.app.guestlist.code_of(&message).expect("has one");
        let mail_code = mail_code.as_str().to_owned();
        let failed_message = self.failed_message(user, &email_of).await;
        let change_link = link(MessageKind::ChangeEmail).await;
        let handed_over = app.app.guestlist.make_reset_link(user).await;
        handed_over.expect("makes");
        let not_me_link = link(MessageKind::AccountChanged).await;
        Fixture {
            faulty: self,
            user,
            names: vec![
                ("message", message.id.to_string()),
                ("failed_message", failed_message),
                ("newcomer", new_email()),
                ("email", email_of),
                ("imported_user", imported_user),
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
                ("first_code", enrolling.secret.code_at(app.clock.now())),
                ("enrolling", enrolling.access),
                ("challenge", enrolled.challenge(app).await),
                (
                    "enrolled_user",
                    app.user(&enrolled.email).await.id.to_string(),
                ),
                ("code", enrolled.next_code(app)),
                ("recovery_code", recovery_code),
                ("enrolled", enrolled.access),
                ("admin", admin),
                ("invitation", invitation),
                ("reset_link", reset_link),
                ("verify_link", verify_link),
                ("mail_code", mail_code),
                ("change_link", change_link),
                ("not_me_link", not_me_link),
                (
                    "event",
                    event.rsplit('/').next().expect("is there").to_owned(),
                ),
            ],
        }
    }

    /// Returns the token of a new administrator's session, and the id of a new invitation.
    async fn admin(&self) -> (String, String) {
        let address = new_email();
        let token = self.app.signed_in(&address).await;
        let guestlist = &self.app.app.guestlist;
        let admin = self.app.user(&address).await.id;
        let set = guestlist.set_role(admin, Role::Admin).await;
        set.expect("sets");
        let new = NewInvitation {
            note: None,
            email: None,
            uses: 1,
            valid_for: NewInvitation::VALID,
            send: false,
        };
        let made = guestlist.make_invitation(None, new).await;
        (token, made.expect("makes").invitation.id.to_string())
    }

    /// Stores a mail that failed, and returns its id.
    async fn failed_message(&self, user: UserId, address: &str) -> String {
        let (to, now) = (guestlist::testing::email(address), self.app.clock.now());
        let kind = MessageKind::EventRemoved;
        let mut message = Message::new(kind, Some(user), to, MessageData::new(), now);
        message.delivery.state = DeliveryState::Failed;
        let inserted = self.app.stores.accounts.insert_message(&message).await;
        inserted.expect("inserts");
        message.id.to_string()
    }

    /// Issues a service token under the previous secret.
    async fn former_token(&self) -> String {
        let name = TokenName::parse("gateway").expect("is a name");
        let issued = self.former.issue_service_token(name, None).await;
        issued.expect("issues").secret.expose().to_owned()
    }

    /// Imports a user whose hash a sign-in replaces, and returns the e-mail address.
    async fn imported_user(&self) -> String {
        let address = new_email();
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

/// A user of another system.
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
        role: Role::Member,
        approved: true,
    }
}

/// A user's records and tokens, by name.
pub(super) struct Fixture<'a> {
    pub(super) faulty: &'a FaultyApp,
    pub(super) user: UserId,
    names: Vec<(&'static str, String)>,
}

impl Fixture<'_> {
    /// Returns the value of this name.
    pub(super) fn named(&self, name: &str) -> &str {
        let named = self.names.iter().find(|(other, _)| *other == name);
        named.map(|(_, value)| value.as_str()).expect(name)
    }

    /// Replaces the names in braces by their values.
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
        self.faulty
            .app
            .with_headers(method, &path, &headers, body)
            .await
    }

    pub(super) async fn opens(&self, name: &str) -> bool {
        let answer = self
            .faulty
            .app
            .get("/api/v1/me", Some(self.named(name)))
            .await;
        answer.status == 200
    }
}
