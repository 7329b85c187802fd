//! Every kind of bad input, by the project's list of bad inputs, whose labels (EM10, PW03) stand
//! beside each case. Each gets the right refusal, and never a 5xx.

mod account;
mod all_at_once;
mod bearer;
mod email;
mod ended;
mod form;
mod http;
mod json;
mod jwt;
mod new_password;
mod password;
mod race;
mod session;
mod text;
mod time;

use serde_json::{Value, json};

use crate::test_app::{Answer, TestApp};

const USERS: &str = "/api/v1/users";
const SESSIONS: &str = "/api/v1/sessions";
const TOKEN: &str = "/api/v1/token";
const EVENTS: &str = "/api/v1/events";
const ME: &str = "/api/v1/me";

fn credentials(email: impl Into<Value>, password: impl Into<Value>) -> Value {
    json!({ "email": email.into(), "password": password.into() })
}

async fn sign_up(app: &TestApp, email: impl Into<Value>, password: impl Into<Value>) -> Answer {
    app.post(USERS, None, &credentials(email, password)).await
}

async fn sign_in(app: &TestApp, email: impl Into<Value>, password: impl Into<Value>) -> Answer {
    app.post(SESSIONS, None, &credentials(email, password))
        .await
}

/// Signs in at the OAuth token endpoint.
async fn token(app: &TestApp, email: &str, password: &str) -> Answer {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "password")
        .append_pair("username", email)
        .append_pair("password", password)
        .finish();
    app.form(TOKEN, form).await
}

/// Returns the status, the challenge and the body, without what depends on the request.
fn without_request_id(answer: &Answer) -> (u16, Option<String>, Value) {
    let mut body = answer.json();
    for name in ["request_id", "instance"] {
        body[name].take();
    }
    let challenge = answer.header("www-authenticate").map(str::to_owned);
    (answer.status.as_u16(), challenge, body)
}
