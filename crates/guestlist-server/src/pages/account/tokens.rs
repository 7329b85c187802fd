//! Personal access tokens: the list, a form for one more, and how one is revoked.

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
    app::{App, SeenApp},
    pages::{
        assets,
        filled::Filled,
        flash::FlashMessage,
        page::{Page, Refusal},
        visit::{FormVisit, Layout, MemberVisit, SessionVisit},
        when_text,
    },
};

const SHOWN: u32 = 100;
const TOKENS: &str = "/account/tokens";
const A_DAY: u64 = 24 * 60 * 60;
const FIELDS: [&str; 3] = ["name", "scope", "days"];

#[derive(Template)]
#[template(path = "account/tokens.html")]
pub(super) struct Tokens {
    layout: Layout,
    form: Filled,
    /// None while the store does not answer.
    tokens: Option<Vec<Shown>>,
    /// The secret of a new token, which is shown only once.
    made: Option<String>,
    /// Whether the same form has made a token before.
    was_made: bool,
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
                .map(|used| (used.to_string(), when_text::ago(used, now))),
            ends: token
                .expires_at
                .map(|ends| (ends.to_string(), when_text::date(ends))),
        }
    }
}

/// `GET /account/tokens`: lists the tokens, with a form to create one.
pub(super) async fn list_tokens(
    State(app): State<App>,
    MemberVisit(layout, current): SessionVisit,
) -> Result<Page<Tokens>, Problem> {
    let form = empty(&app);
    let tokens = match &current {
        Some(current) => Some(shown(&app, current).await?),
        None => None,
    };
    Ok(Page::private(Tokens {
        form: layout.refill(form),
        layout,
        tokens,
        made: None,
        was_made: false,
    }))
}

/// `POST /account/tokens`: makes a token, and shows it this once. The form has the id of the token,
/// so the same form sent again makes no other one.
pub(super) async fn make_token(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    FormVisit(layout): FormVisit,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    let key = form.get("key").and_then(|key| key.parse().ok());
    let key = key.unwrap_or_else(|| TokenId::new(app.clock.now()));
    let made = match make(&app, &current, key, &form).await {
        Ok(made) => made,
        // The user enters the password first, and then gets the form back as it was.
        Err(problem) if problem.code() == "proof_required" => return Err(problem),
        Err(problem) => {
            let refusal = Refusal::from(&problem);
            let kept = Filled::kept(&form, &FIELDS);
            let was_made = problem.code() == "key_used";
            let form = if was_made {
                kept.with("key", TokenId::new(app.clock.now()).to_string())
            } else {
                kept.with("key", key.to_string()).refused(problem, "name")?
            };
            let page = Tokens {
                layout,
                form,
                tokens: Some(shown(&app, &current).await?),
                made: None,
                was_made,
            };
            return Ok(Page::refused(refusal, page).into_response());
        }
    };
    let page = Tokens {
        layout,
        form: empty(&app),
        tokens: Some(shown(&app, &current).await?),
        made: Some(made.secret.expose().to_owned()),
        was_made: false,
    };
    Ok(Page::private(page).into_response())
}

/// The form for one more token. It has the id of that token.
fn empty(app: &App) -> Filled {
    let form = Filled::default().with("scope", "read").with("days", "30");
    form.with("key", TokenId::new(app.clock.now()).to_string())
}

/// `POST /account/tokens/retire`: revokes a token of the user.
pub(super) async fn retire_token(
    SeenApp(app): SeenApp,
    current: CurrentSession,
    OwnForm(form): OwnForm,
) -> Result<Response, Problem> {
    // A text that is no id names no token.
    if let Some(Ok(id)) = form.get("id").map(str::parse::<TokenId>) {
        app.guestlist.retire_token(current.user().id, id).await?;
    }
    Ok(FlashMessage::TokenRevoked.then(TOKENS).into_response())
}

async fn shown(app: &App, current: &CurrentSession) -> Result<Vec<Shown>, Problem> {
    let tokens = app.guestlist.list_tokens(current.user().id, None, SHOWN);
    let now = app.clock.now();
    let tokens = tokens.await?;
    Ok(tokens.iter().map(|token| Shown::new(token, now)).collect())
}

async fn make(
    app: &App,
    current: &CurrentSession,
    id: TokenId,
    form: &Form,
) -> Result<MadeToken, Problem> {
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
    let lifetime = Duration::from_secs(days.saturating_mul(A_DAY));
    let made = app
        .guestlist
        .make_token_once(current.session().id, id, name, scope, lifetime);
    made.await.map_err(|error| match error {
        MakeTokenError::Lifetime => invalid("/days", &error.to_string()).into(),
        error => error.into(),
    })
}
