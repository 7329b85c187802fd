//! While the door's store fails, nobody comes in and nobody is told to stay out: whoever needs the
//! store gets a 503 in the form of the address.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use async_trait::async_trait;
use axum::http::Method;
use guestlist::{
    Census, Email, Ended, Epoch, EpochRaise, HashExchange, ImportedUser, Key, KeyInsertion,
    OnConflict, PasswordHash, Rotation, SecretExchange, Session, SessionId, SessionInsertion,
    SessionProof, SessionRotation, Store, StoreError, Timestamp, Token, TokenId, TokenInsertion,
    User, UserId, UserImport, UserInsertion,
};
use guestlist_server::database::Stores;
use serde_json::json;

use super::token::assert_refused;
use crate::{
    place::Place,
    test_app::{Answer, PASSWORD, TestApp},
};

const ADA: &str = "ada@example.com";

/// A store that can be made to fail.
#[derive(Debug)]
struct FailingStore {
    inner: Arc<dyn Store>,
    how: AtomicU8,
}

/// How it fails.
#[derive(Clone, Copy, Debug)]
enum Failure {
    No,
    /// Nothing is done.
    Everything,
    /// Everything is done, and the answer gets lost.
    Answers,
    /// It can only be read.
    Writing,
}

impl FailingStore {
    fn fail(&self, how: Failure) {
        let number = match how {
            Failure::No => 0,
            Failure::Everything => 1,
            Failure::Answers => 2,
            Failure::Writing => 3,
        };
        self.how.store(number, Ordering::SeqCst);
    }

    async fn read<T>(
        &self,
        step: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self.how.load(Ordering::SeqCst) {
            1 => Err(StoreError::failed("the disk is gone")),
            2 => step.await.and(Err(StoreError::unknown("the line is dead"))),
            _ => step.await,
        }
    }

    async fn write<T>(
        &self,
        step: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self.how.load(Ordering::SeqCst) {
            3 => Err(StoreError::failed("the disk is full")),
            _ => self.read(step).await,
        }
    }
}

#[async_trait]
impl Store for FailingStore {
    async fn insert_user(&self, user: &User) -> Result<UserInsertion, StoreError> {
        self.write(self.inner.insert_user(user)).await
    }

    async fn find_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(self.inner.find_user(id)).await
    }

    async fn find_user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        self.read(self.inner.find_user_by_email(email)).await
    }

    async fn upgrade_password_hash(
        &self,
        user: UserId,
        expected: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<HashExchange, StoreError> {
        self.write(self.inner.upgrade_password_hash(user, expected, new))
            .await
    }

    async fn set_password(
        &self,
        user: UserId,
        expected: Epoch,
        new: &PasswordHash,
    ) -> Result<EpochRaise, StoreError> {
        self.write(self.inner.set_password(user, expected, new))
            .await
    }

    async fn enable_user(&self, user: UserId) -> Result<Option<Epoch>, StoreError> {
        self.write(self.inner.enable_user(user)).await
    }

    async fn list_users(&self, after: Option<UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        self.read(self.inner.list_users(after, limit)).await
    }

    async fn import_users(
        &self,
        users: &[ImportedUser],
        on_conflict: OnConflict,
    ) -> Result<Vec<UserImport>, StoreError> {
        self.write(self.inner.import_users(users, on_conflict))
            .await
    }

    async fn disable_user(
        &self,
        user: UserId,
        now: Timestamp,
    ) -> Result<Option<Epoch>, StoreError> {
        self.write(self.inner.disable_user(user, now)).await
    }

    async fn delete_user(&self, user: UserId) -> Result<Ended, StoreError> {
        self.write(self.inner.delete_user(user)).await
    }

    async fn insert_session(&self, session: &Session) -> Result<SessionInsertion, StoreError> {
        self.write(self.inner.insert_session(session)).await
    }

    async fn find_session(&self, id: SessionId) -> Result<Option<(Session, User)>, StoreError> {
        self.read(self.inner.find_session(id)).await
    }

    async fn end_session(&self, id: SessionId) -> Result<Ended, StoreError> {
        self.write(self.inner.end_session(id)).await
    }

    async fn end_sessions_of(
        &self,
        user: UserId,
        expected: Epoch,
    ) -> Result<EpochRaise, StoreError> {
        self.write(self.inner.end_sessions_of(user, expected)).await
    }

    async fn list_sessions(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        self.read(self.inner.list_sessions(user, after, limit))
            .await
    }

    async fn rotate_session(
        &self,
        id: SessionId,
        expected_generation: u32,
        successor: &Rotation,
        now: Timestamp,
    ) -> Result<SessionRotation, StoreError> {
        let inner = &self.inner;
        self.write(inner.rotate_session(id, expected_generation, successor, now))
            .await
    }

    async fn prove_session(
        &self,
        id: SessionId,
        expected: Epoch,
        now: Timestamp,
        exchange: Option<&SecretExchange>,
    ) -> Result<SessionProof, StoreError> {
        self.write(self.inner.prove_session(id, expected, now, exchange))
            .await
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        self.write(self.inner.touch_sessions(seen)).await
    }

    async fn insert_token(&self, token: &Token) -> Result<TokenInsertion, StoreError> {
        self.write(self.inner.insert_token(token)).await
    }

    async fn find_token(&self, id: TokenId) -> Result<Option<(Token, Option<User>)>, StoreError> {
        self.read(self.inner.find_token(id)).await
    }

    async fn list_tokens(
        &self,
        user: Option<UserId>,
        after: Option<TokenId>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        self.read(self.inner.list_tokens(user, after, limit)).await
    }

    async fn touch_tokens(&self, used: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
        self.write(self.inner.touch_tokens(used)).await
    }

    async fn retire_token(&self, user: Option<UserId>, id: TokenId) -> Result<Ended, StoreError> {
        self.write(self.inner.retire_token(user, id)).await
    }

    async fn insert_key(&self, key: &Key) -> Result<KeyInsertion, StoreError> {
        self.write(self.inner.insert_key(key)).await
    }

    async fn list_keys(&self) -> Result<Vec<Key>, StoreError> {
        self.read(self.inner.list_keys()).await
    }

    async fn retire_key(
        &self,
        kid: &str,
        signs_until: Timestamp,
        verifies_until: Timestamp,
    ) -> Result<Option<Key>, StoreError> {
        let inner = &self.inner;
        self.write(inner.retire_key(kid, signs_until, verifies_until))
            .await
    }

    async fn sweep(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(self.inner.sweep(before, limit)).await
    }

    async fn census(&self, before: Timestamp) -> Result<Census, StoreError> {
        self.read(self.inner.census(before)).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.read(self.inner.ready()).await
    }
}

/// An application whose store can fail, and the token of somebody who signed in before it did.
async fn scene() -> (TestApp, Arc<FailingStore>, String) {
    let place = Place::new();
    let stores = Stores::open(place.url()).await.expect("opens");
    let store = Arc::new(FailingStore {
        inner: stores.door.clone(),
        how: AtomicU8::new(0),
    });
    let app = TestApp::over(store.clone(), stores, place);
    let token = app.signed_in(ADA).await;
    (app, store, token)
}

/// What was known of a session is not known any more.
fn forget(app: &TestApp) {
    app.clock.advance(std::time::Duration::from_secs(2));
}

#[track_caller]
fn assert_unavailable(answer: &Answer) {
    answer.refused(503, "unavailable");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), None, "{answer:?}");
}

#[track_caller]
fn assert_unavailable_in_the_book(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    let body = answer.json();
    assert!(body["detail"].is_string(), "{body}");
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(1));
}

#[tokio::test]
async fn whoever_needs_it_is_told_503_in_the_form_of_the_address() {
    let (app, store, token) = scene().await;
    let token = Some(token.as_str());
    let event = json!({ "title": "Tea" });
    let made = app.post("/api/v1/events", token, &event).await;
    let path = made.header("location").expect("is there").to_owned();
    let id = path.rsplit('/').next().expect("is there");
    let credentials = json!({ "email": ADA, "password": PASSWORD });
    let wrong = json!({ "email": ADA, "password": "wrong password" });
    let newcomer = json!({ "email": "bob@example.com", "password": PASSWORD });
    let change = json!({ "current_password": PASSWORD, "new_password": "quite another one" });
    let wanted = json!({ "name": "backup", "scope": "read", "expires_in": 60 });
    let refresh = app.open(ADA).await.refresh;
    let service = app.service_token().await;
    for how in [Failure::Everything, Failure::Answers] {
        store.fail(how);
        forget(&app);
        for answer in [
            app.get("/api/v1/me", token).await,
            app.get("/api/v1/users/1", token).await,
            app.delete("/api/v1/sessions/current", token).await,
            app.get("/api/v1/sessions", token).await,
            app.delete("/api/v1/sessions", token).await,
            app.delete("/api/v1/sessions/1", token).await,
            app.post("/api/v1/sessions/current/proof", token, &wrong)
                .await,
            app.put("/api/v1/me/password", token, &change).await,
            app.get("/api/v1/me/tokens", token).await,
            app.post("/api/v1/me/tokens", token, &wanted).await,
            app.delete("/api/v1/me/tokens/1", token).await,
            app.post("/api/v1/events", token, &event).await,
            app.delete(&path, token).await,
            app.get("/api/v1/events", token).await,
            app.get("/api/v1/events?mine=true", token).await,
            app.post("/api/v1/users", None, &newcomer).await,
            app.post("/api/v1/users", None, &credentials).await,
            app.post("/api/v1/sessions", None, &credentials).await,
            app.post("/api/v1/sessions", None, &wrong).await,
            app.post("/api/v1/sessions", None, &newcomer).await,
            app.get("/health/ready", None).await,
        ] {
            assert_unavailable(&answer);
        }
        for password in [PASSWORD, "wrong"] {
            let form = format!("grant_type=password&username={ADA}&password={password}");
            let answer = app.form("/api/v1/token", form).await;
            assert_refused(&answer, 503, "temporarily_unavailable");
            assert!(answer.header("retry-after").is_some());
        }
        // RFC 7009, section 2.2.1: whoever is told 503 knows that the token may still open something.
        for answer in [
            app.refresh(&refresh).await,
            app.form("/api/v1/token/revoke", format!("token={refresh}"))
                .await,
            app.introspect(&service, &refresh).await,
        ] {
            assert_refused(&answer, 503, "temporarily_unavailable");
            assert!(answer.header("retry-after").is_some());
        }
        let book = format!("/event/{id}");
        let form = format!("username={ADA}&password={PASSWORD}");
        let launch =
            json!({ "title": "a", "image": "b", "description": "c", "tags": [], "location": "d" });
        for answer in [
            app.post("/user/signup", None, &newcomer).await,
            app.form("/user/signin", form).await,
            app.post("/event/new", token, &launch).await,
            app.put(&book, token, &json!({})).await,
            app.delete(&book, token).await,
        ] {
            assert_unavailable_in_the_book(&answer);
        }
    }
}

#[tokio::test]
async fn who_needs_it_not_is_served() {
    let (app, store, token) = scene().await;
    let made = app
        .post("/api/v1/events", Some(&token), &json!({ "title": "Tea" }))
        .await;
    let path = made.header("location").expect("is there").to_owned();
    store.fail(Failure::Everything);
    forget(&app);
    for path in [
        "/api/v1/events",
        path.as_str(),
        "/event/",
        "/health/live",
        "/openapi.json",
    ] {
        assert_eq!(app.get(path, None).await.status, 200, "{path}");
    }
    app.get("/api/v1/me", None)
        .await
        .refused(401, "not_authenticated");
    app.get("/api/v1/me", Some("forged"))
        .await
        .refused(401, "invalid_token");
    app.get("/api/v1/events?limit=0", None)
        .await
        .refused(400, "invalid_parameter");
}

#[tokio::test]
async fn a_password_that_was_right_opens_nothing_that_cannot_be_kept() {
    let (app, store, token) = scene().await;
    store.fail(Failure::Writing);
    forget(&app);
    assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 200);
    let right = json!({ "email": ADA, "password": PASSWORD });
    assert_unavailable(&app.post("/api/v1/sessions", None, &right).await);
    let wrong = json!({ "email": ADA, "password": "wrong password" });
    let answer = app.post("/api/v1/sessions", None, &wrong).await;
    answer.refused(401, "wrong_credentials");
    assert_unavailable(&app.delete("/api/v1/sessions/current", Some(&token)).await);
}

#[tokio::test]
async fn when_it_is_back_everything_is() {
    let (app, store, token) = scene().await;
    let newcomer = json!({ "email": "bob@example.com", "password": PASSWORD });
    store.fail(Failure::Everything);
    forget(&app);
    assert_unavailable(&app.get("/api/v1/me", Some(&token)).await);
    assert_unavailable(&app.post("/api/v1/users", None, &newcomer).await);
    store.fail(Failure::No);
    assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 200);
    assert_eq!(app.get("/api/v1/events", Some(&token)).await.status, 200);
    assert_eq!(app.get("/health/ready", None).await.status, 200);
    assert_eq!(app.post("/api/v1/users", None, &newcomer).await.status, 201);
    app.sign_in("bob@example.com").await;
    let form = format!("grant_type=password&username={ADA}&password={PASSWORD}");
    assert_eq!(app.form("/api/v1/token", form).await.status, 200);
    let answer = app
        .request(
            Method::DELETE,
            "/api/v1/sessions/current",
            Some(&token),
            None,
        )
        .await;
    assert_eq!(answer.status, 204);
}

/// An end whose answer got lost may have happened; that the token opens nothing afterwards is safe,
/// that it opens something is told by no 204.
#[tokio::test]
async fn a_sign_out_whose_answer_got_lost_can_be_repeated() {
    let (app, store, token) = scene().await;
    assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 200);
    store.fail(Failure::Answers);
    assert_unavailable(&app.delete("/api/v1/sessions/current", Some(&token)).await);
    store.fail(Failure::No);
    forget(&app);
    app.get("/api/v1/me", Some(&token))
        .await
        .refused(401, "invalid_token");
}
