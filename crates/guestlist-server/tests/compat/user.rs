//! `/user/signup` and `/user/signin`.

use axum::http::{Method, Request, header::CONTENT_TYPE};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::test_app::{BASE_URL, PASSWORD, TestApp, new_email};

/// Returns the locations of the errors of a 422.
fn places(answer: &crate::test_app::Answer) -> Vec<Value> {
    assert_eq!(answer.status, 422, "{answer:?}");
    let detail = answer.json()["detail"].clone();
    let errors = detail
        .as_array()
        .unwrap_or_else(|| panic!("no list: {detail}"));
    for error in errors {
        assert!(
            error["msg"].is_string() && error["type"].is_string(),
            "{error}"
        );
    }
    errors.iter().map(|error| error["loc"].clone()).collect()
}

#[tokio::test]
async fn errors_are_not_cached() {
    let app = TestApp::start().await;
    let wrong = "username=nobody@example.com&password=wrong";
    for answer in [
        app.get("/user/signup", None).await,
        app.get("/user/nowhere", None).await,
        app.get("/event/nothing", None).await,
        app.form("/user/signin", wrong).await,
    ] {
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "{answer:?}"
        );
    }
}

mod sign_up {
    use super::*;

    const PATH: &str = "/user/signup";

    #[tokio::test]
    async fn success() {
        let app = TestApp::start().await;
        let body = json!({ "email": "reader@packt.com", "password": "exemplary" });
        let answer = app.post(PATH, None, &body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json(),
            json!({ "message": "User created successfully" })
        );
    }

    #[tokio::test]
    async fn the_password_of_the_fastapi_tutorial_tests_is_accepted() {
        let app = TestApp::start().await;
        let body = json!({ "email": "testuser@packt.com", "password": "testpassword" });
        assert_eq!(app.post(PATH, None, &body).await.status, 200);
    }

    #[tokio::test]
    async fn unknown_keys_are_dropped() {
        let app = TestApp::start().await;
        let body = json!({
            "email": "a@example.com", "password": PASSWORD, "events": [], "_id": "mine", "epoch": 9,
        });
        assert_eq!(app.post(PATH, None, &body).await.status, 200);
        let token = app.sign_in("a@example.com").await;
        assert_ne!(
            app.get("/api/v1/me", Some(&token)).await.json()["id"],
            "mine"
        );
    }

    #[tokio::test]
    async fn a_taken_email_address_is_409_in_any_letter_case() {
        let app = TestApp::start().await;
        for (email, status) in [
            ("a@example.com", 200),
            ("a@example.com", 409),
            ("A@EXAMPLE.COM", 409),
        ] {
            let body = json!({ "email": email, "password": PASSWORD });
            let answer = app.post(PATH, None, &body).await;
            assert_eq!(answer.status, status, "{email}");
            if status == 409 {
                let detail = "User with email provided exists already.";
                assert_eq!(answer.json(), json!({ "detail": detail }));
            }
        }
    }

    #[tokio::test]
    async fn an_invalid_member_is_422_with_its_location() {
        let app = TestApp::start().await;
        for (body, place) in [
            (
                json!({ "email": "a@example.com" }),
                json!(["body", "password"]),
            ),
            (json!({ "password": PASSWORD }), json!(["body", "email"])),
            (
                json!({ "email": "no address", "password": PASSWORD }),
                json!(["body", "email"]),
            ),
            (
                json!({ "email": 42, "password": PASSWORD }),
                json!(["body", "email"]),
            ),
            (
                json!({ "email": "a@example.com", "password": "" }),
                json!(["body", "password"]),
            ),
            (
                json!({ "email": "a@example.com", "password": "short" }),
                json!(["body", "password"]),
            ),
            (
                json!({ "email": "a@example.com", "password": null }),
                json!(["body", "password"]),
            ),
            (
                json!({ "email": "a@example.com", "password": 12345678 }),
                json!(["body", "password"]),
            ),
        ] {
            let answer = app.post(PATH, None, &body).await;
            assert_eq!(places(&answer), [place], "{body}");
        }
    }

    #[tokio::test]
    async fn bad_json_is_422() {
        let app = TestApp::start().await;
        for body in [
            "",
            "{",
            "[1",
            "{'email':1}",
            "{\"email\":\"a@example.com\",}",
            "x",
        ] {
            let answer = app.json(Method::POST, PATH, None, body).await;
            assert_eq!(places(&answer), [json!(["body"])], "{body}");
        }
        for (body, place) in [
            ("[]", json!(["body"])),
            ("null", json!(["body"])),
            ("7", json!(["body"])),
        ] {
            let answer = app.json(Method::POST, PATH, None, body).await;
            assert_eq!(places(&answer), [place], "{body}");
        }
    }
}

mod sign_in {
    use super::*;

    const PATH: &str = "/user/signin";

    #[tokio::test]
    async fn success() {
        let app = TestApp::start().await;
        let email = new_email();
        app.signed_in(&email).await;
        let answer = app
            .form(PATH, format!("username={email}&password={PASSWORD}"))
            .await;
        assert_eq!(answer.status, 200);
        let answer = answer.json();
        assert_eq!(answer["token_type"], "Bearer");
        let token = answer["access_token"].as_str().expect("is a string");
        assert_eq!(answer.as_object().map(serde_json::Map::len), Some(2));
        assert_eq!(
            app.get("/api/v1/me", Some(token)).await.json()["email"],
            *email
        );
    }

    #[tokio::test]
    async fn the_token_is_a_jwt_of_one_hour_with_registered_claims() {
        let app = TestApp::start().await;
        let email = new_email();
        app.signed_in(&email).await;
        let answer = app
            .form(PATH, format!("username={email}&password={PASSWORD}"))
            .await
            .json();
        let token = answer["access_token"]
            .as_str()
            .expect("is a string")
            .to_owned();
        let parts: Vec<Value> = token
            .split('.')
            .take(2)
            .map(|part| URL_SAFE_NO_PAD.decode(part).expect("decodes"))
            .map(|json| serde_json::from_slice(&json).expect("is JSON"))
            .collect();
        assert_eq!(
            (&parts[0]["alg"], &parts[0]["typ"]),
            (&json!("HS256"), &json!("at+jwt"))
        );
        let claims = &parts[1];
        for name in ["sub", "iat", "exp", "jti", "iss", "aud", "sid"] {
            assert!(!claims[name].is_null(), "{name}");
        }
        let (iat, exp) = (claims["iat"].as_i64(), claims["exp"].as_i64());
        assert_eq!(exp.zip(iat).map(|(exp, iat)| exp - iat), Some(3_600));
        assert_eq!(claims["iss"], BASE_URL);
        app.clock.advance(std::time::Duration::from_secs(3_599));
        assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 200);
        app.clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(app.get("/api/v1/me", Some(&token)).await.status, 401);
    }

    #[tokio::test]
    async fn the_optional_fields_are_accepted() {
        let app = TestApp::start().await;
        let email = new_email();
        app.signed_in(&email).await;
        for more in [
            "grant_type=password",
            "grant_type=",
            "grant_type=password&scope=&client_id=&client_secret=",
            "scope=read+write&client_id=me&client_secret=mine",
        ] {
            let answer = app
                .form(PATH, format!("username={email}&password={PASSWORD}&{more}"))
                .await;
            assert_eq!(answer.status, 200, "{more}");
        }
    }

    #[tokio::test]
    async fn a_multipart_form_is_accepted() {
        let app = TestApp::start().await;
        let email = new_email();
        app.signed_in(&email).await;
        let field = |name: &str, value: &str| {
            format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let body = format!(
            "{}{}--X--\r\n",
            field("username", &email),
            field("password", PASSWORD)
        );
        let send = async |body: String| {
            let request =
                Request::post(PATH).header(CONTENT_TYPE, "multipart/form-data; boundary=X");
            app.send(request.body(body.into()).expect("is a request"))
                .await
        };
        assert_eq!(send(body).await.status, 200);
        assert_eq!(places(&send("--X--\r\n".to_owned()).await).len(), 2);
        assert_eq!(
            send(format!("{}--X--\r\n", field("username", &email).repeat(2)))
                .await
                .status,
            422
        );
        assert_eq!(send("--X\r\nno multipart".to_owned()).await.status, 422);
    }

    #[tokio::test]
    async fn an_unknown_user_and_a_wrong_password_get_the_same_response() {
        let app = TestApp::start().await;
        let email = new_email();
        app.signed_in(&email).await;
        let mut answers = Vec::new();
        for form in [
            format!("username={email}&password=Exemplary"),
            format!("username={email}&password=exemplary+"),
            "username=nobody@example.com&password=exemplary".to_owned(),
            "username=no+address&password=exemplary".to_owned(),
        ] {
            let answer = app.form(PATH, form).await;
            assert_eq!(answer.status, 401);
            assert_eq!(answer.json(), json!({ "detail": "Invalid credentials" }));
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id");
            answers.push((headers, answer.body));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[tokio::test]
    async fn a_missing_field_or_another_grant_type_is_422() {
        let app = TestApp::start().await;
        let (username, password) = (json!(["body", "username"]), json!(["body", "password"]));
        for (form, expected) in [
            ("", vec![username.clone(), password.clone()]),
            ("username=a@example.com", vec![password.clone()]),
            ("password=exemplary", vec![username.clone()]),
            ("username=&password=exemplary", vec![username.clone()]),
            (
                "username=a@example.com&password=exemplary&grant_type=client_credentials",
                vec![json!(["body", "grant_type"])],
            ),
            ("username=a&username=b&password=c", vec![json!(["body"])]),
            ("username=%zz&password=c", vec![json!(["body"])]),
        ] {
            assert_eq!(places(&app.form(PATH, form).await), expected, "{form}");
        }
        let json = app
            .post(PATH, None, &json!({ "username": "a", "password": "b" }))
            .await;
        assert_eq!(places(&json), [username, password]);
    }
}
