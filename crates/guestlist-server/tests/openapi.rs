//! The OpenAPI description, as it was reviewed.

use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};

use crate::test_app::TestApp;

/// `UPDATE_OPENAPI=1` writes the file again. Review its changes like code.
#[tokio::test]
async fn the_served_description_equals_the_reviewed_file() {
    let app = TestApp::start().await;
    let served = app.get("/openapi.json", None).await;
    assert_eq!(served.status, 200);
    let mut description = served.json();
    // A fixed order of members, whatever the features of the JSON library are.
    description.sort_all_objects();
    let mut now = serde_json::to_string_pretty(&description).expect("is JSON");
    now.push('\n');
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &now).expect("writes");
    }
    let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        reviewed == now,
        "openapi.json is out of date: `just openapi`, then review it"
    );
}

#[tokio::test]
async fn every_address_that_takes_json_describes_how_a_body_is_refused() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    let paths = api["paths"].as_object().expect("is an object");
    let mut checked = 0;
    for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/api/")) {
        for (method, operation) in item.as_object().expect("is an object") {
            let body = operation["requestBody"]["content"].as_object();
            let is_json = body.is_some_and(|body| body.keys().any(|it| it.ends_with("json")));
            if is_json {
                checked += 1;
                for status in ["400", "413", "415", "422", "503"] {
                    let answer = &operation["responses"][status];
                    assert!(answer.is_object(), "{status} {method} {path}");
                }
            }
        }
    }
    assert!(checked > 15, "{checked}");
}

#[tokio::test]
async fn every_address_is_described_with_an_operation_id() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    assert_eq!(api["openapi"], "3.1.0");
    let paths = api["paths"].as_object().expect("is an object");
    for (path, methods) in [
        ("/api/v1/users", vec!["post"]),
        ("/api/v1/users/{id}", vec!["get"]),
        ("/api/v1/sessions", vec!["post", "get", "delete"]),
        ("/api/v1/sessions/current", vec!["delete"]),
        ("/api/v1/sessions/current/reauthenticate", vec!["post"]),
        ("/api/v1/sessions/{id}", vec!["delete"]),
        ("/api/v1/token", vec!["post"]),
        ("/api/v1/token/revoke", vec!["post"]),
        ("/api/v1/token/introspect", vec!["post"]),
        ("/.well-known/jwks.json", vec!["get"]),
        ("/api/v1/me", vec!["get"]),
        ("/api/v1/me/password", vec!["put"]),
        ("/api/v1/me/tokens", vec!["post", "get"]),
        ("/api/v1/me/tokens/{id}", vec!["delete"]),
        ("/api/v1/events", vec!["get", "post"]),
        ("/api/v1/events/{id}", vec!["get", "patch", "delete"]),
        ("/user/signup", vec!["post"]),
        ("/user/signin", vec!["post"]),
        ("/event/", vec!["get"]),
        ("/event/new", vec!["post"]),
        ("/event/{id}", vec!["get", "put", "delete"]),
    ] {
        for method in methods {
            let operation = &paths[path][method];
            assert!(operation["operationId"].is_string(), "{method} {path}");
        }
    }
    let flow = &api["components"]["securitySchemes"]["bearer"]["flows"]["password"];
    assert_eq!(flow["tokenUrl"], "/user/signin");
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_another_host() {
    let app = TestApp::start().await;
    for path in ["/docs/", "/redoc", "/"] {
        let page = app.get(path, None).await;
        assert_eq!(page.status, 200, "{path}");
        let is_for_telephones = page.text().contains("name=\"viewport\"");
        assert!(is_for_telephones, "{path}");
        let policy = page
            .header("content-security-policy")
            .expect("has a policy")
            .to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!policy.contains("http"), "{policy}");
        for attribute in [
            "src=\"http",
            "src=\"//",
            "<link rel=\"stylesheet\" href=\"http",
        ] {
            assert!(!page.text().contains(attribute), "{path}");
        }
    }
    for (path, title) in [
        ("/docs/", "API · guestlist"),
        ("/redoc", "All endpoints · guestlist"),
    ] {
        let page = app.get(path, None).await.text();
        assert!(page.contains(&format!("<title>{title}</title>")), "{page}");
    }
    let script = app.get("/docs/swagger-ui-bundle.js", None).await;
    assert_eq!(script.status, 200);
    assert!(script.body.len() > 100_000);
    assert_eq!(app.get("/docs/nothing.js", None).await.status, 404);
    assert_eq!(
        app.get("/docs", None).await.header("location"),
        Some("/docs/")
    );
}

#[tokio::test]
async fn redoc_shows_every_operation_and_schema() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    let page = app.get("/redoc", None).await.text();
    for item in api["paths"].as_object().expect("is an object").values() {
        for operation in item.as_object().expect("is an object").values() {
            let id = operation["operationId"].as_str().expect("is a string");
            assert!(page.contains(&format!("<section id=\"{id}\">")), "{id}");
        }
    }
    for name in api["components"]["schemas"]
        .as_object()
        .expect("is an object")
        .keys()
    {
        assert!(page.contains(&format!("id=\"schema-{name}\"")), "{name}");
    }
}

/// Collects every text of the description with its JSON pointer.
fn texts(value: &Value, place: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let place = format!("{place}/{name}");
                if let (true, Some(text)) =
                    (name == "description" || name == "summary", value.as_str())
                {
                    found.push((place, text.to_owned()));
                } else {
                    texts(value, &place, found);
                }
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                texts(item, &format!("{place}/{number}"), found);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_response_is_described_in_words() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    let mut many = 0;
    for (path, item) in api["paths"].as_object().expect("is an object") {
        for (method, operation) in item.as_object().expect("is an object") {
            let responses = operation["responses"].as_object().expect("is an object");
            for (status, response) in responses {
                let words = response["description"].as_str().unwrap_or_default();
                assert!(words.contains(' '), "{method} {path} {status}: {words:?}");
                many += 1;
            }
        }
    }
    assert!(many > 100, "{many}");
}

/// Programs show a summary as plain text, in one line.
#[tokio::test]
async fn a_summary_is_one_line_without_marks() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    let mut found = Vec::new();
    texts(&api["paths"], "", &mut found);
    found.retain(|(place, _)| place.ends_with("/summary"));
    assert!(found.len() > 20, "{}", found.len());
    for (place, text) in found {
        assert!(!text.contains(['`', '\n']), "{place}: {text}");
    }
}

/// No link or path of the Rust source appears in a text.
#[tokio::test]
async fn no_text_names_the_rust_source() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    let mut found = Vec::new();
    texts(&api, "", &mut found);
    assert!(found.len() > 200, "{}", found.len());
    for (place, text) in found {
        for mark in [
            "::",
            "](",
            "[`",
            "crate",
            ".rs",
            "guestlist_",
            "Option<",
            "Vec<",
            "&'",
        ] {
            assert!(!text.contains(mark), "{place}: {text}");
        }
        assert_eq!(text.matches('`').count() % 2, 0, "{place}: {text}");
    }
    let page = app.get("/redoc", None).await.text();
    assert!(!page.contains("::") && !page.contains("]("), "{page}");
}

/// Returns the example value that Swagger UI fills in for a schema.
fn example(api: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = api.pointer(name.trim_start_matches('#'));
        return example(api, schema.expect("is there"));
    }
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        let way = ways.iter().find(|way| way["type"] != "null");
        return example(api, way.expect("has a type besides null"));
    }
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    let kind = kinds.iter().find(|kind| **kind != "null");
    match kind.and_then(Value::as_str) {
        Some("object") => {
            let members = schema["properties"].as_object().expect("has members");
            let members = members.iter();
            members
                .map(|(name, schema)| (name.clone(), example(api, schema)))
                .collect()
        }
        Some("array") => json!([example(api, &schema["items"])]),
        Some("string") => json!("string"),
        Some("integer") => json!(0),
        other => panic!("no example for {other:?}"),
    }
}

/// The requests that Swagger UI fills in are valid.
#[tokio::test]
async fn the_server_accepts_the_example_requests() {
    let app = TestApp::start().await;
    let api = app.get("/openapi.json", None).await.json();
    let body = |path: &str, method: &str| {
        let content = &api["paths"][path][method]["requestBody"]["content"];
        let content = content.as_object().expect("has a body").values().next();
        example(&api, &content.expect("is one")["schema"])
    };
    for path in ["/api/v1/users", "/api/v1/sessions"] {
        let answer = app.post(path, None, &body(path, "post")).await;
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    let email = body("/api/v1/users", "post")["email"].clone();
    let token = app.sign_in(email.as_str().expect("is text")).await;
    for (path, status) in [
        ("/api/v1/sessions/current/reauthenticate", 204),
        ("/api/v1/me/tokens", 201),
        ("/event/new", 200),
        ("/user/signup", 409),
        ("/api/v1/events", 201),
    ] {
        let answer = app.post(path, Some(&token), &body(path, "post")).await;
        assert_eq!(answer.status, status, "{path} {answer:?}");
    }
    let listed = app.get("/event/", None).await.json();
    for event in listed.as_array().expect("is a list") {
        let id = event["_id"].as_str().expect("is text");
        let change = body("/event/{id}", "put");
        let changed = app
            .put(&format!("/event/{id}"), Some(&token), &change)
            .await;
        assert_eq!(changed.status, 200, "{changed:?}");
        let authorization = format!("Bearer {token}");
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/merge-patch+json"),
            ("if-match", "*"),
        ];
        let path = format!("/api/v1/events/{id}");
        let change = body("/api/v1/events/{id}", "patch").to_string();
        let changed = app.with_headers(Method::PATCH, &path, &headers, change);
        assert_eq!(changed.await.status, 200, "{path}");
    }
    let path = "/api/v1/me/password";
    let answer = app.put(path, Some(&token), &body(path, "put")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}
