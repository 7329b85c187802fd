//! A notebook with its own tables, roles and pages. `docs/library.md` quotes the regions of this file.

use std::net::SocketAddr;

use anyhow::Context;
use axum::{
    Router,
    extract::{FromRef, FromRequestParts, State},
    http::{StatusCode, request::Parts},
    middleware::map_response,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use guestlist::{Email, Guestlist, Password, SecretKey, StoreError, UserId};
use guestlist_axum::{
    AllowedHosts, BrowserLayer, CookieSignIn, CsrfToken, CurrentSession, CurrentUser, Json,
    OwnForm, Problem, SessionCookie, page_headers,
};
use guestlist_sqlite::{
    Database, Id, SqliteStore,
    refinery::{Migration, Runner},
    rusqlite::{Connection, OptionalExtension},
};
use tokio::net::TcpListener;

// region: serve
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:3000".into());
    let base_url = format!("http://{address}");
    let database = Database::open("notebook.sqlite").await?;
    let store = SqliteStore::over(database.clone()).await?;
    let notes = Notes::over(database).await?;
    let secret = SecretKey::load_or_create("secret.key")?;
    let guestlist = Guestlist::builder(store, secret)
        .issuer(&base_url)
        .build()?;
    if let Some(editor) = arguments.next() {
        let email = Email::parse(&editor)?;
        let user = guestlist.find_user_by_email(&email).await?;
        let user = user.context("the editor has no account")?;
        notes.set_role(user.id, "editor").await?;
    }
    tokio::spawn(guestlist.upkeep().run());
    let app = App {
        guestlist: guestlist.clone(),
        notes,
    };
    let service = router(app, &base_url)?.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(TcpListener::bind(address).await?, service)
        .with_graceful_shutdown(async { _ = tokio::signal::ctrl_c().await })
        .await?;
    guestlist.purge().await?;
    Ok(())
}
// end region

// region: router
fn router(app: App, base_url: &str) -> anyhow::Result<Router> {
    let browser = BrowserLayer::builder(app.guestlist.clone(), base_url).build()?;
    let authentication = guestlist_axum::documented_routes::<App>("/api");
    Ok(Router::new()
        .merge(Router::from(authentication))
        .route("/api/notes", get(list_notes).post(add_note))
        .route("/", get(home))
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .layer(map_response(with_page_headers))
        .layer(browser)
        .layer(AllowedHosts::of(base_url)?)
        .with_state(app))
}
// end region

// region: state
#[derive(Clone)]
struct App {
    guestlist: Guestlist,
    notes: Notes,
}

impl FromRef<App> for Guestlist {
    fn from_ref(app: &App) -> Self {
        app.guestlist.clone()
    }
}
// end region

// region: tables
const TABLES: &str = "
    CREATE TABLE members (
        user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        role    TEXT NOT NULL
    ) STRICT;
    CREATE TABLE notes (
        user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        text    TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notes_of_a_user ON notes (user_id);
";

/// The application's tables, in the same file as the users.
#[derive(Clone)]
struct Notes(Database);

impl Notes {
    async fn over(database: Database) -> anyhow::Result<Self> {
        let migrations = Runner::new(&[Migration::unapplied("V1__notes", TABLES)?]);
        database.migrate(migrations, "notebook_migrations").await?;
        Ok(Self(database))
    }

    async fn add(&self, user: UserId, text: String) -> Result<(), StoreError> {
        let insert = move |connection: &Connection| {
            let sql = "INSERT INTO notes (user_id, text) VALUES (?, ?)";
            let mut statement = connection.prepare_cached(sql)?;
            statement.execute((Id(user.as_uuid()), text))
        };
        self.0.write(insert).await?;
        Ok(())
    }

    async fn of(&self, user: UserId) -> Result<Vec<String>, StoreError> {
        let query = move |connection: &Connection| {
            let sql = "SELECT text FROM notes WHERE user_id = ? ORDER BY rowid";
            let mut statement = connection.prepare_cached(sql)?;
            let texts =
                statement.query_map((Id(user.as_uuid()),), |row| row.get::<_, String>(0))?;
            texts.collect()
        };
        self.0.list(query).await
    }

    async fn role_of(&self, user: UserId) -> Result<Option<String>, StoreError> {
        let query = move |connection: &Connection| {
            let sql = "SELECT role FROM members WHERE user_id = ?";
            let mut statement = connection.prepare_cached(sql)?;
            let role = statement.query_row((Id(user.as_uuid()),), |row| row.get::<_, String>(0));
            role.optional()
        };
        self.0.find(query).await
    }

    async fn set_role(&self, user: UserId, role: &'static str) -> Result<(), StoreError> {
        let upsert = move |connection: &Connection| {
            let sql = "INSERT INTO members (user_id, role) VALUES (?, ?)
                ON CONFLICT (user_id) DO UPDATE SET role = excluded.role";
            let mut statement = connection.prepare_cached(sql)?;
            statement.execute((Id(user.as_uuid()), role))
        };
        self.0.write(upsert).await?;
        Ok(())
    }
}
// end region

// region: handlers
#[derive(serde::Deserialize)]
struct NewNote {
    text: String,
}

async fn list_notes(
    State(app): State<App>,
    user: CurrentUser,
) -> Result<Json<Vec<String>>, Problem> {
    Ok(Json(app.notes.of(user.id()).await?))
}

async fn add_note(
    State(app): State<App>,
    Editor(user): Editor,
    Json(note): Json<NewNote>,
) -> Result<StatusCode, Problem> {
    app.notes.add(user.id(), note.text).await?;
    Ok(StatusCode::CREATED)
}
// end region

// region: roles
/// A signed-in user whose role is `editor`.
struct Editor(CurrentUser);

impl FromRequestParts<App> for Editor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let user = CurrentUser::from_request_parts(parts, app).await?;
        match app.notes.role_of(user.id()).await?.as_deref() {
            Some("editor") => Ok(Self(user)),
            _ => Err(Problem::forbidden(
                "not_an_editor",
                "only editors may do this",
            )),
        }
    }
}
// end region

// region: pages
async fn home(
    State(app): State<App>,
    user: Option<CurrentUser>,
    token: CsrfToken,
) -> Result<Html<String>, Problem> {
    let Some(user) = user else {
        return Ok(Html(format!(
            r#"<form method="post" action="/sign-in">
            <input type="hidden" name="csrf_token" value="{token}">
            <label>E-mail <input name="email" type="email"></label>
            <label>Password <input name="password" type="password"></label>
            <button>Sign in</button></form>"#
        )));
    };
    let count = app.notes.of(user.id()).await?.len();
    Ok(Html(format!(
        r#"<p>Notes: {count}</p>
        <form method="post" action="/sign-out">
        <input type="hidden" name="csrf_token" value="{token}">
        <button>Sign out</button></form>"#
    )))
}

async fn sign_in(
    browser: CookieSignIn,
    OwnForm(form): OwnForm,
) -> Result<impl IntoResponse, Problem> {
    let [email, password] = form.all_needed(["email", "password"])?;
    let (email, password) = (Email::parse(email).ok(), Password::new(password));
    let (_, cookie) = browser.sign_in(email.as_ref(), password).await?;
    Ok((cookie, Redirect::to("/")))
}

async fn sign_out(
    State(app): State<App>,
    current: CurrentSession,
    _: OwnForm,
) -> Result<impl IntoResponse, Problem> {
    app.guestlist.sign_out(current.session().id).await?;
    Ok((SessionCookie::cleared(), Redirect::to("/")))
}

async fn with_page_headers(mut response: Response) -> Response {
    page_headers(response.headers_mut());
    response
}
// end region

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{
        body::{Body, to_bytes},
        http::{
            Request,
            header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE},
        },
    };
    use guestlist::{
        Client, Wanted,
        testing::{email, guestlist_over},
    };
    use tempfile::TempDir;
    use tower::ServiceExt;

    use super::*;

    // region: tests
    struct Fixture {
        app: App,
        user: UserId,
        token: String,
        _folder: TempDir,
    }

    impl Fixture {
        async fn new() -> Self {
            let folder = tempfile::tempdir().expect("creates a folder");
            let file = folder.path().join("notebook.sqlite");
            let database = Database::open(file).await.expect("opens");
            let store = SqliteStore::over(database.clone()).await.expect("migrates");
            let notes = Notes::over(database).await.expect("migrates");
            // Password hashes are cheap here, so tests are fast.
            let guestlist = guestlist_over(Arc::new(store));
            let (ada, password) = (email("ada@example.com"), || Password::new("exemplary"));
            let user = guestlist.sign_up(ada.clone(), password()).await;
            let client = Client::default();
            let signed_in = guestlist.sign_in(Some(&ada), password(), client, Wanted::DATABASE);
            let token = signed_in.await.expect("signs in").access_token;
            Self {
                user: user.expect("signs up").id,
                token: token.expose().to_owned(),
                app: App { guestlist, notes },
                _folder: folder,
            }
        }

        async fn send(&self, request: Request<Body>) -> Response {
            let router = router(self.app.clone(), "http://127.0.0.1:3000").expect("builds");
            let Ok(response) = router.oneshot(request).await;
            response
        }

        async fn add_note(&self) -> StatusCode {
            let request = Request::post("/api/notes")
                .header(HOST, "127.0.0.1:3000")
                .header(AUTHORIZATION, format!("Bearer {}", self.token))
                .header(CONTENT_TYPE, "application/json")
                .body(Body::from(r#"{"text":"milk"}"#));
            self.send(request.expect("is a request")).await.status()
        }
    }

    #[tokio::test]
    async fn only_an_editor_adds_notes() {
        let fixture = Fixture::new().await;
        assert_eq!(fixture.add_note().await, StatusCode::FORBIDDEN);
        let notes = &fixture.app.notes;
        notes.set_role(fixture.user, "editor").await.expect("sets");
        assert_eq!(fixture.add_note().await, StatusCode::CREATED);
        assert_eq!(notes.of(fixture.user).await.expect("lists"), ["milk"]);
    }
    // end region

    /// The cookie of that name in an answer, as a browser sends it back.
    fn cookie(response: &Response, name: &str) -> String {
        let headers = response.headers().get_all(SET_COOKIE).iter();
        let mut cookies = headers.filter_map(|value| value.to_str().ok()?.split(';').next());
        let is_it = |pair: &&str| pair.split('=').next() == Some(name);
        cookies.find(is_it).expect(name).to_owned()
    }

    async fn body(response: Response) -> String {
        let bytes = to_bytes(response.into_body(), usize::MAX).await;
        String::from_utf8(bytes.expect("has a body").to_vec()).expect("is text")
    }

    fn csrf_token(page: &str) -> &str {
        let (_, rest) = page.split_once("value=\"").expect("has a hidden field");
        rest.split('"').next().expect("ends")
    }

    impl Fixture {
        async fn home(&self, cookies: &str) -> Response {
            let request = Request::get("/")
                .header(HOST, "127.0.0.1:3000")
                .header(COOKIE, cookies)
                .body(Body::empty());
            self.send(request.expect("is a request")).await
        }

        async fn post(&self, path: &str, cookies: &str, form: String) -> Response {
            let request = Request::post(path)
                .header(HOST, "127.0.0.1:3000")
                .header(COOKIE, cookies)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(form));
            self.send(request.expect("is a request")).await
        }
    }

    #[tokio::test]
    async fn a_page_signs_in_and_out_with_a_cookie_and_a_csrf_token() {
        let fixture = Fixture::new().await;
        let page = fixture.home("").await;
        assert!(page.headers().contains_key("content-security-policy"));
        let form_cookie = cookie(&page, "guestlist-form");
        let page = body(page).await;
        let fields = "email=ada%40example.com&password=exemplary";
        let forged = fixture
            .post("/sign-in", &form_cookie, fields.to_owned())
            .await;
        assert_eq!(forged.status(), StatusCode::FORBIDDEN);

        let form = format!("{fields}&csrf_token={}", csrf_token(&page));
        let signed_in = fixture.post("/sign-in", &form_cookie, form).await;
        assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
        let session = cookie(&signed_in, "guestlist");
        let page = body(fixture.home(&session).await).await;
        assert!(page.contains("Notes: 0"), "{page}");

        let form = format!("csrf_token={}", csrf_token(&page));
        let signed_out = fixture.post("/sign-out", &session, form).await;
        assert_eq!(signed_out.status(), StatusCode::SEE_OTHER);
        let page = body(fixture.home(&session).await).await;
        assert!(page.contains("Sign in"), "{page}");
    }

    #[tokio::test]
    async fn a_request_for_another_host_is_refused() {
        let fixture = Fixture::new().await;
        let request = Request::get("/").header(HOST, "evil.example");
        let request = request.body(Body::empty()).expect("is a request");
        let refused = fixture.send(request).await;
        assert_eq!(refused.status(), StatusCode::MISDIRECTED_REQUEST);
    }
}
