//! `guestlist keys`, and the keys of a running server.

use guestlist::{Scope, TokenName, Wanted};

use crate::{
    binary::{FORM, JSON, Server, field},
    secret_key::{ADA, BASE_URL, DirectGuestlist, PASSWORD, me},
    users::Installation,
};

const EDDSA: (&str, &str) = ("GUESTLIST_TOKENS__JWT__ALGORITHM", "EdDSA");

fn rows(list: &str) -> Vec<Vec<&str>> {
    let lines = list.lines().skip(1);
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn a_server_makes_a_key_at_its_start_and_a_rotated_key_signs_later() {
    let installation = Installation::new();
    installation.install();
    let none = installation
        .runs(&[EDDSA], &["keys", "list"])
        .success_stderr();
    assert!(none.contains("no key signs yet"), "{none}");
    let server = Server::start(installation.folder(), &[EDDSA, BASE_URL]);
    let head = format!("POST /user/signup HTTP/1.1\n{JSON}");
    let body = format!(r#"{{"email":"{ADA}","password":"{PASSWORD}"}}"#);
    server.send(&head, &body);
    let form = format!("username=ada%40example.com&password={PASSWORD}");
    let signed_in = server.send(&format!("POST /user/signin HTTP/1.1\n{FORM}"), &form);
    let token = field(&signed_in, "access_token");
    assert!(me(&server, token).starts_with("HTTP/1.1 200"));

    let first = installation.runs(&[EDDSA], &["keys", "list"]).success();
    let [key] = &rows(&first)[..] else {
        panic!("expected one key: {first}");
    };
    assert_eq!((key[1], key[6]), ("EdDSA", "signs"), "{first}");
    let made = installation.runs(&[EDDSA], &["keys", "rotate"]).success();
    assert!(
        made.starts_with("created ") && made.contains("signs from 2"),
        "{made}"
    );
    let both = installation.runs(&[EDDSA], &["keys", "list"]).success();
    let [old, new] = &rows(&both)[..] else {
        panic!("expected two keys: {both}");
    };
    assert_eq!((old[0], old[6]), (key[0], "signs"), "{both}");
    assert_eq!(new[6], "verifies", "{both}");
    assert_eq!(
        old[4], new[3],
        "the old key signs until the new key starts to sign: {both}"
    );
    assert!(made.contains(new[0]), "{made}");
    assert!(me(&server, token).starts_with("HTTP/1.1 200"));
    server.stop();
}

#[test]
fn the_key_of_hs256_changes_only_with_the_secret() {
    let installation = Installation::new();
    installation.install();
    let listed = installation.runs(&[], &["keys", "list"]).success_stderr();
    assert!(listed.contains("derived from the secret"), "{listed}");
    let refused = installation.runs(&[], &["keys", "rotate"]).failure();
    for words in ["SECRET_KEY_PREVIOUS", "tokens.jwt.algorithm"] {
        assert!(refused.contains(words), "{refused}");
    }
}

/// No request waits for this write, so the server writes the times of use at its stop.
#[tokio::test]
async fn the_last_use_of_a_token_is_stored_when_the_server_stops() {
    let installation = Installation::new();
    let secret = ("SECRET_KEY", "a secret key of more than thirty-two bytes");
    let direct = DirectGuestlist::open(&installation, secret.1, "HS256").await;
    let user = direct.sign_up().await;
    let session = direct.sign_in(Wanted::DATABASE).await.session;
    let name = TokenName::parse("backup").expect("is a name");
    let day = std::time::Duration::from_secs(86_400);
    let made = direct
        .guestlist
        .make_token(session.id, name, Scope::Read, day);
    let made = made.await.expect("makes");
    let server = Server::start(installation.folder(), &[secret, BASE_URL]);
    assert!(me(&server, made.secret.expose()).starts_with("HTTP/1.1 200"));
    let unknown = direct.guestlist.list_tokens(user, None, 9).await;
    assert_eq!(unknown.expect("lists")[0].last_used_at, None);
    server.stop();
    let tokens = direct.guestlist.list_tokens(user, None, 9).await;
    let tokens = tokens.expect("lists");
    assert!(
        tokens[0].last_used_at >= Some(session.created_at),
        "{tokens:?}"
    );
    direct.close().await;
}
