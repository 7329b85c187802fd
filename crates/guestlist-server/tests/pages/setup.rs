use guestlist::{AccountRules, NewInvitation, Password, Role, SignUpPolicy, UserId};

use crate::test_app::{PASSWORD, TestApp, new_email};

use super::browser::Browser;

async fn closed() -> TestApp {
    TestApp::settled(|builder| builder.sign_up_policy(SignUpPolicy::Invited)).await
}

/// Opening the link changes nothing, and the button works once.
#[tokio::test]
async fn a_visitor_signs_up_by_the_setup_link_and_becomes_administrator() {
    let app = closed().await;
    let link = app.app.guestlist.make_setup_link().await.expect("answers");
    let link = link.expect("there is no administrator");
    let path = format!("/setup/{}", link.expose());
    let browser = Browser::new(&app);
    let asked = browser.ask(&path).await;
    assert_eq!(asked.header("referrer-policy"), Some("no-referrer"));
    let page = browser.open(&path).await.html(200);
    assert!(!page.contains("invitation="), "no other address: {page}");
    assert_eq!(browser.field("/sign-up", "invitation"), link.expose());
    assert!(
        browser
            .open("/sign-up")
            .await
            .html(200)
            .contains("invitation")
    );
    browser.open(&path).await.html(200);
    let email = new_email();
    let fields = [("email", &*email), ("password", PASSWORD)];
    let sent = browser.sent("/sign-up", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(sent.header("location"), Some(&*path));
    let set = sent.headers.get_all("set-cookie").iter();
    let mut set = set.filter_map(|value| value.to_str().ok());
    assert!(!set.any(|value| value.contains(link.expose())));
    assert_eq!(app.user(&email).await.role, Role::Member);
    browser.open(&path).await.html(200);
    assert_eq!(app.user(&email).await.role, Role::Member);
    let made = browser.sent(&path, &[]).await;
    assert_eq!(made.header("location"), Some("/admin"));
    assert_eq!(app.user(&email).await.role, Role::Admin);
    let page = browser.open("/admin").await.html(200);
    assert!(page.contains("You are the administrator of this site now."));
    assert!(page.contains("<h1>Administration</h1>"), "{page}");
    let second = Browser::new(&app);
    second.open(&path).await.html(404);
}

/// The mail server does not work yet, and every address must be verified.
#[tokio::test]
async fn the_first_administrator_needs_no_mail() {
    for conceal in [false, true] {
        let rules = AccountRules {
            sends_mail: true,
            require_verified: true,
            conceal,
        };
        let app = TestApp::settled(|builder| {
            builder
                .sign_up_policy(SignUpPolicy::Invited)
                .account_rules(rules)
        })
        .await;
        let link = app.app.guestlist.make_setup_link().await.expect("answers");
        let link = link.expect("there is no administrator");
        let browser = Browser::new(&app);
        let form = format!("/sign-up?invitation={}", link.expose());
        browser.open(&form).await;
        let email = new_email();
        let fields = [("email", &*email), ("password", PASSWORD)];
        let sent = browser.sent("/sign-up", &fields).await;
        let path = format!("/setup/{}", link.expose());
        assert_eq!(sent.header("location"), Some(&*path), "{}", sent.text());
        browser.open(&path).await.html(200);
        browser.sent(&path, &[]).await;
        assert_eq!(app.user(&email).await.role, Role::Admin);
        // A second sign-up with the link of a site that has an administrator gets nothing.
        let other = Browser::new(&app);
        let refused = other.open(&form).await.html(200);
        assert!(
            refused.contains("This invitation does not exist."),
            "{refused}"
        );
    }
}

/// Adds an account, although no visitor may sign up. Returns its id.
async fn added(app: &TestApp, address: &str) -> UserId {
    let (address, password) = (guestlist::testing::email(address), Password::new(PASSWORD));
    let added = app.app.guestlist.add_user(address, None, password);
    added.await.expect("adds").id
}

/// The secret of the link is in no other address, and in no cookie.
#[tokio::test]
async fn a_visitor_with_an_account_signs_in_at_the_setup_link() {
    let app = closed().await;
    let email = new_email();
    added(&app, &email).await;
    let link = app.app.guestlist.make_setup_link().await.expect("answers");
    let link = link.expect("there is no administrator");
    let path = format!("/setup/{}", link.expose());
    let browser = Browser::new(&app);
    browser.open(&path).await.html(200);
    let asked = browser.submit(&path, &[]).await;
    // Otherwise browsers send `Origin: null` with the form, and it is refused as foreign.
    let referrer = "<meta name=\"referrer\" content=\"strict-origin\">";
    assert!(asked.html(200).contains(referrer));
    assert_eq!(asked.header("location"), None);
    assert_eq!(asked.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(browser.field("/sign-in", "next"), path);
    let fields = [("email", &*email), ("password", PASSWORD)];
    let sent = browser.sent("/sign-in", &fields).await;
    assert_eq!(sent.header("location"), Some(&*path));
    browser.open(&path).await.html(200);
    let made = browser.submit(&path, &[]).await.html(200);
    assert!(made.contains("You are the administrator of this site now."));
    let log = browser.open("/account/security").await.html(200);
    assert!(log.contains("You became administrator by the setup link"));
}

#[tokio::test]
async fn an_invalid_setup_link_makes_no_administrator() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    for token in ["x", "%FF", &"A".repeat(64)] {
        browser.open(&format!("/setup/{token}")).await.html(404);
    }
    assert_eq!(app.user(&email).await.role, Role::Member);
}

#[tokio::test]
async fn the_page_of_an_invitation_leads_to_the_sign_up_and_uses_nothing() {
    let app = closed().await;
    let email = new_email();
    let new = NewInvitation {
        note: None,
        email: Some(guestlist::testing::email(&email)),
        uses: 1,
        valid_for: NewInvitation::VALID,
        send: false,
    };
    let made = app.app.guestlist.make_invitation(None, new).await;
    let made = made.expect("makes");
    let path = format!("/invitation/{}", made.link.expose());
    let browser = Browser::new(&app);
    for _ in 0..2 {
        let page = browser.open(&path).await;
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(page.html(200).contains(&email));
    }
    let old = format!("/sign-up?invitation={}", made.link.expose());
    let old = browser.open(&old).await;
    assert_eq!(old.header("referrer-policy"), Some("no-referrer"));
    let page = browser.open(&path).await.html(200);
    assert!(!page.contains("invitation="), "{page}");
    assert_eq!(browser.field("/sign-up", "email"), email);
    let fields = [("email", "eve@example.com"), ("password", PASSWORD)];
    let refused = browser.submit("/sign-up", &fields).await;
    assert!(refused.html(403).contains("for another e-mail address"));
    assert_eq!(browser.field("/sign-up", "invitation"), made.link.expose());
    let fields = [("email", &*email), ("password", PASSWORD)];
    let typed = browser.filled_in("/sign-up", &fields);
    let form = browser.cookie("guestlist-form").expect("is set");
    browser.submit_again("/sign-up", &typed).await.html(200);
    // The second click is sent before the response to the first arrives.
    let second = Browser::new(&app);
    second.keep("guestlist-form", &form);
    let page = second.submit_again("/sign-up", &typed).await;
    assert_eq!(page.words_in("h1"), "You have nothing planned.");
    let page = browser.submit_again("/sign-up", &typed).await;
    assert_eq!(page.words_in("h1"), "You have nothing planned.");
    // Another visitor is refused, and sees what was typed.
    let stranger = Browser::new(&app);
    stranger.open("/sign-in").await;
    stranger.keep("guestlist-form", &form);
    let mut other = typed.clone();
    other.retain(|(name, _)| name != "email" && name != "name");
    other.push(("email".to_owned(), "bob@example.com".to_owned()));
    other.push(("name".to_owned(), "Bob".to_owned()));
    let page = stranger.submit_again("/sign-up", &other).await.html(403);
    assert!(page.contains("What you typed"), "{page}");
    assert!(page.contains("bob@example.com") && page.contains(">Bob<"));
    assert!(!page.contains(".."), "{page}");
    assert!(!page.contains(PASSWORD) && !page.contains(made.link.expose()));
    let page = Browser::new(&app).open(&path).await;
    assert!(page.html(404).contains("was used already"));
}

/// The words of the start page come from the policy.
#[tokio::test]
async fn the_start_page_says_who_may_sign_up() {
    let app = closed().await;
    let page = Browser::new(&app).open("/").await.html(200);
    assert!(page.contains("You need an invitation to sign up on this site."));
    assert!(!page.contains("button primary\" href=\"/sign-up"));
    let form = Browser::new(&app).open("/sign-up").await.html(200);
    assert!(!form.contains("<form method=\"post\" action=\"/sign-up\""));
    for words in ["sign_up.policy", "guestlist invitations make"] {
        assert!(form.contains(words), "{form}");
    }
}

#[tokio::test]
async fn a_user_who_waits_for_approval_is_told_so() {
    let app = TestApp::settled(|builder| builder.sign_up_policy(SignUpPolicy::Approval)).await;
    let browser = Browser::new(&app);
    browser.open("/sign-up").await.html(200);
    let email = new_email();
    let fields = [("email", &*email), ("password", PASSWORD)];
    let sent = browser.sent("/sign-up", &fields).await;
    assert_eq!(sent.header("location"), Some("/sign-in"));
    assert!(browser.cookie("guestlist").is_none());
    let page = browser.open("/sign-in").await.html(200);
    assert!(page.contains("after an administrator of this site has approved it"));
}

#[tokio::test]
async fn an_administrator_makes_and_revokes_an_invitation_on_its_page() {
    let app = closed().await;
    let email = new_email();
    let id = added(&app, &email).await;
    let browser = Browser::signed_in(&app, &email).await;
    browser.open("/admin/invitations").await.html(403);
    let set = app.app.guestlist.set_role(id, Role::Admin).await;
    set.expect("sets");
    browser.open("/admin/invitations").await.html(200);
    let fields = [
        ("note", "the <b>chess</b> club"),
        ("uses", "0"),
        ("days", "7"),
    ];
    let refused = browser.submit("/admin/invitations", &fields).await;
    refused.html(422);
    assert_eq!(browser.field("/admin/invitations", "note"), fields[0].1);
    let fields = [
        ("note", "the <b>chess</b> club"),
        ("uses", "2"),
        ("days", "7"),
    ];
    let wrong = [("email", "x"), ("note", &"n".repeat(201)), ("uses", "0")];
    let refused = browser.submit("/admin/invitations", &wrong).await;
    refused.html(422);
    let told: Vec<_> = refused
        .summary()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(told, ["email", "note", "uses"]);
    let words = &refused.summary()[1].1;
    assert_eq!(words, "A note may have at most 200 characters.");
    let fields = [fields[0], fields[1], fields[2], ("email", "")];
    let typed = browser.filled_in("/admin/invitations", &fields);
    let link = |html: &str| {
        let begin = html.find("/invitation/").expect("is shown");
        html[begin..].split('<').next().map(str::to_owned)
    };
    let made = browser.submit_again("/admin/invitations", &typed).await;
    let made = made.html(200);
    assert!(!made.contains("<b>chess"), "{made}");
    let twice = browser.submit_again("/admin/invitations", &typed).await;
    assert_eq!(link(&made), link(&twice.html(200)), "the same invitation");
    let mut changed = typed.clone();
    changed.retain(|(name, _)| name != "uses");
    changed.push(("uses".to_owned(), "3".to_owned()));
    let other = browser.submit_again("/admin/invitations", &changed).await;
    assert!(
        other
            .html(422)
            .contains("You made an invitation with this form already")
    );
    let all = app.app.guestlist.list_invitations(None, 10).await;
    assert_eq!(all.expect("lists").len(), 1);
    let page = browser.open("/admin/invitations").await.html(200);
    assert!(!page.contains("/invitation/"), "the link is shown once");
    let invitations = app.app.guestlist.list_invitations(None, 10).await;
    let id = invitations.expect("lists")[0].id.to_string();
    let sent = browser
        .submit("/admin/invitations/revoke", &[("id", &id)])
        .await;
    assert!(sent.html(200).contains("The invitation is revoked."));
}

#[tokio::test]
async fn the_page_of_invitations_shows_fifty_and_goes_on() {
    let app = closed().await;
    let email = new_email();
    let added = app.app.guestlist.add_user(
        guestlist::testing::email(&email),
        None,
        Password::new(PASSWORD),
    );
    let id = added.await.expect("adds").id;
    let set = app.app.guestlist.set_role(id, Role::Admin).await;
    set.expect("sets");
    for number in 0..51 {
        let note = guestlist::TokenName::parse(&format!("number-{number}-"));
        let new = NewInvitation {
            note: Some(note.expect("is a note")),
            email: None,
            uses: 1,
            valid_for: NewInvitation::VALID,
            send: false,
        };
        let made = app.app.guestlist.make_invitation(Some(id), new).await;
        made.expect("makes");
        app.clock.advance(std::time::Duration::from_secs(1));
    }
    let browser = Browser::signed_in(&app, &email).await;
    let first = browser.open("/admin/invitations").await.html(200);
    assert!(first.contains("number-50-") && first.contains("number-1-"));
    assert!(!first.contains("number-0-"));
    let (_, rest) = first
        .split_once("<a class=\"button\" rel=\"next\" href=\"")
        .expect("goes on");
    let (next, _) = rest.split_once('"').expect("ends");
    let second = browser.open(next).await.html(200);
    assert!(second.contains("number-0-") && !second.contains("number-1-"));
    assert!(!second.contains("More invitations"));
    let garbage = browser.open("/admin/invitations?after=x").await.html(200);
    assert!(garbage.contains("number-50-"));
}
