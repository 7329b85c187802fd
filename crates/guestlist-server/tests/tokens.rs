//! `guestlist tokens`, as an operator runs it beside a server.

mod guide;

use std::time::Duration;

use guestlist::{Scope, TokenName, Wanted};

use crate::{
    binary::{FORM, Server},
    secret_key::DirectGuestlist,
    users::Installation,
};

const SECRET: (&str, &str) = ("SECRET_KEY", "a secret key of more than thirty-two bytes");

#[test]
fn a_service_token_is_accepted_from_its_issue_to_its_revocation() {
    let installation = Installation::new();
    let recheck = ("GUESTLIST_SESSIONS__RECHECK", "0");
    let server = Server::start(installation.folder(), &[recheck]);
    let asks = |token: &str| {
        let head = format!(
            "POST /api/v1/token/introspect HTTP/1.1\n{FORM}\nAuthorization: Bearer {token}"
        );
        server.send(&head, "token=whatever")
    };
    let issue = |arguments: &[&str]| {
        let said = installation.runs(&[], &[&["tokens", "issue"], arguments].concat());
        said.success().trim_end().to_owned()
    };
    let (first, second) = (
        issue(&["--service", "the gateway"]),
        issue(&["--service", "the gateway", "--expires-in", "90d"]),
    );
    assert!(
        !first.contains(char::is_whitespace),
        "the output is the token and nothing else: {first}"
    );
    assert_ne!(first, second);
    for token in [&first, &second] {
        let answer = asks(token);
        assert!(answer.ends_with(r#"{"active":false}"#), "{answer}");
    }

    let list = installation.runs(&[], &["tokens", "list"]).success();
    let lines: Vec<_> = list.lines().collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert!(
        lines[1..].iter().all(|line| line.ends_with("the gateway")),
        "{list}"
    );
    assert!(!list.contains(&first) && !list.contains(&second), "{list}");
    let column = |line: &str, at: usize| line.split_whitespace().nth(at).map(str::to_owned);
    assert_eq!(column(lines[1], 2).as_deref(), Some("-"), "{list}");
    assert!(
        column(lines[2], 2).is_some_and(|end| end.starts_with('2')),
        "{list}"
    );

    let id = column(lines[1], 0).expect("is there");
    installation.runs(&[], &["tokens", "revoke", &id]).success();
    assert!(asks(&first).starts_with("HTTP/1.1 401"));
    assert!(asks(&second).starts_with("HTTP/1.1 200"));
    let again = installation.runs(&[], &["tokens", "revoke", &id]).failure();
    assert!(again.contains("there is no token"), "{again}");
    server.stop();
}

#[tokio::test]
async fn an_operator_cannot_revoke_the_personal_access_token_of_a_user() {
    let installation = Installation::new();
    let direct = DirectGuestlist::open(&installation, SECRET.1, "HS256").await;
    direct.sign_up().await;
    let session = direct.sign_in(Wanted::DATABASE).await.session;
    let name = TokenName::parse("backup").expect("is a name");
    let day = Duration::from_secs(86_400);
    let made = direct
        .guestlist
        .make_token(session.id, name, Scope::Read, day);
    let made = made.await.expect("makes");
    let id = made.token.id.to_string();
    let refused = installation
        .runs(&[SECRET], &["tokens", "revoke", &id])
        .failure();
    assert!(refused.contains("there is no token"), "{refused}");
    let list = installation.runs(&[SECRET], &["tokens", "list"]).success();
    assert!(!list.contains(&id), "{list}");
    assert!(
        direct
            .guestlist
            .identify(made.secret.expose())
            .await
            .is_ok()
    );
    direct.close().await;
}

#[test]
fn the_error_of_a_wrong_command_says_what_to_give() {
    let installation = Installation::new();
    for (arguments, words) in [
        (&["tokens", "issue"][..], "--service"),
        (&["tokens", "issue", "--service", " "], "the name is empty"),
        (
            &["tokens", "issue", "--service", "a", "--expires-in", "soon"],
            "90d",
        ),
        (&["tokens", "revoke", "gateway"], "not an id"),
    ] {
        let refused = installation.runs(&[], arguments).failure();
        assert!(refused.contains(words), "{words}: {refused}");
    }
    assert!(
        !installation.folder().join("data").exists(),
        "no database was opened"
    );
}
