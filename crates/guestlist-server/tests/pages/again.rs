//! No typed text is lost: a refused form comes back filled in. A form that is sent twice is
//! processed once.

mod drafts;
mod faults;
mod foreign;
mod twice;

use std::time::Duration;

use axum::{body::Body, http::Method};
use futures_util::{StreamExt, stream};
use tokio::time;

use crate::test_app::{Answer, PASSWORD, TestApp, new_email};

use super::{
    browser::{ACCEPT, Browser, words},
    change_event::planned,
};

const NEW: &str = "/events/new";
/// An event with many fields.
const TEA: [(&str, &str); 6] = [
    ("title", "Tea & \"cake\""),
    ("description", "One\r\n\r\n<Two>"),
    ("tags", "tea, cake"),
    ("start_date", "2026-12-01"),
    ("start_time", "18:00"),
    ("visibility", "unlisted"),
];

/// Asserts that the form on the page has these values.
#[track_caller]
fn assert_filled(browser: &Browser<'_>, action: &str, fields: &[(&str, &str)]) {
    for (name, value) in fields {
        if name.contains("password") {
            assert_eq!(browser.field(action, name), "", "{name}");
        } else {
            assert_eq!(browser.field(action, name), *value, "{name}");
        }
    }
}

/// The forms of a signed-in user with the event `event`, and values for their fields.
fn forms(event: &str) -> Vec<(String, Vec<(&'static str, &'static str)>)> {
    let form =
        |path: &str, fields: &[(&'static str, &'static str)]| (path.to_owned(), fields.to_vec());
    vec![
        form(NEW, &TEA),
        form(&format!("{event}/edit"), &TEA),
        form(&format!("{event}/delete"), &[]),
        form("/account/profile", &[("name", "Ada")]),
        form(
            "/account/email",
            &[("email", "new@example.com"), ("password", PASSWORD)],
        ),
        form(
            "/account/password",
            &[
                ("current_password", PASSWORD),
                ("new_password", "another table for forty"),
            ],
        ),
        form(
            "/account/tokens",
            &[("name", "backup"), ("scope", "write"), ("days", "90")],
        ),
        form("/account/delete", &[("password", PASSWORD)]),
        form("/account/proof", &[("password", PASSWORD)]),
    ]
}

#[tokio::test]
async fn a_form_with_an_outdated_csrf_token_comes_back_as_typed() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    for (path, fields) in forms(&event) {
        browser.open(&path).await.html(200);
        let version = browser
            .form(&path)
            .into_iter()
            .find(|(name, _)| name == "version");
        let mut sent = fields.clone();
        sent.push(("csrf_token", "out of date"));
        let page = browser.submit(&path, &sent).await;
        let html = page.html(403);
        assert!(html.contains("This form is out of date"), "{path}: {html}");
        assert!(html.contains("<title>Error: "), "{path}");
        let says_password = html.contains("Type the password again.");
        let has_password = fields.iter().any(|(name, _)| name.contains("password"));
        assert_eq!(says_password, has_password, "{path}");
        assert!(!html.contains(PASSWORD), "{path}");
        assert_filled(&browser, &path, &fields);
        let again = browser
            .form(&path)
            .into_iter()
            .find(|(name, _)| name == "version");
        assert_eq!(again, version, "{path}: it has the same version");
        let token = browser.field(&path, "csrf_token");
        assert!(!token.is_empty() && token != "out of date", "{path}");
    }
    browser.open(NEW).await;
    browser
        .submit(NEW, &[("csrf_token", ""), ("title", "Cake")])
        .await
        .html(403);
    let made = browser.submit(NEW, &[]).await;
    assert_eq!(made.words_in("h1"), "Cake", "the form has a new token");
}

#[tokio::test]
async fn a_form_comes_back_as_typed_after_a_new_password_or_a_new_sign_in() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    browser.open(NEW).await;
    let first = browser.filled_in(NEW, &TEA);
    browser.open("/account/password").await;
    let new = "another table for forty";
    let fields = [("current_password", PASSWORD), ("new_password", new)];
    browser.submit("/account/password", &fields).await.html(200);
    browser.submit_again(NEW, &first).await.html(403);
    assert_filled(&browser, NEW, &TEA);
    let second = browser.filled_in(NEW, &[]);
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await.html(200);
    browser.open("/sign-in").await;
    browser
        .submit("/sign-in", &[("email", &*email), ("password", new)])
        .await
        .html(200);
    browser.submit_again(NEW, &second).await.html(403);
    assert_filled(&browser, NEW, &TEA);
    let page = browser.submit(NEW, &[]).await;
    assert!(page.words_in("h1").starts_with("Tea & \"cake\""));
}

/// The page must say who is signed in now: the form was filled in by another user.
#[tokio::test]
async fn a_form_of_another_user_comes_back_and_names_the_current_user() {
    let app = TestApp::start().await;
    let (ada, eve) = (new_email(), new_email());
    Browser::signed_up(&app, &eve).await;
    let browser = Browser::signed_up(&app, &ada).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    let edit = format!("{event}/edit");
    browser.open(NEW).await;
    let new = browser.filled_in(NEW, &TEA);
    browser.open(&edit).await;
    let edited = browser.filled_in(&edit, &TEA);
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await;
    browser.open("/sign-in").await;
    browser
        .submit("/sign-in", &[("email", &*eve), ("password", PASSWORD)])
        .await
        .html(200);
    let page = browser.submit_again(NEW, &new).await;
    assert!(
        page.html(403)
            .contains(&format!("You are signed in as {eve} now."))
    );
    assert_filled(&browser, NEW, &TEA);
    // The edit form of another user's event cannot be shown, so the page shows the typed text.
    let page = browser.submit_again(&edit, &edited).await;
    let text = words(&page.html(403));
    assert!(
        text.contains("Tea & \"cake\"") && text.contains("<Two>"),
        "{text}"
    );
}

#[tokio::test]
async fn the_typed_text_is_shown_on_the_error_page_if_the_form_no_longer_exists() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    let (edit, delete) = (format!("{event}/edit"), format!("{event}/delete"));
    browser.open(&edit).await;
    let edited = browser.filled_in(&edit, &TEA);
    browser.open(&delete).await;
    browser.submit(&delete, &[]).await.html(200);
    let page = browser.submit_again(&edit, &edited).await;
    let text = words(&page.html(404));
    assert!(text.contains("Page not found"), "{text}");
    assert!(text.contains("Description One <Two>"), "{text}");
}

#[tokio::test]
async fn the_sign_in_and_sign_up_forms_come_back_as_typed() {
    let app = TestApp::start().await;
    let browser = Browser::new(&app);
    for (path, fields) in [
        (
            "/sign-up",
            &[
                ("email", "ada@example.com"),
                ("name", "Ada"),
                ("password", PASSWORD),
            ][..],
        ),
        (
            "/sign-in",
            &[("email", "ada@example.com"), ("password", PASSWORD)],
        ),
    ] {
        browser.open(path).await;
        let mut sent = fields.to_vec();
        sent.push(("csrf_token", ""));
        browser.submit(path, &sent).await.html(403);
        assert_filled(&browser, path, fields);
    }
    browser.open("/sign-in?next=/account/tokens").await;
    browser
        .submit("/sign-in", &[("csrf_token", "")])
        .await
        .html(403);
    assert_eq!(browser.field("/sign-in", "next"), "/account/tokens");
}

#[tokio::test]
async fn a_form_above_the_size_limit_comes_back_and_one_of_the_largest_size_is_accepted() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let long = "茶".repeat(40_000);
    let page = browser
        .submit(NEW, &[("title", "Tea"), ("description", &long)])
        .await;
    assert!(page.html(413).contains("A form may hold 64 KiB of text."));
    assert_filled(&browser, NEW, &[("title", "Tea"), ("description", &long)]);
    let most = "🍵".repeat(10_000);
    let page = browser.submit(NEW, &[("description", &most)]).await;
    assert_eq!(page.words_in("h1"), "Tea");
    assert!(page.html(200).contains(&most));
}

/// The server reads 384 KiB of a form. More is not sent back on a page.
#[tokio::test]
async fn of_a_form_that_is_too_large_to_read_the_beginning_comes_back() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let key = browser.field(NEW, "key");
    let long = "x".repeat(400 * 1024);
    let page = browser
        .submit(NEW, &[("title", "Tea"), ("description", &long)])
        .await;
    let html = page.html(413);
    for sentence in [
        "A form may hold 64 KiB of text.",
        "Only the beginning of the form is shown below. “Description” ends too early.",
        "Your browser may still have everything: go back to see it.",
        "Shorten the text, and send it again.",
    ] {
        assert!(html.contains(sentence), "{sentence}");
    }
    let kept = browser.field(NEW, "description");
    let is_beginning = kept.bytes().all(|byte| byte == b'x');
    assert!(is_beginning && kept.len() > 380 * 1024, "{}", kept.len());
    assert_filled(&browser, NEW, &[("title", "Tea"), ("key", &key)]);
    let page = browser.submit(NEW, &[("description", "Short")]).await;
    assert_eq!(page.words_in("h1"), "Tea");
}

/// A default in place of a choice that did not arrive would publish an unlisted event.
#[tokio::test]
async fn a_choice_that_did_not_arrive_is_made_again() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let long = "x".repeat(400 * 1024);
    let typed = [
        ("title", "Tea"),
        ("description", &*long),
        ("start_date", "2026-12-01"),
        ("start_time", "18:00"),
        ("time_zone", "Europe/Paris"),
        ("visibility", "unlisted"),
    ];
    browser.submit(NEW, &typed).await.html(413);
    let has_visibility = || {
        browser
            .form(NEW)
            .iter()
            .any(|(name, _)| name == "visibility")
    };
    assert!(!has_visibility(), "nothing is chosen");
    assert_filled(&browser, NEW, &[("time_zone", ""), ("start_date", "")]);
    let page = browser
        .submit(NEW, &[("description", "Short"), ("csrf_token", "")])
        .await;
    page.html(403);
    assert!(
        !has_visibility(),
        "nothing is chosen when the form comes back once more"
    );
    let time = [("start_date", "2026-12-01"), ("start_time", "18:00")];
    let page = browser.submit(NEW, &time).await;
    page.html(422);
    let asked: Vec<_> = page.summary().into_iter().map(|(_, words)| words).collect();
    assert_eq!(asked, ["Enter a time zone.", "Choose who may see it."]);
    let answers = [("time_zone", "Europe/Paris"), ("visibility", "unlisted")];
    let page = browser.submit(NEW, &answers).await;
    assert_eq!(page.words_in("h1"), "Tea Unlisted");
}

#[tokio::test]
async fn the_longest_field_of_an_event_is_the_last_one_that_is_sent() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    for path in [NEW, &format!("{event}/edit")] {
        browser.open(path).await;
        let form = browser.form(path);
        let last = form.last().map(|(name, _)| name.as_str());
        assert_eq!(last, Some("description"), "{path}");
    }
}

/// The connection stalls while a user of our page sends the form.
#[tokio::test]
async fn of_a_form_that_stops_arriving_the_beginning_comes_back() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let token = browser.field(NEW, "csrf_token");
    let key = browser.field(NEW, "key");
    let cookie = format!(
        "guestlist={}",
        browser.cookie("guestlist").expect("is signed in")
    );
    for (rest, description, sentence) in [
        (
            "&online_url=https%3A%2F%2Fexample.com%2F",
            "",
            "“Online address” ends too early.",
        ),
        (
            "&description=One+Zo%C3",
            "One Zo",
            "“Description” ends too early.",
        ),
        ("&descrip", "", "What you entered after it is missing."),
    ] {
        let sent = format!("csrf_token={token}&key={key}&title=Tea{rest}");
        let page = stalled(&app, &cookie, "same-origin", sent.clone()).await;
        let html = page.html(408);
        assert!(html.contains("The form did not arrive in time"), "{html}");
        assert!(html.contains("Nothing was changed."), "{html}");
        assert!(html.contains(sentence), "{html}");
        browser.show(&page);
        let fields = [
            ("title", "Tea"),
            ("description", description),
            ("key", &*key),
        ];
        assert_filled(&browser, NEW, &fields);
        assert!(!browser.field(NEW, "csrf_token").is_empty());
        // A filled form is only for a request of which the browser says that our page made it.
        let page = stalled(&app, &cookie, "none", sent).await;
        assert!(!page.html(408).contains("Tea"));
    }
    let page = browser.submit(NEW, &[]).await;
    assert!(page.html(422).contains("Choose who may see it."));
    let page = browser.submit(NEW, &[("visibility", "unlisted")]).await;
    assert_eq!(page.words_in("h1"), "Tea Unlisted");
}

/// Sends a form that never ends, and lets its time pass.
async fn stalled(app: &TestApp, cookie: &str, site: &str, sent: String) -> Answer {
    let headers = [
        ("cookie", cookie),
        ("sec-fetch-site", site),
        ACCEPT,
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let beginning = stream::iter([Ok::<_, std::convert::Infallible>(sent)]);
    let body = Body::from_stream(beginning.chain(stream::pending()));
    let passes = async {
        time::pause();
        time::advance(Duration::from_secs(26)).await;
        time::resume();
    };
    tokio::join!(app.with_headers(Method::POST, NEW, &headers, body), passes).0
}

#[tokio::test]
async fn a_form_that_cannot_be_read_comes_back_as_far_as_it_can() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let token = browser.field(NEW, "csrf_token");
    let cookie = format!(
        "guestlist={}",
        browser.cookie("guestlist").expect("is signed in")
    );
    for (typed, title, place) in [
        ("title=Tea&title=Coffee&location=Wien", "Tea", "Wien"),
        ("title=Tea&location=caf%E9", "Tea", "caf\u{fffd}"),
        ("title=50%&location=Wien", "50%", "Wien"),
    ] {
        let headers = [
            ("cookie", &*cookie),
            ("sec-fetch-site", "same-origin"),
            ("accept", "text/html"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let body = format!("csrf_token={token}&{typed}");
        let page = app.with_headers(Method::POST, NEW, &headers, body).await;
        let html = page.html(400);
        assert!(html.contains("The request is invalid"), "{html}");
        assert!(
            html.contains(&format!("name=\"title\" type=\"text\" value=\"{title}\"")),
            "{html}"
        );
        assert!(
            html.contains(&format!(
                "name=\"location\" type=\"text\" value=\"{place}\""
            )),
            "{html}"
        );
    }
}

#[tokio::test]
async fn a_form_in_another_encoding_is_refused_with_the_reason() {
    const REASON: &str = "A form must be sent URL-encoded, and in UTF-8.";
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let token = browser.field(NEW, "csrf_token");
    let cookie = browser.cookie("guestlist").expect("is signed in");
    let cookie = format!("guestlist={cookie}");
    let body = format!("csrf_token={token}&title=Tea&location=caf%E9&visibility=unlisted");
    for (mime, is_readable) in [
        (
            "application/x-www-form-urlencoded; charset=iso-8859-1",
            true,
        ),
        ("application/x-www-form-urlencoded;charset=utf-16", true),
        ("text/plain", false),
        ("application/json", false),
    ] {
        let headers = [
            ("cookie", &*cookie),
            ("sec-fetch-site", "same-origin"),
            ACCEPT,
            ("content-type", mime),
        ];
        let page = app.with_headers(Method::POST, NEW, &headers, body.clone());
        let page = page.await;
        let html = page.html(415);
        assert!(html.contains("The form has the wrong encoding"), "{html}");
        assert!(html.contains(REASON), "{mime}: {html}");
        let is_back = html.contains("action=\"/events/new\"");
        assert_eq!(is_back, is_readable, "{mime}: {html}");
        if is_readable {
            browser.show(&page);
            let fields = [
                ("title", "Tea"),
                ("location", "caf\u{fffd}"),
                ("visibility", "unlisted"),
            ];
            assert_filled(&browser, NEW, &fields);
            assert!(html.contains("shown as “\u{fffd}”"), "{html}");
        } else {
            assert!(html.contains("your browser keeps what you typed"), "{html}");
        }
    }
    let page = browser.submit(NEW, &[("location", "café")]).await;
    assert_eq!(page.words_in("h1"), "Tea Unlisted");
}

/// Going back finds the form as it was, with its key; and what a program sends is what it was.
#[tokio::test]
async fn the_event_forms_may_be_cached_by_the_browser_only() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let event = planned(&browser, &[("title", "Tea")]).await;
    for path in [NEW, &format!("{event}/edit")] {
        let page = browser.open(path).await;
        assert_eq!(
            page.header("cache-control"),
            Some("private, no-cache"),
            "{path}"
        );
        assert_eq!(page.header("content-encoding"), None, "{path}");
        let html = page.html(200);
        assert!(!html.contains("autocomplete=\"off\""), "{path}: {html}");
    }
}
