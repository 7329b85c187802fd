//! Forms of ended sessions: after the sign-in the form is filled in again.

use std::time::Duration;

use super::{NEW, TEA, assert_filled, stalled};
use crate::{
    pages::browser::Browser,
    test_app::{PASSWORD, TestApp, new_email},
};

/// Returns a browser whose session was ended elsewhere while a form was filled in. The form was
/// sent, and the sign-in page is shown.
async fn asked_to_sign_in<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    let browser = Browser::signed_up(app, email).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &TEA);
    let elsewhere = Browser::signed_in(app, email).await;
    elsewhere.open("/account/sessions").await;
    elsewhere
        .submit("/account/sessions/end-others", &[])
        .await
        .html(200);
    let page = browser.submit_again(NEW, &typed).await;
    let html = page.html(200);
    assert!(html.contains("Nothing you typed is lost"), "{html}");
    assert!(!html.contains("cake"), "{html}");
    assert_eq!(page.header("www-authenticate"), None);
    browser
}

async fn sign_in(browser: &Browser<'_>, email: &str) -> crate::test_app::Answer {
    browser
        .submit("/sign-in", &[("email", email), ("password", PASSWORD)])
        .await
}

#[tokio::test]
async fn after_the_session_ended_the_user_signs_in_and_the_form_is_filled_in() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = asked_to_sign_in(&app, &email).await;
    let wrong = [("email", &*email), ("password", "a wrong password")];
    browser.submit("/sign-in", &wrong).await.html(401);
    let page = sign_in(&browser, &email).await;
    assert!(
        page.html(200)
            .contains("This is what you typed before you signed in")
    );
    assert_filled(&browser, NEW, &TEA);
    let page = browser.submit(NEW, &[]).await;
    assert!(page.words_in("h1").starts_with("Tea"));
    let mine = browser.open("/events?mine").await.html(200);
    assert_eq!(mine.matches("Tea &#38;").count(), 1, "{mine}");
}

#[tokio::test]
async fn after_a_sign_out_in_another_tab_the_form_is_filled_in_after_the_sign_in() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &TEA);
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await.html(200);
    browser.submit_again(NEW, &typed).await.html(200);
    sign_in(&browser, &email).await.html(200);
    assert_filled(&browser, NEW, &TEA);
}

#[tokio::test]
async fn the_draft_is_shown_after_a_sign_in_in_another_tab_and_after_a_second_click() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = asked_to_sign_in(&app, &email).await;
    let waiting = browser.filled_in("/sign-in", &[("email", &email), ("password", PASSWORD)]);
    browser.open("/sign-in").await;
    sign_in(&browser, &email).await.html(200);
    for _ in 0..2 {
        let page = browser.submit_again("/sign-in", &waiting).await;
        assert!(
            page.html(200)
                .contains("This is what you typed before you signed in")
        );
        assert_filled(&browser, NEW, &TEA);
    }
}

#[tokio::test]
async fn another_user_who_signs_in_does_not_see_the_draft() {
    let app = TestApp::start().await;
    let (ada, eve) = (new_email(), new_email());
    Browser::signed_up(&app, &eve).await;
    let browser = asked_to_sign_in(&app, &ada).await;
    let page = sign_in(&browser, &eve).await;
    let html = page.html(200);
    assert!(
        !html.contains("cake") && !html.contains("This is what you typed before you signed in"),
        "{html}"
    );
    assert!(html.contains("another user had typed it"), "{html}");
    assert_eq!(browser.field(NEW, "title"), "");
    let page = browser.open(NEW).await.html(200);
    assert!(!page.contains("another user had typed it"), "{page}");
}

/// Loading the page again sends no password, and shows the form again; another user does not see
/// it.
#[tokio::test]
async fn the_draft_is_shown_at_an_address_of_its_own() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = asked_to_sign_in(&app, &email).await;
    let kept = browser.field("/sign-in", "draft");
    let fields = [("email", &*email), ("password", PASSWORD)];
    let sent = browser.sent("/sign-in", &fields).await;
    assert_eq!(sent.status, 303);
    // Every program can have a form sealed for any user, so no link leads to it.
    let planted = browser.open(&format!("{NEW}?draft={kept}")).await;
    assert!(!planted.html(200).contains("cake"));
    let address = sent.header("location").expect("is there").to_owned();
    assert!(address.starts_with("/events/new?draft="), "{address}");
    for _ in 0..2 {
        browser.open(&address).await.html(200);
        assert_filled(&browser, NEW, &TEA);
    }
    let eve = Browser::signed_up(&app, &new_email()).await;
    let html = eve.open(&address).await.html(200);
    assert!(!html.contains("cake"), "{html}");
    assert!(html.contains("another user typed it"), "{html}");
    let stranger = Browser::new(&app);
    assert!(!stranger.open(&address).await.html(200).contains("cake"));
}

/// Every page up to the form says that its end is missing. A long draft waits on its own page.
#[tokio::test]
async fn the_missing_end_of_a_form_is_named_before_and_after_the_sign_in() {
    let app = TestApp::start().await;
    for length in [1_500, 8_000] {
        let email = new_email();
        let browser = Browser::signed_up(&app, &email).await;
        browser.open(NEW).await;
        let [token, owner] = ["csrf_token", "owner"].map(|name| browser.field(NEW, name));
        let cookie = browser.cookie("guestlist").expect("is signed in");
        let cookie = format!("guestlist={cookie}");
        browser.open("/").await;
        browser.submit("/sign-out", &[]).await.html(200);
        let beginning = "x".repeat(length);
        let sent = format!("csrf_token={token}&owner={owner}&title=Tea&description={beginning}");
        let says = |html: &str| {
            assert!(!html.contains("Nothing you typed is lost"), "{html}");
            let sentence = "“Description” ends too early. What you entered after it is missing. Your browser may \
                            still have everything: go back to see it.";
            assert!(html.contains(sentence), "{html}");
        };
        let page = stalled(&app, &cookie, "same-origin", sent).await;
        says(&page.html(200));
        assert!(!page.html(200).contains("as you sent it"));
        browser.show(&page);
        let draft = browser.field("/sign-in", "draft");
        browser.open("/sign-in").await;
        let fields = [
            ("email", &*email),
            ("password", PASSWORD),
            ("draft", &*draft),
        ];
        let mut page = browser.submit("/sign-in", &fields).await;
        if length > 3_500 {
            says(&page.html(200));
            // The session ends once more before the draft is shown.
            let form = browser.filled_in("/draft", &[]);
            browser.open("/").await;
            browser.submit("/sign-out", &[]).await.html(200);
            says(&browser.submit_again("/draft", &form).await.html(200));
            sign_in(&browser, &email).await.html(200);
            page = browser.submit("/draft", &[]).await;
        }
        says(&page.html(200));
        assert_filled(
            &browser,
            NEW,
            &[("title", "Tea"), ("description", &beginning)],
        );
        let page = browser.submit(NEW, &[]).await;
        assert!(page.html(422).contains("Choose who may see it."));
    }
}

/// No sealed draft contains a space.
const TITLE: &str = "Tea at five";

/// A sign-in after which a draft of 8,000 characters waits on its own page.
async fn with_a_long_draft<'a>(app: &'a TestApp, email: &str, long: &str) -> Browser<'a> {
    let browser = Browser::signed_up(app, email).await;
    browser.open(NEW).await;
    let typed = browser.filled_in(NEW, &[("title", TITLE), ("description", long)]);
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await.html(200);
    browser.submit_again(NEW, &typed).await.html(200);
    let page = sign_in(&browser, email).await;
    assert_eq!(page.words_in("h1"), "Continue where you were");
    assert!(!page.html(200).contains(TITLE), "the draft is sealed");
    browser
}

/// The address of a long draft would be too long. Reload sends the draft again, and no password.
#[tokio::test]
async fn a_long_draft_is_shown_by_a_form_without_a_password() {
    let app = TestApp::start().await;
    let long = "x".repeat(8_000);
    let browser = with_a_long_draft(&app, &new_email(), &long).await;
    let form = browser.form("/draft");
    let names: Vec<_> = form.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["csrf_token", "owner", "draft"]);
    for _ in 0..2 {
        let page = browser.submit_again("/draft", &form).await;
        assert!(
            page.html(200)
                .contains("This is what you typed before you signed in")
        );
        assert_filled(&browser, NEW, &[("title", TITLE), ("description", &long)]);
    }
    let page = browser.submit(NEW, &[]).await;
    assert_eq!(page.words_in("h1"), TITLE);
    // Opened by hand, the address has nothing to show.
    let page = browser.ask("/draft").await;
    assert_eq!(page.header("location"), Some("/"));
}

#[tokio::test]
async fn a_long_draft_survives_an_outdated_token_and_another_end_of_the_session() {
    let app = TestApp::start().await;
    let email = new_email();
    let long = "x".repeat(8_000);
    let browser = with_a_long_draft(&app, &email, &long).await;
    let page = browser.submit("/draft", &[("csrf_token", "")]).await;
    assert!(page.html(403).contains("Press “Show the form” once more."));
    let form = browser.filled_in("/draft", &[]);
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await.html(200);
    let page = browser.submit_again("/draft", &form).await;
    assert_eq!(page.words_in("h1"), "Sign in");
    sign_in(&browser, &email).await.html(200);
    browser.submit("/draft", &[]).await.html(200);
    assert_filled(&browser, NEW, &[("title", TITLE), ("description", &long)]);
}

#[tokio::test]
async fn a_long_draft_of_another_user_or_of_an_earlier_hour_is_not_shown() {
    let app = TestApp::start().await;
    let long = "x".repeat(8_000);
    let ada = with_a_long_draft(&app, &new_email(), &long).await;
    let draft = ada.field("/draft", "draft");
    let bea = with_a_long_draft(&app, &new_email(), &"y".repeat(8_000)).await;
    for (browser, draft) in [(&bea, Some(&draft)), (&ada, None)] {
        let fields: Vec<_> = draft
            .map(|draft| ("draft", draft.as_str()))
            .into_iter()
            .collect();
        if draft.is_none() {
            app.clock.advance(Duration::from_secs(60 * 60));
        }
        let html = browser.submit("/draft", &fields).await.html(200);
        assert!(html.contains("was discarded"), "{html}");
        assert!(!html.contains(TITLE), "{html}");
    }
}

#[tokio::test]
async fn a_draft_in_an_address_that_cannot_be_opened_is_named_on_the_page() {
    const SENTENCE: &str = "The draft could not be opened.";
    let app = TestApp::start().await;
    let email = new_email();
    let browser = asked_to_sign_in(&app, &email).await;
    let fields = [("email", &*email), ("password", PASSWORD)];
    let sent = browser.sent("/sign-in", &fields).await;
    let address = sent.header("location").expect("is there").to_owned();
    let html = browser.open(&address).await.html(200);
    assert!(!html.contains(SENTENCE), "{html}");
    let other = address.replace(NEW, "/account/profile");
    for address in [&other, "/account/profile?draft=x", "/events/new?draft=AAAA"] {
        let html = browser.open(address).await.html(200);
        assert!(html.contains(SENTENCE), "{address}: {html}");
    }
    // No page without a form, and no empty parameter, speaks of a draft.
    for address in ["/account?draft=x", "/events/new?draft="] {
        let html = browser.open(address).await.html(200);
        assert!(!html.contains(SENTENCE), "{address}: {html}");
    }
    app.clock.advance(Duration::from_secs(60 * 60));
    let html = browser.open(&address).await.html(200);
    assert!(html.contains(SENTENCE), "{html}");
    assert_eq!(browser.field(NEW, "title"), "");
}

/// A link of another site may have the parameter.
#[tokio::test]
async fn an_unreadable_draft_does_not_replace_a_message_after_a_redirect() {
    let app = TestApp::start().await;
    let email = new_email();
    Browser::signed_up(&app, &email).await;
    let browser = Browser::new(&app);
    browser
        .open("/sign-in?next=/events/new%3Fdraft%3Dx")
        .await
        .html(200);
    let fields = [
        ("email", &*email),
        ("password", PASSWORD),
        ("draft", "unreadable"),
    ];
    let page = browser.submit("/sign-in", &fields).await;
    let html = page.html(200);
    let dropped = html.find("until the sign-in was discarded");
    let unreadable = html.find("The draft could not be opened.");
    assert!(dropped.is_some() && dropped < unreadable, "{html}");
}

#[tokio::test]
async fn a_draft_is_ignored_after_an_hour_or_if_it_was_tampered_with() {
    let app = TestApp::start().await;
    let email = new_email();
    for is_changed in [false, true] {
        let browser = match is_changed {
            false => asked_to_sign_in(&app, &email).await,
            true => asked_to_sign_in(&app, &new_email()).await,
        };
        let draft = browser.field("/sign-in", "draft");
        let changed = draft.replacen(&draft[40..44], "AAAA", 1);
        if !is_changed {
            app.clock.advance(Duration::from_secs(60 * 60));
        }
        let draft = if is_changed { &changed } else { &draft };
        let fields = [("email", &*email), ("password", PASSWORD), ("draft", draft)];
        let page = browser.submit("/sign-in", &fields).await;
        assert!(!page.html(200).contains("cake"));
        assert_eq!(browser.field(NEW, "title"), "", "the empty form is shown");
    }
}

/// A form that needs a reauthentication comes back, too.
#[tokio::test]
async fn a_form_that_needs_a_reauthentication_comes_back_after_it() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let fields = [
        ("name", "a // b %0d glp_c2VjcmV0"),
        ("scope", "write"),
        ("days", "90"),
    ];
    browser.open("/account/tokens").await.html(200);
    let page = browser.submit("/account/tokens", &fields).await;
    assert_eq!(page.words_in("h1"), "Enter your password");
    let reauthenticated = browser
        .submit("/account/proof", &[("password", PASSWORD)])
        .await;
    reauthenticated.html(200);
    assert_filled(&browser, "/account/tokens", &fields);
    let made = browser.submit("/account/tokens", &[]).await;
    assert!(made.html(200).contains("Here is the token"));
}

/// The session may end while the page asks for the password.
#[tokio::test]
async fn a_draft_survives_the_end_of_the_session_during_a_reauthentication() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let fields = [("name", "backup"), ("scope", "write"), ("days", "90")];
    browser.open("/account/tokens").await.html(200);
    browser.submit("/account/tokens", &fields).await.html(200);
    let password_form = browser.filled_in("/account/proof", &[("password", PASSWORD)]);
    browser.open("/").await;
    browser.submit("/sign-out", &[]).await.html(200);
    let page = browser.submit_again("/account/proof", &password_form).await;
    assert_eq!(page.words_in("h1"), "Sign in");
    // An outdated CSRF token does not lose the draft either.
    let out_of_date = [("csrf_token", ""), ("email", &*email)];
    browser.submit("/sign-in", &out_of_date).await.html(403);
    sign_in(&browser, &email).await.html(200);
    assert_filled(&browser, "/account/tokens", &fields);
}
