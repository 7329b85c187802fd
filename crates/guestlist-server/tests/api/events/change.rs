//! `PATCH /api/v1/events/{id}`.

use super::*;
use crate::test_app::new_email;

#[tokio::test]
async fn success() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, tag) = made(&app, &token, &tea()).await;
    let before = app.get(&path, None).await.json();
    app.clock.advance(std::time::Duration::from_secs(60));
    let answer = patch(
        &app,
        &path,
        Some(&token),
        Some(&tag),
        &json!({ "title": "Coffee" }),
    )
    .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let after = answer.json();
    assert_eq!(answer.header("etag"), after["etag"].as_str());
    assert_ne!(answer.header("etag"), Some(tag.as_str()));
    let mut expected = before;
    expected["title"] = json!("Coffee");
    expected["updated_at"] = json!("2026-11-21T00:01:00Z");
    expected["etag"] = after["etag"].clone();
    assert_eq!(after, expected);
    assert_eq!(app.get(&path, None).await.json(), after);
}

/// RFC 7396
#[tokio::test]
async fn a_missing_member_stays_and_null_removes_it() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    for (change, expected) in [
        (json!({}), json!({})),
        (json!({ "description": null }), json!({ "description": "" })),
        (
            json!({ "image": null, "location": "Here" }),
            json!({ "image": null, "location": "Here" }),
        ),
        (json!({ "tags": null }), json!({ "tags": [] })),
        (json!({ "tags": ["one"] }), json!({ "tags": ["one"] })),
        (
            json!({ "location": null, "online_url": null, "capacity": null }),
            json!({ "location": null, "online_url": null, "capacity": null }),
        ),
        (
            json!({ "visibility": null }),
            json!({ "visibility": "public" }),
        ),
        (json!({ "ends_at": null }), json!({ "ends_at": null })),
        (
            json!({ "starts_at": null }),
            json!({ "starts_at": null, "ends_at": null }),
        ),
        (
            json!({ "starts_at": null, "time_zone": null }),
            json!({ "starts_at": null, "ends_at": null, "time_zone": null }),
        ),
        (
            json!({ "starts_at": null, "start_date": "2026-12-24" }),
            json!({ "starts_at": null, "ends_at": null, "start_date": "2026-12-24", "end_date": "2026-12-24" }),
        ),
        (
            json!({ "time_zone": "Asia/Tokyo" }),
            json!({ "time_zone": "Asia/Tokyo", "starts_at": "2026-12-02T01:00:00+09:00", "ends_at": "2026-12-02T03:00:00+09:00" }),
        ),
    ] {
        let (path, tag) = made(&app, &token, &tea()).await;
        let mut wanted = app.get(&path, None).await.json();
        for (name, value) in expected.as_object().expect("is an object") {
            wanted[name] = value.clone();
        }
        let answer = patch(&app, &path, Some(&token), Some(&tag), &change).await;
        assert_eq!(answer.status, 200, "{change} {answer:?}");
        let mut changed = answer.json();
        assert_eq!(
            changed["etag"] == wanted["etag"],
            change == json!({}),
            "{change}"
        );
        changed["etag"] = wanted["etag"].clone();
        assert_eq!(changed, wanted, "{change}");
    }
}

/// A client may send back everything it was shown, even values that today's rules would refuse.
#[tokio::test]
async fn unchanged_old_values_are_accepted_and_stay() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let old = json!({
        "title": "f",
        "starts_at": "2027-10-31T02:15:30.250+01:00",
        "ends_at": "2027-10-31T05:00",
        "time_zone": "Europe/Berlin",
    });
    let (path, _) = made(&app, &token, &old).await;
    let id = path.rsplit('/').next().expect("has an id").parse();
    let id = id.expect("is an id");
    let found = app.stores.planner.find_event(id).await.expect("answers");
    let event = found.expect("is there").event;
    let mut before = event.clone();
    before.fields.title = "x".repeat(300);
    before.fields.image = Some("tea.png".to_owned());
    before.fields.online_url = Some("not an address".to_owned());
    before.fields.tags = vec!["y".repeat(60)];
    before.version = event.version.next();
    let updated = app
        .stores
        .planner
        .update_event(&before, event.version)
        .await;
    updated.expect("answers");
    let shown = app.get(&path, None).await.json();
    let mut change = shown.clone();
    let members = change.as_object_mut().expect("is an object");
    for ours in [
        "id",
        "creator",
        "creator_name",
        "created_at",
        "updated_at",
        "etag",
    ] {
        members.remove(ours);
    }
    members.insert("ends_at".to_owned(), json!("2027-10-31T06:00"));
    let tag = shown["etag"].as_str();
    let changed = patch(&app, &path, Some(&token), tag, &change).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = shown;
    let changed = changed.json();
    expected["ends_at"] = json!("2027-10-31T06:00:00+01:00");
    for of_the_change in ["updated_at", "etag"] {
        expected[of_the_change] = changed[of_the_change].clone();
    }
    assert_eq!(changed, expected);
    // The same at the address of the FastAPI book.
    let shown = app.get(&format!("/event/{id}"), None).await.json();
    let mut change = shown.clone();
    change["description"] = json!("New");
    let changed = app
        .put(&format!("/event/{id}"), Some(&token), &change)
        .await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let mut expected = shown;
    expected["description"] = json!("New");
    assert_eq!(changed.json(), expected);
}

#[tokio::test]
async fn an_invalid_change_is_422_and_changes_nothing() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, tag) = made(&app, &token, &tea()).await;
    let before = app.get(&path, None).await.json();
    for (change, pointer, code) in [
        (json!({ "title": null }), "/title", "type"),
        (json!({ "title": "" }), "/title", "required"),
        (
            json!({ "title": "x", "capacity": 0 }),
            "/capacity",
            "out_of_range",
        ),
        (
            json!({ "ends_at": "2026-01-01T00:00Z" }),
            "/ends_at",
            "out_of_range",
        ),
        (
            json!({ "start_date": "2026-12-24" }),
            "/start_date",
            "conflict",
        ),
        (json!({ "id": "mine" }), "/id", "unknown"),
        (json!({ "etag": "x" }), "/etag", "unknown"),
        (json!([]), "", "type"),
    ] {
        let answer = patch(&app, &path, Some(&token), Some(&tag), &change).await;
        assert_eq!(
            answer.invalid(),
            [(pointer.to_owned(), code.to_owned())],
            "{change}"
        );
    }
    assert_eq!(app.get(&path, None).await.json(), before);
}

#[tokio::test]
async fn if_match_must_name_the_current_version() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let change = json!({ "title": "Coffee" });
    for (if_match, refusal) in [
        (None, Some((428, "precondition_required"))),
        (Some("\"v7\"".to_owned()), Some((412, "stale"))),
        (Some(String::new()), Some((412, "stale"))),
        (Some("W/\"v7\"".to_owned()), Some((412, "stale"))),
        // RFC 9110, sections 8.8.3 and 13.1.1: an entity tag has quotation marks.
        (Some("v1".to_owned()), Some((400, "invalid_request"))),
        (Some("{tag}, v1".to_owned()), Some((400, "invalid_request"))),
        (Some("*, {tag}".to_owned()), Some((400, "invalid_request"))),
        (Some("w/{tag}".to_owned()), Some((400, "invalid_request"))),
        (Some("\"a,b\", {tag}".to_owned()), None),
        (Some("W/{tag}".to_owned()), None),
        (Some("\"other\", W/{tag}".to_owned()), None),
        (Some("{tag}".to_owned()), None),
        (Some("\"other\", {tag}".to_owned()), None),
        (Some("{tag},\"other\"".to_owned()), None),
        (Some("*".to_owned()), None),
    ] {
        let (path, tag) = made(&app, &token, &tea()).await;
        let if_match = if_match.map(|form| form.replace("{tag}", &tag));
        let answer = patch(&app, &path, Some(&token), if_match.as_deref(), &change).await;
        match refusal {
            Some((status, code)) => {
                answer.refused(status, code);
                let after = app.get(&path, None).await.json();
                assert_eq!(after["title"], tea()["title"], "{if_match:?}");
            }
            None => assert_eq!(answer.status, 200, "{if_match:?}"),
        }
    }
}

#[tokio::test]
async fn a_malformed_if_match_is_refused_with_the_right_form() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, _) = made(&app, &token, &tea()).await;
    let change = json!({ "title": "Coffee" });
    let answer = patch(&app, &path, Some(&token), Some("v1"), &change).await;
    answer.refused(400, "invalid_request");
    let detail = "If-Match must be *, or ETags as the server sent them, with their quotation marks, such as \"v1\"";
    assert_eq!(answer.json()["detail"], detail);
    let nothing = patch(&app, &nowhere(), Some(&token), Some("v1"), &change).await;
    nothing.refused(404, "not_found");
}

#[tokio::test]
async fn of_two_changes_to_the_same_version_one_is_412() {
    let app = TestApp::start().await;
    let token = app.signed_in(&new_email()).await;
    let (path, tag) = made(&app, &token, &tea()).await;
    let (one, other) = (json!({ "title": "One" }), json!({ "title": "Other" }));
    let answers = tokio::join!(
        patch(&app, &path, Some(&token), Some(&tag), &one),
        patch(&app, &path, Some(&token), Some(&tag), &other),
    );
    let mut statuses = [answers.0.status.as_u16(), answers.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test]
async fn only_the_creator_may_change_an_event() {
    let app = TestApp::start().await;
    let (ada, bob) = (
        app.signed_in(&new_email()).await,
        app.signed_in(&new_email()).await,
    );
    let (path, tag) = made(&app, &ada, &tea()).await;
    let change = json!({ "title": "Mine" });
    for if_match in [tag.as_str(), "*", "\"v7\""] {
        let answer = patch(&app, &path, Some(&bob), Some(if_match), &change).await;
        answer.refused(403, "not_creator");
    }
    let answer = patch(&app, &path, None, Some(&tag), &change).await;
    answer.refused(401, "not_authenticated");
    let answer = patch(&app, &nowhere(), Some(&ada), Some(&tag), &change).await;
    answer.refused(404, "not_found");
    let answer = patch(&app, &format!("{PATH}/1"), Some(&ada), Some("*"), &change).await;
    answer.refused(404, "not_found");
    assert_eq!(app.get(&path, None).await.json()["title"], tea()["title"]);
}
