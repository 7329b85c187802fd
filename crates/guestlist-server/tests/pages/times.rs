//! Times in forms and lists: an end after midnight, changes between winter and summer time, and how
//! long an event is upcoming.

use std::time::Duration;

use serde_json::json;

use crate::test_app::{TestApp, new_email};

use super::{browser::Browser, change_event::planned};

const NEW: &str = "/events/new";
const HOUR: u64 = 3_600;

async fn stored(app: &TestApp, event: &str) -> serde_json::Value {
    app.get(&format!("/api/v1{event}"), None).await.json()
}

#[tokio::test]
async fn an_end_time_before_the_start_time_means_the_next_day() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let night = [
        ("title", "Night"),
        ("start_date", "2026-12-01"),
        ("start_time", "18:00"),
        ("end_time", "02:00"),
        ("time_zone", "Europe/Berlin"),
    ];
    let event = planned(&browser, &night).await;
    let ends_at = "2026-12-02T02:00:00+01:00";
    assert_eq!(stored(&app, &event).await["ends_at"], ends_at);
    let edit = format!("{event}/edit");
    browser.open(&edit).await;
    assert_eq!(browser.field(&edit, "end_date"), "2026-12-02");
    browser
        .submit(&edit, &[("end_date", ""), ("end_time", "20:00")])
        .await
        .html(200);
    assert_eq!(
        stored(&app, &event).await["ends_at"],
        "2026-12-01T20:00:00+01:00"
    );
    browser.open(&edit).await;
    assert_eq!(
        browser.field(&edit, "end_date"),
        "",
        "the end is on the first day"
    );
    browser
        .submit(&edit, &[("end_time", "02:00")])
        .await
        .html(200);
    assert_eq!(stored(&app, &event).await["ends_at"], ends_at);
    browser.open(&edit).await;
    let same_day = [("end_date", "2026-12-01")];
    let refused = browser.submit(&edit, &same_day).await;
    let expected = (
        "end_time".to_owned(),
        "The end must not be before the beginning.".to_owned(),
    );
    assert_eq!(refused.summary(), [expected]);
}

#[tokio::test]
async fn a_time_in_the_skipped_hour_is_asked_about_and_the_form_is_kept() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    let typed = [
        ("title", "Early"),
        ("description", "Bring a lamp"),
        ("start_date", "2027-03-28"),
        ("start_time", "02:30"),
        ("time_zone", "Europe/Berlin"),
    ];
    let page = browser.submit(NEW, &typed).await;
    page.html(422);
    let (field, said) = page.summary().remove(0);
    assert_eq!(field, "start_time");
    assert!(
        said.contains("02:30") && said.contains("It means 03:30"),
        "{said}"
    );
    assert_eq!(browser.field(NEW, "start_time"), "03:30");
    assert_eq!(browser.field(NEW, "description"), "Bring a lamp");
    let made = browser.submit(NEW, &[]).await;
    assert_eq!(made.words_in("h1"), "Early");
    assert!(
        made.words_in("dl").contains("03:30"),
        "{}",
        made.words_in("dl")
    );
}

#[tokio::test]
async fn a_time_in_the_repeated_hour_is_a_choice() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for (chosen, starts_at) in [
        (None, "2027-10-31T02:15:00+02:00"),
        (Some("+01:00"), "2027-10-31T02:15:00+01:00"),
    ] {
        browser.open(NEW).await;
        let typed = [
            ("title", "Late"),
            ("start_date", "2027-10-31"),
            ("start_time", "02:15"),
            ("time_zone", "Europe/Berlin"),
        ];
        let page = browser.submit(NEW, &typed).await;
        page.html(422);
        let (field, said) = page.summary().remove(0);
        assert_eq!(field, "start_offset");
        assert!(said.contains("twice"), "{said}");
        assert_eq!(browser.field(NEW, "start_offset"), "+02:00");
        let choice: Vec<_> = chosen
            .map(|chosen| ("start_offset", chosen))
            .into_iter()
            .collect();
        let sent = browser.sent(NEW, &choice).await;
        let event = sent.header("location").expect("leads on");
        let event = event.split('?').next().expect("is there").to_owned();
        assert_eq!(stored(&app, &event).await["starts_at"], starts_at);
        // The edit page shows the choice, and does not ask again for an unchanged time.
        let edit = format!("{event}/edit");
        browser.open(&edit).await;
        let offset = chosen.unwrap_or("+02:00");
        assert_eq!(browser.field(&edit, "start_offset"), offset);
        browser.submit(&edit, &[("title", "Later")]).await.html(200);
        assert_eq!(stored(&app, &event).await["starts_at"], starts_at);
    }
}

/// The end is after the beginning only if it is the second one.
#[tokio::test]
async fn of_a_time_that_clocks_show_twice_the_one_that_can_be_right_is_chosen() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for (day, zone, [start, end], [first, second], ends_at) in [
        (
            "2027-10-31",
            "Europe/Berlin",
            ["02:40", "02:50"],
            ["+02:00", "+01:00"],
            "02:50:00+01:00",
        ),
        (
            "2027-04-04",
            "Australia/Lord_Howe",
            ["01:40", "01:55"],
            ["+11:00", "+10:30"],
            "01:55:00+10:30",
        ),
    ] {
        browser.open(NEW).await;
        let typed = [
            ("title", "Late"),
            ("start_date", day),
            ("start_time", start),
            ("end_time", end),
            ("time_zone", zone),
            ("start_offset", second),
        ];
        let page = browser.submit(NEW, &typed).await;
        page.html(422);
        let (field, said) = page.summary().remove(0);
        assert_eq!(field, "end_offset");
        assert!(
            said.contains(&format!("the clocks in {zone} show {end} twice")),
            "{said}"
        );
        assert!(
            said.contains("The second is chosen now, because the first is before the beginning."),
            "{said}"
        );
        assert_eq!(browser.field(NEW, "end_offset"), second);
        let sent = browser.sent(NEW, &[]).await;
        let event = sent.header("location").expect("leads on").to_owned();
        assert_eq!(
            stored(&app, &event).await["ends_at"],
            format!("{day}T{ends_at}")
        );
        // Where both can be right, the first is.
        browser.open(NEW).await;
        let early = [
            ("title", "Early"),
            ("start_date", day),
            ("start_time", "01:00"),
            ("end_time", end),
            ("time_zone", zone),
        ];
        browser.submit(NEW, &early).await.html(422);
        assert_eq!(browser.field(NEW, "end_offset"), first);
    }
}

#[tokio::test]
async fn a_day_that_a_zone_leaves_out_means_the_next_one_and_the_page_says_so() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    for (day, start, zone, said, moved) in [
        (
            "2011-12-30",
            "18:00",
            "Pacific/Apia",
            "There is no 18:00 on Friday 30 December 2011 in Pacific/Apia, because the calendar leaves that day \
             out. It means 18:00 on Saturday 31 December 2011, and the form has that now.",
            ("2011-12-31", "18:00"),
        ),
        (
            "2018-11-04",
            "00:30",
            "america/sao_paulo",
            "There is no 00:30 on Sunday 4 November 2018 in America/Sao_Paulo, because clocks are put forward. It \
             means 01:30, and the form has that now.",
            ("2018-11-04", "01:30"),
        ),
        (
            "2024-03-30",
            "23:30",
            "America/Nuuk",
            "There is no 23:30 on Saturday 30 March 2024 in America/Nuuk, because clocks are put forward. It means \
             00:30 on Sunday 31 March 2024, and the form has that now.",
            ("2024-03-31", "00:30"),
        ),
    ] {
        browser.open(NEW).await;
        let typed = [
            ("title", "Gap"),
            ("start_date", day),
            ("start_time", start),
            ("time_zone", zone),
        ];
        let page = browser.submit(NEW, &typed).await;
        page.html(422);
        let (_, words) = page.summary().remove(0);
        assert!(words.starts_with(said), "{words}");
        assert_eq!(browser.field(NEW, "start_date"), moved.0);
        assert_eq!(browser.field(NEW, "start_time"), moved.1);
        browser.submit(NEW, &[]).await.html(200);
    }
}

#[tokio::test]
async fn a_day_that_does_not_exist_is_named_and_nothing_is_lost() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let fields = ["start_date", "start_time", "end_date", "time_zone"];
    for (typed, field, said) in [
        (
            ["2026-02-30", "", "", "UTC"],
            "start_date",
            "30 February 2026 does not exist. Enter another day.",
        ),
        (
            ["2026-02-30", "18:00", "", "UTC"],
            "start_date",
            "30 February 2026 does not exist. Enter another day.",
        ),
        (
            ["2026-02-01", "", "2026-02-30", "UTC"],
            "end_date",
            "30 February 2026 does not exist. Enter another day.",
        ),
        (
            ["2011-12-30", "", "", "Pacific/Apia"],
            "start_date",
            "There is no Friday 30 December 2011 in Pacific/Apia, because the calendar leaves that day out. Enter \
             another day.",
        ),
    ] {
        browser.open(NEW).await;
        let mut all = vec![("title", "Tea"), ("description", "Bring a cup")];
        all.extend(fields.into_iter().zip(typed));
        let page = browser.submit(NEW, &all).await;
        page.html(422);
        assert_eq!(page.summary(), [(field.to_owned(), said.to_owned())]);
        assert_eq!(browser.field(NEW, "description"), "Bring a cup");
        // The same on the edit page.
        let tea = [("title", "Tea"), ("start_date", "2026-12-01")];
        let edit = format!("{}/edit", planned(&browser, &tea).await);
        browser.open(&edit).await;
        let page = browser.submit(&edit, &all).await;
        page.html(422);
        assert_eq!(page.summary(), [(field.to_owned(), said.to_owned())]);
    }
}

#[tokio::test]
async fn a_new_event_gets_the_time_zone_of_the_site() {
    let app = TestApp::start().await.in_time_zone("Europe/Berlin");
    let browser = Browser::signed_up(&app, &new_email()).await;
    browser.open(NEW).await;
    assert_eq!(browser.field(NEW, "time_zone"), "Europe/Berlin");
    let evening = [
        ("title", "Evening"),
        ("start_date", "2026-12-01"),
        ("start_time", "18:00"),
    ];
    let event = planned(&browser, &evening).await;
    assert_eq!(
        stored(&app, &event).await["starts_at"],
        "2026-12-01T18:00:00+01:00"
    );
    let token = app.signed_in(&new_email()).await;
    for (event, zone) in [
        (
            json!({ "title": "x", "start_date": "2026-12-01" }),
            json!("Europe/Berlin"),
        ),
        (
            json!({ "title": "x", "starts_at": "2026-12-01T18:00Z" }),
            json!("Europe/Berlin"),
        ),
        (json!({ "title": "x" }), json!(null)),
    ] {
        let made = app
            .post("/api/v1/events", Some(&token), &event)
            .await
            .json();
        assert_eq!(made["time_zone"], zone, "{event}");
    }
    let local = json!({ "title": "x", "starts_at": "2026-12-01T18:00" });
    let refused = app.post("/api/v1/events", Some(&token), &local).await;
    let required = ("/time_zone".to_owned(), "required".to_owned());
    assert_eq!(refused.invalid(), [required]);
}

/// The clock starts at 2026-11-21, midnight in UTC.
#[tokio::test]
async fn an_event_without_an_end_is_upcoming_until_its_day_ends_in_its_zone() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (title, when) in [
        (
            "Two minutes ago",
            json!({ "starts_at": "2026-11-20T23:58Z", "time_zone": "Europe/Berlin" }),
        ),
        (
            "Honolulu",
            json!({ "start_date": "2026-11-20", "time_zone": "Pacific/Honolulu" }),
        ),
        (
            "Berlin",
            json!({ "start_date": "2026-11-20", "time_zone": "Europe/Berlin" }),
        ),
    ] {
        let mut event = json!({ "title": title });
        let members = event.as_object_mut().expect("is an object");
        members.extend(when.as_object().expect("is an object").clone());
        app.post("/api/v1/events", Some(&token), &event).await;
    }
    app.clock.advance(Duration::from_secs(2 * HOUR));
    let november = "November 2026";
    assert_eq!(
        app.listed("/events").await,
        [november, "Honolulu", "Two minutes ago"]
    );
    assert_eq!(app.listed("/events?past").await, [november, "Berlin"]);
    let page = app.page("/events").await.html(200);
    assert!(
        page.contains("Began 2 hours ago") || page.contains("began 2 hours ago"),
        "{page}"
    );
    // Ten o'clock in UTC is midnight in Honolulu.
    app.clock.advance(Duration::from_secs(8 * HOUR));
    assert_eq!(app.listed("/events").await, [november, "Two minutes ago"]);
    app.clock.advance(Duration::from_secs(13 * HOUR));
    assert_eq!(app.listed("/events").await, [""; 0]);
}

/// The rows are in order of instants. At the same instant clocks may show different months.
#[tokio::test]
async fn each_month_has_one_heading_in_order() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (title, starts_at, zone) in [
        ("Tokyo", "2026-12-01T00:30", "Asia/Tokyo"),
        ("London", "2026-11-30T17:00", "Europe/London"),
        ("Los Angeles", "2026-11-30T20:00", "America/Los_Angeles"),
        ("Auckland", "2026-12-02T00:30", "Pacific/Auckland"),
    ] {
        let event = json!({ "title": title, "starts_at": starts_at, "time_zone": zone });
        app.post("/api/v1/events", Some(&token), &event).await;
    }
    let upcoming = [
        "November 2026",
        "London",
        "Los Angeles",
        "December 2026",
        "Tokyo",
        "Auckland",
    ];
    assert_eq!(app.listed("/events").await, upcoming);
    app.clock.advance(Duration::from_secs(30 * 24 * HOUR));
    let past = [
        "December 2026",
        "Auckland",
        "Tokyo",
        "November 2026",
        "Los Angeles",
        "London",
    ];
    assert_eq!(app.listed("/events?past").await, past);
}

#[tokio::test]
async fn two_unicode_spellings_of_a_tag_are_one_tag_and_both_find_it() {
    let app = TestApp::start().await;
    let browser = Browser::signed_up(&app, &new_email()).await;
    let tags = [("title", "Cake"), ("tags", "caf\u{e9}, cafe\u{301}")];
    let event = planned(&browser, &tags).await;
    assert_eq!(stored(&app, &event).await["tags"], json!(["caf\u{e9}"]));
    let edit = format!("{event}/edit");
    browser.open(&edit).await;
    let more = [("tags", "caf\u{e9}, tea, cafe\u{301}")];
    browser.submit(&edit, &more).await.html(200);
    assert_eq!(
        stored(&app, &event).await["tags"],
        json!(["caf\u{e9}", "tea"])
    );
    for query in ["caf%C3%A9", "cafe%CC%81", "cafe%CC%81&tag=caf%C3%A9"] {
        let found = app.listed(&format!("/events?tag={query}")).await;
        assert_eq!(found, ["No date yet", "Cake"], "{query}");
    }
}
