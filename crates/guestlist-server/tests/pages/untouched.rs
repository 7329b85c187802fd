//! A form that is sent with one changed field changes this field only.

use serde_json::{Value, json};

use crate::test_app::{TestApp, new_email};

use super::browser::Browser;

/// A user with one event that was created by the API, and a browser for its edit page.
struct Editing<'a> {
    app: &'a TestApp,
    browser: Browser<'a>,
    address: String,
}

impl<'a> Editing<'a> {
    async fn of(app: &'a TestApp, event: &Value) -> Self {
        let email = new_email();
        let token = app.signed_in(&email).await;
        let made = app.post("/api/v1/events", Some(&token), event).await;
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.json()["id"].as_str().expect("is text").to_owned();
        Self {
            app,
            browser: Browser::signed_in(app, &email).await,
            address: format!("/events/{id}"),
        }
    }

    async fn stored(&self) -> Value {
        let path = format!("/api/v1{}", self.address);
        let mut event = self.app.get(&path, None).await.json();
        for of_the_change in ["updated_at", "etag"] {
            event.as_object_mut().expect("is one").remove(of_the_change);
        }
        event
    }

    /// Returns the value that the field shows.
    async fn shown(&self, name: &str) -> String {
        let edit = format!("{}/edit", self.address);
        self.browser.open(&edit).await.html(200);
        self.browser.field(&edit, name)
    }

    /// Opens the page, changes these fields, and saves.
    async fn change(&self, fields: &[(&str, &str)]) {
        let edit = format!("{}/edit", self.address);
        self.browser.open(&edit).await.html(200);
        self.browser.submit(&edit, fields).await.html(200);
    }
}

/// Returns the event with these members replaced.
fn with(mut event: Value, members: &Value) -> Value {
    let members = members.as_object().expect("is an object").clone();
    event.as_object_mut().expect("is one").extend(members);
    event
}

#[tokio::test]
async fn tags_with_commas_stay_whole() {
    let app = TestApp::start().await;
    let tags = json!(["Berlin, Mitte", "food"]);
    let editing = Editing::of(&app, &json!({ "title": "c", "tags": tags })).await;
    let before = editing.stored().await;
    let shown = editing.shown("tags").await;
    assert_eq!(shown, "\"Berlin, Mitte\", food");
    editing.change(&[("tags", &format!("{shown}, wine"))]).await;
    let tags = json!({ "tags": ["Berlin, Mitte", "food", "wine"] });
    assert_eq!(editing.stored().await, with(before, &tags));
}

#[tokio::test]
async fn a_start_in_a_repeated_hour_stays_to_the_millisecond() {
    let app = TestApp::start().await;
    let event = json!({
        "title": "f",
        "starts_at": "2027-10-31T02:15:30.250+01:00",
        "ends_at": "2027-10-31T05:00",
        "time_zone": "Europe/Berlin",
    });
    let editing = Editing::of(&app, &event).await;
    let before = editing.stored().await;
    assert_eq!(before["starts_at"], "2027-10-31T02:15:30.25+01:00");
    editing.change(&[("end_time", "06:00")]).await;
    let ends_at = json!({ "ends_at": "2027-10-31T06:00:00+01:00" });
    let after = editing.stored().await;
    assert_eq!(after, with(before, &ends_at));
    editing.change(&[("title", "g")]).await;
    let title = json!({ "title": "g" });
    assert_eq!(editing.stored().await, with(after, &title));
}

#[tokio::test]
async fn an_event_that_gets_a_date_later_uses_its_own_zone_or_that_of_the_site() {
    let app = TestApp::start().await.in_time_zone("Asia/Tokyo");
    for (zone, starts_at) in [
        (json!("Europe/Berlin"), "2027-07-17T18:00:00+02:00"),
        (Value::Null, "2027-07-17T18:00:00+09:00"),
    ] {
        let event = json!({ "title": "Some day", "time_zone": zone });
        let editing = Editing::of(&app, &event).await;
        let before = editing.stored().await;
        assert_eq!(before["time_zone"], zone);
        editing.change(&[("location", "Wien")]).await;
        let place = json!({ "location": "Wien" });
        let before = with(before, &place);
        assert_eq!(editing.stored().await, before, "no zone is added");
        let date = [("start_date", "2027-07-17"), ("start_time", "18:00")];
        editing.change(&date).await;
        let after = editing.stored().await;
        assert_eq!(after["starts_at"], starts_at);
        editing
            .change(&[("start_date", ""), ("start_time", "")])
            .await;
        let undecided = editing.stored().await;
        assert_eq!(undecided["starts_at"], Value::Null);
        assert_eq!(
            undecided["time_zone"], after["time_zone"],
            "the event keeps its zone"
        );
    }
}

#[tokio::test]
async fn an_event_in_whole_days_keeps_its_own_zone() {
    let app = TestApp::start().await.in_time_zone("Asia/Tokyo");
    let event =
        json!({ "title": "Day", "start_date": "2026-12-01", "time_zone": "Pacific/Honolulu" });
    let editing = Editing::of(&app, &event).await;
    let before = editing.stored().await;
    assert_eq!(before["time_zone"], "Pacific/Honolulu");
    assert_eq!(editing.shown("time_zone").await, "Pacific/Honolulu");
    editing.change(&[("end_date", "2026-12-03")]).await;
    let last = json!({ "end_date": "2026-12-03" });
    assert_eq!(editing.stored().await, with(before, &last));
    editing
        .change(&[("end_date", ""), ("start_time", "18:00")])
        .await;
    let after = editing.stored().await;
    assert_eq!(after["starts_at"], "2026-12-01T18:00:00-10:00");
}

#[tokio::test]
async fn old_values_that_the_rules_refuse_do_not_block_changes() {
    let app = TestApp::start().await;
    let event = json!({ "title": "Tea", "tags": ["tea"], "start_date": "2026-12-01" });
    let editing = Editing::of(&app, &event).await;
    let id = editing.address.rsplit('/').next().expect("has an id");
    let id = id.parse().expect("is an id");
    let found = app.stores.planner.find_event(id).await.expect("answers");
    let old = found.expect("is there").event;
    let mut event = old.clone();
    event.fields.title = format!("Two\nlines {}", "x".repeat(300));
    event.fields.description = "One\rTwo\r\nThree".to_owned();
    event.fields.image = Some("tea.png".to_owned());
    event.fields.online_url = Some(" not an address".to_owned());
    event.fields.location = Some("x".repeat(600));
    event.fields.capacity = Some(4_000_000);
    event.fields.tags = vec!["y".repeat(60), "z\u{200b}z".to_owned()];
    event.fields.tags.extend((0..30).map(|tag| tag.to_string()));
    event.version = old.version.next();
    let updated = app.stores.planner.update_event(&event, old.version).await;
    updated.expect("answers");
    let mut before = editing.stored().await;
    for (name, value, member, expected) in [
        ("end_date", "2026-12-03", "end_date", json!("2026-12-03")),
        ("visibility", "unlisted", "visibility", json!("unlisted")),
        ("capacity", "12", "capacity", json!(12)),
        ("location", "Wien", "location", json!("Wien")),
        ("online_url", "", "online_url", Value::Null),
        ("image", "", "image", Value::Null),
        ("description", "One", "description", json!("One")),
        ("title", "Coffee", "title", json!("Coffee")),
    ] {
        editing.change(&[(name, value)]).await;
        let after = editing.stored().await;
        assert_eq!(after, with(before, &json!({ member: expected })), "{name}");
        before = after;
    }
    // Removes one tag. All other tags stay as they were.
    let shown = editing.shown("tags").await;
    let (line, _) = shown.rsplit_once(", ").expect("are several");
    editing.change(&[("tags", line)]).await;
    event.fields.tags.pop();
    let after = editing.stored().await;
    assert_eq!(after["tags"], json!(event.fields.tags));
}

#[tokio::test]
async fn an_unchanged_name_stays_as_it_is() {
    let app = TestApp::start().await;
    let email = new_email();
    let browser = Browser::signed_up(&app, &email).await;
    browser.open("/account/profile").await.html(200);
    let fields = [("name", "Ada")];
    browser.submit("/account/profile", &fields).await.html(200);
    browser.open("/account/profile").await.html(200);
    browser.submit("/account/profile", &[]).await.html(200);
    let name = app.user(&email).await.name;
    assert_eq!(name.map(|name| name.to_string()).as_deref(), Some("Ada"));
}
