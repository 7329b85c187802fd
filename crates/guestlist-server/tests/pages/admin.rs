//! The pages under `/admin`.

use std::time::Duration;

use guestlist::{MessageKind, Role};

use super::browser::{Browser, OWN_PAGE, words};
use crate::{
    outbox_fixture::{fail, newest},
    second_factor::Enrolled,
    test_app::{PASSWORD, TestApp, new_email},
};

const PAGES: [&str; 9] = [
    "/admin",
    "/admin/events",
    "/admin/health",
    "/admin/events/01930000-0000-7000-8000-000000000000",
    "/admin/messages",
    "/admin/messages/01930000-0000-7000-8000-000000000000",
    "/admin/users/01930000-0000-7000-8000-000000000000/log",
    "/admin/users",
    "/admin/users/01930000-0000-7000-8000-000000000000",
];

async fn administrator<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    let browser = Browser::signed_up(app, email).await;
    let user = app.user(email).await.id;
    let set = app.app.guestlist.set_role(user, Role::Admin).await;
    set.expect("sets");
    browser
}

#[tokio::test]
async fn visitors_are_sent_to_the_sign_in_and_members_are_refused_in_words() {
    let app = TestApp::start().await;
    let (visitor, member) = (
        Browser::new(&app),
        Browser::signed_up(&app, &new_email()).await,
    );
    for page in PAGES {
        let answer = visitor.ask(page).await;
        assert_eq!(answer.status, 303, "{page}");
        let location = answer.header("location").expect("is there");
        assert!(location.starts_with("/sign-in?next=%2Fadmin"), "{location}");
        let refused = member.open(page).await;
        let html = refused.html(403);
        assert!(
            html.contains("Only an administrator of this site may do this."),
            "{html}"
        );
        assert!(html.contains("href=\"/account\""), "is still signed in");
        assert!(!html.contains("href=\"/admin\""));
    }
}

#[tokio::test]
async fn only_administrators_see_the_link_in_the_header() {
    let app = TestApp::start().await;
    let (admin, member) = (new_email(), new_email());
    let admin = administrator(&app, &admin).await;
    let member = Browser::signed_up(&app, &member).await;
    let visitor = Browser::new(&app);
    for (browser, expected) in [(&admin, true), (&member, false), (&visitor, false)] {
        let page = browser.open("/events").await;
        assert_eq!(page.html(200).contains("href=\"/admin\""), expected);
    }
    let page = admin.open("/admin").await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.html(200).contains("href=\"/admin/users\""));
}

#[tokio::test]
async fn users_are_searched_and_the_list_goes_on() {
    let app = TestApp::start().await;
    let browser = administrator(&app, "root@example.com").await;
    for number in 0..51 {
        let user = guestlist::testing::user(&format!("many-{number}@example.com"));
        let inserted = app.stores.accounts.insert_user(&user).await;
        inserted.expect("inserts");
    }
    let page = browser.open("/admin/users?q=MANY-").await;
    let html = page.html(200);
    assert_eq!(html.matches("@example.com</a>").count(), 50);
    assert!(!html.contains("root@example.com</a>"));
    let next = html.split("rel=\"next\" href=\"").nth(1).expect("has one");
    let next = next
        .split('"')
        .next()
        .expect("ends")
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    let page = browser.open(&next).await;
    assert_eq!(page.html(200).matches("@example.com</a>").count(), 1);
    let page = browser.open("/admin/users?filter=admins").await;
    assert!(page.html(200).contains("root@example.com</a>"));
    let page = browser.open("/admin/users?q=%3Cscript%3E").await;
    assert!(page.html(200).contains("No users match."));
    assert!(!page.text().contains("<script>"));
    let page = browser.open("/admin/users?q=a%00").await;
    assert!(
        page.html(400)
            .contains("A search has no control characters.")
    );
}

#[tokio::test]
async fn an_account_is_changed_by_buttons() {
    let app = TestApp::start().await;
    let browser = administrator(&app, &new_email()).await;
    let email = new_email();
    let token = app.signed_in(&email).await;
    let user = app.user(&email).await;
    let page = format!("/admin/users/{}", user.id);
    let shown = browser.open(&page).await;
    let html = shown.html(200);
    assert!(html.contains("Last seen"), "shows the session");
    for secret in [
        token.as_str(),
        user.password_hash.as_ref().expect("has one").as_stored(),
    ] {
        assert!(!html.contains(secret));
    }
    let changed = browser.submit(&page, &[("change", "disable")]).await;
    let html = changed.html(200).to_owned();
    assert!(
        html.contains("The account is changed.") && html.contains("Disabled since"),
        "{html}"
    );
    let me = app.get("/api/v1/me", Some(&token)).await;
    me.refused(401, "invalid_token");
    browser
        .submit(&page, &[("change", "enable")])
        .await
        .html(200);
    browser
        .submit(&page, &[("change", "make-admin")])
        .await
        .html(200);
    let now = app.user(&email).await;
    assert_eq!((now.role, now.disabled_at), (Role::Admin, None));
    browser
        .submit(&page, &[("change", "make-member")])
        .await
        .html(200);
    assert_eq!(app.user(&email).await.role, Role::Member);
    browser
        .submit(&page, &[("change", "delete")])
        .await
        .html(400);
}

/// Each press works twice, as a form that is sent again does.
#[tokio::test]
async fn an_address_is_verified_and_a_second_factor_removed_by_buttons() {
    let app = TestApp::start().await;
    let browser = administrator(&app, &new_email()).await;
    let enrolled = Enrolled::new(&app).await;
    let page = format!("/admin/users/{}", app.user(&enrolled.email).await.id);
    let html = browser.open(&page).await.html(200);
    assert!(
        words(&html).contains("10 of 10 recovery codes left"),
        "{html}"
    );
    assert!(!html.contains(enrolled.secret.to_base32().as_str()));
    let verify = browser.filled_in(&page, &[("change", "verify")]);
    let remove = browser.filled_in(&page, &[("change", "remove-second-factor")]);
    for _ in 0..2 {
        let verified = browser.submit_again(&page, &verify).await.html(200);
        assert!(
            verified.contains("The e-mail address is verified."),
            "{verified}"
        );
        assert!(!verified.contains("value=\"verify\""));
        let removed = browser.submit_again(&page, &remove).await.html(200);
        assert!(
            removed.contains("The second factor is removed."),
            "{removed}"
        );
        assert!(!removed.contains("value=\"remove-second-factor\""));
        assert!(removed.contains("An administrator removed a second factor"));
    }
    assert!(app.user(&enrolled.email).await.verified_at.is_some());
    app.sign_in(&enrolled.email).await;
}

/// The buttons that do harm are in closed `<details>`: one press says what the next one does.
#[tokio::test]
async fn a_harmful_change_takes_a_second_press() {
    let app = TestApp::start().await;
    let browser = administrator(&app, &new_email()).await;
    let (enrolled, other) = (Enrolled::new(&app).await, new_email());
    let token = enrolled.access.clone();
    administrator(&app, &other).await;
    let event = serde_json::json!({ "title": "Tea" });
    let made = app.post("/api/v1/events", Some(&token), &event).await;
    let event = made.json()["id"].as_str().expect("is a text").to_owned();
    let user = async |email: &str| format!("/admin/users/{}", app.user(email).await.id);
    for (page, changes) in [
        (
            user(&enrolled.email).await,
            &[
                "disable",
                "make-admin",
                "remove-second-factor",
                "reset-link",
            ][..],
        ),
        (user(&other).await, &["make-member"]),
        (format!("/admin/events/{event}"), &["delete"]),
    ] {
        let html = browser.open(&page).await.html(200);
        for change in changes {
            let (before, _) = html
                .split_once(&format!("value=\"{change}\""))
                .unwrap_or_else(|| panic!("{change}: {html}"));
            let opened = before.rfind("<details class=\"act\"><summary>");
            assert!(opened > before.rfind("</details>"), "{change}: {html}");
        }
    }
    // A refusal shows the button again, so that the reason is all that is missing.
    let page = format!("/admin/events/{event}");
    let refused = browser.submit(&page, &[("change", "delete")]).await;
    let html = refused.html(422);
    assert!(html.contains("<details class=\"act\" open>"), "{html}");
}

#[tokio::test]
async fn a_change_asks_for_the_password_after_a_while_and_comes_back() {
    let app = TestApp::start().await;
    let browser = administrator(&app, &new_email()).await;
    let email = new_email();
    app.signed_in(&email).await;
    let user = app.user(&email).await;
    let page = format!("/admin/users/{}", user.id);
    app.clock.advance(Duration::from_secs(60 * 60));
    browser.open(&page).await.html(200);
    let asked = browser.submit(&page, &[("change", "disable")]).await;
    assert!(asked.html(200).contains("action=\"/account/proof\""));
    assert_eq!(app.user(&email).await.disabled_at, None);
    let back = browser
        .submit("/account/proof", &[("password", PASSWORD)])
        .await;
    assert!(back.html(200).contains(&email));
    browser
        .submit(&page, &[("change", "disable")])
        .await
        .html(200);
    assert!(app.user(&email).await.disabled_at.is_some());
}

#[tokio::test]
async fn a_change_needs_the_form_token_and_spares_the_own_account() {
    let app = TestApp::start().await;
    let (own, email) = (new_email(), new_email());
    let browser = administrator(&app, &own).await;
    app.signed_in(&email).await;
    let page = format!("/admin/users/{}", app.user(&email).await.id);
    browser.open(&page).await.html(200);
    let mut form = browser.filled_in(&page, &[("change", "disable")]);
    let mut forged = form.clone();
    forged.retain(|(name, _)| name != "csrf_token");
    let refused = browser.post(&page, &forged, OWN_PAGE).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let foreign = browser
        .post(&page, &form, &[("sec-fetch-site", "cross-site")])
        .await;
    assert_eq!(foreign.status, 403, "{foreign:?}");
    assert_eq!(app.user(&email).await.disabled_at, None);
    let mine = format!("/admin/users/{}", app.user(&own).await.id);
    let shown = browser.open(&mine).await;
    assert!(shown.html(200).contains("This is your own account."));
    for change in ["disable", "make-member", "verify", "remove-second-factor"] {
        form.retain(|(name, _)| name != "change");
        form.push(("change".to_owned(), change.to_owned()));
        let refused = browser.post(&mine, &form, OWN_PAGE).await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    let kept = app.user(&own).await;
    assert_eq!((kept.role, kept.disabled_at), (Role::Admin, None));
}

#[tokio::test]
async fn an_event_is_unlisted_and_deleted_with_a_reason() {
    let app = TestApp::start().await;
    let browser = administrator(&app, &new_email()).await;
    let email = new_email();
    let token = app.signed_in(&email).await;
    let event = serde_json::json!({ "title": "Free <b>money</b>" });
    let made = app
        .post("/api/v1/events", Some(&token), &event)
        .await
        .json();
    let id = made["id"].as_str().expect("is a text");
    let list = browser.open("/admin/events?q=MONEY").await;
    let page = format!("/admin/events/{id}");
    assert!(list.html(200).contains(&page) && !list.text().contains("<b>money"));
    browser.open(&page).await.html(200);
    let refused = browser
        .submit(&page, &[("change", "delete"), ("reason", " ")])
        .await;
    assert!(
        refused.html(422).contains("The reason is required."),
        "{refused:?}"
    );
    let unlisted = browser
        .submit(&page, &[("change", "unlist"), ("reason", "spam")])
        .await;
    assert!(
        unlisted
            .html(200)
            .contains("The event is in no list any more.")
    );
    let events = app.get("/api/v1/events", None).await.json();
    assert_eq!(events["items"], serde_json::json!([]));
    browser.open(&page).await.html(200);
    let typed = browser.filled_in(&page, &[("change", "delete"), ("reason", "<b>spam")]);
    for _ in 0..2 {
        let deleted = browser.submit_again(&page, &typed).await;
        assert!(deleted.html(200).contains("The event is deleted."));
    }
    browser.open(&page).await.html(404);
    // The creator reads the reasons, and no other user does.
    let creator = Browser::new(&app);
    creator.open("/sign-in").await.html(200);
    let fields = [("email", &*email), ("password", PASSWORD)];
    creator.submit("/sign-in", &fields).await.html(200);
    let notice = "An administrator unlisted or deleted events of yours";
    let own = creator.open("/events?mine").await;
    let html = own.html(200);
    assert!(
        html.contains(notice) && html.contains("was deleted"),
        "{html}"
    );
    assert!(!html.contains("<b>spam") && !html.contains("<b>money"));
    let log = creator.open("/account/security").await;
    assert!(
        log.html(200)
            .contains("An administrator deleted your event")
    );
    for address in ["/events", "/events?mine&q=tea"] {
        assert!(!creator.open(address).await.html(200).contains(notice));
    }
    let other = browser.open("/events?mine").await;
    assert!(!other.html(200).contains(notice));
}

#[tokio::test]
async fn mails_are_listed_shown_and_sent_again_by_buttons() {
    let rules = guestlist::AccountRules {
        sends_mail: true,
        require_verified: false,
        conceal: false,
    };
    let app = TestApp::settled(|builder| builder.account_rules(rules)).await;
    let browser = administrator(&app, "root@example.com").await;
    let message = newest(&app, MessageKind::VerifyEmail).await;
    fail(&app, &message).await;
    let asked = guestlist::testing::email("root@example.com");
    let asked = app.app.guestlist.request_password_reset(&asked).await;
    asked.expect("asks");
    let list = browser.open("/admin/messages").await;
    assert_eq!(list.header("cache-control"), Some("no-store"));
    let html = list.html(200);
    for words in ["Reset of the password", "550 no such user", "Send again"] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert!(!html.contains("made by an administrator"));
    let failed = browser.open("/admin/messages?state=failed").await;
    assert!(!failed.html(200).contains("Reset of the password"));
    for kind in [MessageKind::VerifyEmail, MessageKind::ResetPassword] {
        let message = newest(&app, kind).await;
        let token = app.app.guestlist.token_of_link(&message).expect("has one");
        let page = browser
            .open(&format!("/admin/messages/{}", message.id))
            .await;
        assert!(!page.html(200).contains(token.expose()));
        if let Some(code) = app.app.guestlist.code_of(&message) {
            assert!(page.text().contains("Please confirm"));
            assert!(!page.text().contains(code.as_str()));
        }
    }
    let page = format!("/admin/messages/{}", message.id);
    browser.open(&page).await.html(200);
    let form = browser.filled_in(&page, &[]);
    let mut forged = form.clone();
    forged.retain(|(name, _)| name != "csrf_token");
    let refused = browser.post(&page, &forged, OWN_PAGE).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let again = browser.submit(&page, &[]).await;
    assert!(again.html(200).contains("The mail is sent again."));
    let twice = browser.post(&page, &form, OWN_PAGE).await;
    assert_eq!(twice.status, 409, "{twice:?}");
    app.app.guestlist.hold_messages().await.expect("holds");
    let held = browser.open("/admin/messages?state=held").await;
    assert!(held.html(200).contains("Some mails are held"));
    let list = browser.submit("/admin/messages/release", &[]).await;
    assert!(list.html(200).contains("The held mails are sent now."));
    assert!(!list.text().contains("Some mails are held"));
}

#[tokio::test]
async fn the_outbox_says_that_an_administrator_made_a_link() {
    let app = TestApp::start().await;
    let browser = administrator(&app, &new_email()).await;
    let email = new_email();
    app.signed_in(&email).await;
    let page = format!("/admin/users/{}", app.user(&email).await.id);
    browser.open(&page).await.html(200);
    let made = browser.submit(&page, &[("change", "reset-link")]).await;
    assert!(made.html(200).contains("You made this link"));
    let reason = "made by an administrator, never sent";
    let list = browser.open("/admin/messages?state=dropped").await;
    assert!(list.html(200).contains(reason), "{list:?}");
    let message = newest(&app, MessageKind::ResetLink).await;
    let shown = browser
        .open(&format!("/admin/messages/{}", message.id))
        .await;
    let html = shown.html(200);
    assert!(
        html.contains(reason) && html.contains("There is no mail."),
        "{html}"
    );
}

#[tokio::test]
async fn a_user_is_unlocked_and_the_security_log_is_shown() {
    let app = TestApp::start().await;
    let browser = administrator(&app, &new_email()).await;
    let email = new_email();
    app.signed_in(&email).await;
    let user = app.user(&email).await.id;
    for _ in 0..49 {
        let event = app
            .app
            .guestlist
            .event(user, guestlist::SecurityEventKind::Exported);
        app.app.guestlist.record_event(event).await;
    }
    let page = format!("/admin/users/{user}");
    browser.open(&page).await.html(200);
    let unlocked = browser.submit(&page, &[("change", "unlock")]).await;
    let html = unlocked.html(200);
    assert!(
        html.contains("The user can try to sign in again."),
        "{html}"
    );
    assert!(html.contains("An administrator allowed sign-ins again"));
    assert!(html.contains("The user exported the data of the account"));
    let log = browser.open(&format!("{page}/log")).await;
    let html = log.html(200);
    assert!(!html.contains("The user created the account"));
    let next = html.split("rel=\"next\" href=\"").nth(1).expect("has one");
    let next = next.split('"').next().expect("ends");
    let older = browser.open(next).await;
    assert!(older.html(200).contains("The user created the account"));
    for id in ["x", "01930000-0000-7000-8000-000000000000"] {
        browser
            .open(&format!("/admin/users/{id}/log"))
            .await
            .html(404);
    }
}

#[tokio::test]
async fn the_health_page_counts_and_shows_no_secret() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = administrator(&app, &email).await;
    let token = app.sign_in(&email).await;
    let page = browser.open("/admin/health").await;
    let html = page.html(200);
    for count in [
        "<dt>Accounts</dt><dd>1",
        "<dt>Sessions</dt><dd>2",
        "<dt>Damaged passwords</dt><dd>0",
        "<dt>Passwords protected by Argon2</dt><dd>1",
    ] {
        assert!(html.contains(count), "{count}: {html}");
    }
    for program_word in ["hash", "scheme", "unreadable", "census"] {
        assert!(
            !words(&html).contains(program_word),
            "{program_word}: {html}"
        );
    }
    let user = app.user(&email).await;
    let hash = user.password_hash.as_ref().expect("has one").as_stored();
    assert!(!html.contains(&token) && !html.contains(hash));
}
