//! JS17: strings that broke other programs, in every text member of an event. An accepted string is
//! returned unchanged.

use axum::http::Method;
use serde_json::{Value, json};

use super::EVENTS;
use crate::test_app::{TestApp, new_email};

const NASTY: [&str; 64] = [
    "",
    " ",
    "undefined",
    "null",
    "NULL",
    "(null)",
    "true",
    "NaN",
    "-1",
    "1/0",
    "0x0",
    "1e1000",
    "9999999999999999999999",
    "1,000.00",
    ",./;'[]\\-=",
    "<>?:\"{}|_+",
    "!@#$%^&*()`~",
    "\0",
    "a\0b",
    "\u{1}\u{2}\u{7}\u{8}\u{1b}[31m",
    "\t",
    "a\nb",
    "a\r\nSet-Cookie: x=1",
    "\u{7f}",
    "\u{80}\u{85}\u{9f}",
    "\u{a0}\u{1680}\u{2003}\u{3000}",
    "\u{200b}\u{200c}\u{200d}\u{2060}",
    "\u{feff}",
    "\u{fffe}\u{ffff}",
    "\u{fffd}",
    "\u{2028}\u{2029}",
    "\u{202e}evil\u{202c}",
    "\u{2066}\u{2069}",
    "\u{e0001}\u{e0020}",
    "\u{e000}\u{f8ff}\u{10ffff}",
    "Ω≈ç√∫˜µ≤≥÷",
    "田中さんにあげて下さい",
    "사회과학원 어학연구소",
    "الكل في المجمو عة",
    "בְּרֵאשִׁית",
    "Z\u{363}\u{35b}\u{321}a\u{36b}\u{340}lgo",
    "e\u{301}",
    "\u{e9}",
    "\u{fb01} \u{2126} \u{212b}",
    "ß ẞ ı İ ς",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇺🇸",
    "\u{1f1e6}",
    "👍🏿",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "data:text/html,x",
    "&lt;&amp;&#0;",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "%s%s%s%n %d {0}",
    "'; DROP TABLE events; --",
    "' OR 1=1 -- 1",
    "\\' \\\" \\\\ \\u0000",
    "=1+1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "../../../../etc/passwd%00",
    "C:\\Windows\\win.ini",
    "$HOME `id` $(id) | ; &",
    "{\"$gt\":\"\"}",
];

/// Creates the event. Returns whether it was accepted, and asserts that it is returned unchanged.
async fn is_kept(app: &TestApp, token: &str, event: &Value, pointer: &str) -> bool {
    let answer = app.post(EVENTS, Some(token), event).await;
    if answer.status != 201 {
        let place = &answer.invalid()[0].0;
        assert!(place.starts_with(pointer), "{event} {place}");
        return false;
    }
    let path = answer.header("location").expect("is there").to_owned();
    let shown = app.get(&path, None).await.json();
    let (sent, shown) = (event.pointer(pointer).cloned(), shown.pointer(pointer));
    // A tag is stored in one Unicode form, which looks the same.
    let respelled = |sent: Value| match sent.as_str() {
        Some(tag) if pointer.starts_with("/tags") => json!(planner::spelled_once(tag)),
        _ => sent,
    };
    let sent = sent.map(respelled);
    // An empty text is stored as null.
    let is_none = sent == Some(json!("")) && shown == Some(&Value::Null);
    assert!(is_none || sent.as_ref() == shown, "{event} {shown:?}");
    true
}

#[tokio::test]
async fn an_accepted_text_is_returned_unchanged() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let mut kept = 0;
    for text in NASTY {
        for name in ["title", "description", "image", "location", "online_url"] {
            let mut event = json!({ "title": "Tea" });
            event[name] = json!(text);
            kept += u32::from(is_kept(&app, &token, &event, &format!("/{name}")).await);
        }
        let event = json!({ "title": "Tea", "tags": [text] });
        kept += u32::from(is_kept(&app, &token, &event, "/tags/0").await);
    }
    assert!(kept > 180, "{kept}");
    let compat = app.get("/event/", None).await.json();
    assert_eq!(compat.as_array().map(Vec::len), usize::try_from(kept).ok());
}

/// UAX #9 and UTS #39. Invisible characters that languages and emoji need are accepted.
#[tokio::test]
async fn invisible_characters_are_refused_at_every_address() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let tea = app
        .post(EVENTS, Some(&token), &json!({ "title": "Tea" }))
        .await;
    let (path, etag) = (tea.header("location"), tea.header("etag"));
    let (path, etag) = (path.expect("is there"), etag.expect("is there"));
    for (text, code) in [
        ("\u{202e}evil\u{202c}", "unseen_character"),
        ("a\u{2066}b\u{2069}", "unseen_character"),
        ("a\u{200b}b", "unseen_character"),
        ("\u{feff}a", "unseen_character"),
        ("a\u{e0041}", "unseen_character"),
        ("a\u{200e}", "unseen_character"),
    ] {
        for name in ["title", "description", "location"] {
            let place = [(format!("/{name}"), code.to_owned())];
            let mut event = json!({ "title": "Tea" });
            event[name] = json!(text);
            let made = app.post(EVENTS, Some(&token), &event).await;
            assert_eq!(made.invalid(), place, "{event}");
            let headers = [
                ("authorization", &*format!("Bearer {token}")),
                ("content-type", "application/merge-patch+json"),
                ("if-match", etag),
            ];
            let change = json!({ name: text }).to_string();
            let changed = app
                .with_headers(Method::PATCH, path, &headers, change)
                .await;
            assert_eq!(changed.invalid(), place, "{event}");
            let mut event = json!({ "title": "Tea", "image": "", "description": "", "tags": [], "location": "" });
            event[name] = json!(text);
            let compat = app.post("/event/new", Some(&token), &event).await;
            assert_eq!(compat.status, 422, "{event}");
            assert_eq!(compat.json()["detail"][0]["type"], code);
        }
        let event = json!({ "title": "Tea", "tags": ["tea", text] });
        let made = app.post(EVENTS, Some(&token), &event).await;
        assert_eq!(made.invalid(), [("/tags/1".to_owned(), code.to_owned())]);
        let wanted = json!({ "name": text, "scope": "read", "expires_in": 3_600 });
        let made = app.post("/api/v1/me/tokens", Some(&token), &wanted).await;
        assert_eq!(made.invalid(), [("/name".to_owned(), "invalid".to_owned())]);
    }
    for title in ["\u{200b}\u{2060}", "\u{3164}", "\u{2800}", "\u{feff} "] {
        let made = app
            .post(EVENTS, Some(&token), &json!({ "title": title }))
            .await;
        assert_eq!(
            made.invalid()[0],
            ("/title".to_owned(), "required".to_owned())
        );
    }
    for title in [
        "👩\u{200d}🚀",
        "می\u{200c}خواهم",
        "क्\u{200d}ष",
        "❤\u{fe0f}",
        "שלום\u{200f}!",
    ] {
        let event = json!({ "title": title, "tags": [title] });
        let made = app.post(EVENTS, Some(&token), &event).await;
        assert_eq!(made.status, 201, "{title}");
    }
}

#[tokio::test]
async fn such_a_text_as_a_time_or_a_keyword_is_422() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for text in NASTY.into_iter().filter(|text| !text.is_empty()) {
        for name in ["starts_at", "start_date", "time_zone", "visibility"] {
            let mut event = json!({ "title": "Tea" });
            if name == "time_zone" {
                event["starts_at"] = json!("2026-12-01T18:00");
            }
            event[name] = json!(text);
            let answer = app.post(EVENTS, Some(&token), &event).await;
            assert!(!answer.invalid().is_empty(), "{event}");
        }
    }
}

#[tokio::test]
async fn such_a_text_in_a_search_gets_a_list() {
    let app = TestApp::start().await;
    for text in NASTY {
        for name in ["q", "tag"] {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair(name, text)
                .finish();
            let answer = app.get(&format!("{EVENTS}?{query}"), None).await;
            assert_eq!(answer.status, 200, "{query} {answer:?}");
        }
        for name in [
            "sort",
            "mine",
            "limit",
            "cursor",
            "starts_after",
            "starts_from",
            "starts_before",
            text,
        ] {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair(name, text)
                .finish();
            let answer = app.get(&format!("{EVENTS}?{query}"), None).await;
            let (is_true, status) = (name == "mine" && text == "true", answer.status.as_u16());
            assert_eq!(
                status,
                if is_true { 401 } else { 400 },
                "{query} {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn the_compat_addresses_return_an_accepted_text_unchanged() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let mut expected = Vec::new();
    for text in NASTY {
        let event = json!({ "title": text, "image": text, "description": text, "tags": [], "location": text });
        let answer = app.post("/event/new", Some(&token), &event).await;
        match answer.status.as_u16() {
            200 => expected.push(event),
            status => assert_eq!(status, 422, "{event} {answer:?}"),
        }
    }
    let list = app.get("/event/", None).await.json();
    let list = list.as_array().expect("is a list");
    assert_eq!(list.len(), expected.len());
    for (shown, sent) in list.iter().zip(&expected) {
        for name in ["title", "image", "description", "location"] {
            assert_eq!(shown[name], sent[name]);
        }
    }
}

/// A refusal contains nothing that was sent: it may be a secret or a script.
#[tokio::test]
async fn a_refusal_does_not_repeat_what_was_sent() {
    let app = TestApp::start().await;
    let script = "<script>alert(1)</script>";
    for body in [
        json!({ "email": script, "password": script }),
        json!({ "email": "a@example.com", "password": script, "other": script }),
        json!({ "email": [script], "password": script }),
    ] {
        let answer = app
            .json(Method::POST, super::USERS, None, body.to_string())
            .await;
        assert!(
            !answer.text().contains("script") || answer.status == 201,
            "{answer:?}"
        );
    }
    let answer = app.get(&format!("{EVENTS}?sort=%3Cscript%3E&"), None).await;
    assert!(!answer.text().contains("<script>"), "{answer:?}");
}
