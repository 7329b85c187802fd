//! Tokens that somebody makes for programs of theirs, and takes back.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use guestlist::{
    MadeToken, MakeTokenError, Scope, Timestamp, Token, TokenId, TokenName, without_unseen,
};
use guestlist_axum::{CurrentSession, FieldError, Form, OwnForm, Problem};

use crate::{
    app::App,
    pages::{
        assets,
        done::Done,
        filled::Filled,
        page::Page,
        said,
        visit::{FormVisit, Frame, MemberVisit, SessionVisit},
    },
};

const SHOWN: u32 = 100;
const TOKENS: &str = "/account/tokens";
const A_DAY: u64 = 24 * 60 * 60;
const FIELDS: [&str; 3] = ["name", "scope", "days"];

#[derive(Template)]
#[template(path = "account/tokens.html")]
pub(in crate::pages) struct Tokens {
    frame: Frame,
    form: Filled,
    /// None while nobody can look.
    tokens: Option<Vec<Shown>>,
    /// The secret of a new token, which is shown only once.
    made: Option<String>,
}

/// One token, without its secret.
struct Shown {
    id: String,
    name: String,
    may: &'static str,
    /// When it was last used: machine-readable, and in words.
    used: Option<(String, String)>,
    ends: Option<(String, String)>,
}

impl Shown {
    fn new(token: &Token, now: Timestamp) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name.to_string(),
            may: match token.scope {
                Scope::Write => "reads and writes",
                Scope::Read | Scope::Account | Scope::Introspect => "reads",
            },
            used: token
                .last_used_at
                .map(|used| (used.to_string(), said::ago(used, now))),
            ends: token
                .expires_at
                .map(|ends| (ends.to_string(), said::date(ends))),
        }
    }
}

/// `GET /account/tokens`: lists the tokens, with a form to create one.
pub(in crate::pages) async fn list_tokens(
    State(app): State<App>,
    MemberVisit(frame, current): SessionVisit,
) -> Result<Page<Tokens>, Problem> {
    let form = Filled::default().with("scope", "read").with("days", "30");
    let tokens = match &current {
        Some(current) => Some(shown(&app, current).await?),
        None => None,
    };
    Ok(Page::private(Tokens {
        form: frame.refill(form),
        frame,
        tokens,
        made: None,
    }))
}

/// `POST /account/tokens`: makes a token, and shows it this once.
pub(in crate::pages) async fn make_token(
    State(app): State<App>,
    current: CurrentSession,
    FormVisit(frame): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let (form, made) = match make(&app, &current, &form).await {
        Ok(made) => (Filled::default(), made),
        // By way of the proof, and back to the form with what was typed.
        Err(problem) if problem.code() == "proof_required" => return Err(problem),
        Err(problem) => {
            let status = problem.status();
            let page = Tokens {
                frame,
                form: Filled::kept(&form, &FIELDS).refused(problem, "name")?,
                tokens: Some(shown(&app, &current).await?),
                made: None,
            };
            return Ok(Page::refused(status, page).into_response());
        }
    };
    let page = Tokens {
        frame,
        form: form.with("scope", "read").with("days", "30"),
        tokens: Some(shown(&app, &current).await?),
        made: Some(made.secret.expose().to_owned()),
    };
    Ok(Page::private(page).into_response())
}

/// `POST /account/tokens/retire`: takes one of one's own back.
pub(in crate::pages) async fn retire_token(
    State(app): State<App>,
    current: CurrentSession,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    // What is no id names no token.
    if let Some(Ok(id)) = form.get("id").map(str::parse::<TokenId>) {
        app.guestlist.retire_token(current.user().id, id).await?;
    }
    Ok(Done::TokenRetired.then(TOKENS).into_response())
}

async fn shown(app: &App, current: &CurrentSession) -> Result<Vec<Shown>, Problem> {
    let tokens = app.guestlist.list_tokens(current.user().id, None, SHOWN);
    let now = app.clock.now();
    let tokens = tokens.await?;
    Ok(tokens.iter().map(|token| Shown::new(token, now)).collect())
}

async fn make(app: &App, current: &CurrentSession, form: &Form) -> Result<MadeToken, Problem> {
    let name = TokenName::parse(&without_unseen(form.get("name").unwrap_or_default()));
    let name = name.map_err(FieldError::name)?;
    let invalid = |field: &str, words: &str| FieldError::new(field, "invalid", words);
    let scope = form.get("scope").map(str::parse::<Scope>);
    let Some(Ok(scope)) = scope else {
        return Err(invalid("/scope", "say what the program may do").into());
    };
    let days = form.get("days").map(str::parse::<u64>);
    let Some(Ok(days)) = days else {
        return Err(invalid("/days", "say for how long").into());
    };
    let lives_for = Duration::from_secs(days.saturating_mul(A_DAY));
    let made = app
        .guestlist
        .make_token(current.session().id, name, scope, lives_for);
    made.await.map_err(|error| match error {
        MakeTokenError::Lifetime => invalid("/days", &error.to_string()).into(),
        error => error.into(),
    })
}
