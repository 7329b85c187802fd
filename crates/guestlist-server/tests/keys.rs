//! `guestlist keys`, and the keys of a running server.

use guestlist::{Scope, TokenName, Wanted};

use crate::{
    binary::{FORM, JSON, Server, field},
    secret_key::{ADA, BASE_URL, Door, PASSWORD, me},
    users::House,
};

const EDDSA: (&str, &str) = ("GUESTLIST_TOKENS__JWT__ALGORITHM", "EdDSA");

fn rows(list: &str) -> Vec<Vec<&str>> {
    let lines = list.lines().skip(1);
    lines
        .map(|line| line.split_whitespace().collect())
        .collect()
}

#[test]
fn a_server_has_a_key_when_it_serves_and_another_one_beside_it_comes_later() {
    let house = House::new();
    house.install();
    let none = house.runs(&[EDDSA], &["keys", "list"]).aside();
    assert!(none.contains("no key signs yet"), "{none}");
    let server = Server::start(house.folder(), &[EDDSA, BASE_URL]);
    let head = format!("POST /user/signup HTTP/1.1\n{JSON}");
    let body = format!(r#"{{"email":"{ADA}","password":"{PASSWORD}"}}"#);
    server.send(&head, &body);
    let form = format!("username=ada%40example.com&password={PASSWORD}");
    let signed_in = server.send(&format!("POST /user/signin HTTP/1.1\n{FORM}"), &form);
    let token = field(&signed_in, "access_token");
    assert!(me(&server, token).starts_with("HTTP/1.1 200"));

    let first = house.runs(&[EDDSA], &["keys", "list"]).well();
    let [key] = &rows(&first)[..] else {
        panic!("one key is there: {first}");
    };
    assert_eq!((key[1], key[6]), ("EdDSA", "signs"), "{first}");
    let made = house.runs(&[EDDSA], &["keys", "rotate"]).well();
    assert!(
        made.starts_with("created ") && made.contains("signs from 2"),
        "{made}"
    );
    let both = house.runs(&[EDDSA], &["keys", "list"]).well();
    let [old, new] = &rows(&both)[..] else {
        panic!("two keys are there: {both}");
    };
    assert_eq!((old[0], old[6]), (key[0], "signs"), "{both}");
    assert_eq!(new[6], "verifies", "{both}");
    assert_eq!(
        old[4], new[3],
        "the old one signs until the new one does: {both}"
    );
    assert!(made.contains(new[0]), "{made}");
    assert!(me(&server, token).starts_with("HTTP/1.1 200"));
    server.stop();
}

#[test]
fn the_key_of_hs256_changes_with_the_secret_alone() {
    let house = House::new();
    house.install();
    let listed = house.runs(&[], &["keys", "list"]).aside();
    assert!(listed.contains("derived from the secret"), "{listed}");
    let refused = house.runs(&[], &["keys", "rotate"]).complaint();
    for words in ["SECRET_KEY_PREVIOUS", "tokens.jwt.algorithm"] {
        assert!(refused.contains(words), "{refused}");
    }
}

/// Nothing waits for the disk while a request is answered, so it is written at the end.
#[tokio::test]
async fn what_was_used_is_known_after_the_end() {
    let house = House::new();
    let secret = ("SECRET_KEY", "a secret key of more than thirty-two bytes");
    let door = Door::open(&house, secret.1, "HS256").await;
    let user = door.sign_up().await;
    let session = door.sign_in(Wanted::DATABASE).await.session;
    let name = TokenName::parse("backup").expect("is a name");
    let day = std::time::Duration::from_secs(86_400);
    let made = door
        .guestlist
        .make_token(session.id, name, Scope::Read, day);
    let made = made.await.expect("makes");
    let server = Server::start(house.folder(), &[secret, BASE_URL]);
    assert!(me(&server, made.secret.expose()).starts_with("HTTP/1.1 200"));
    let unknown = door.guestlist.list_tokens(user, None, 9).await;
    assert_eq!(unknown.expect("lists")[0].last_used_at, None);
    server.stop();
    let tokens = door.guestlist.list_tokens(user, None, 9).await;
    let tokens = tokens.expect("lists");
    assert!(
        tokens[0].last_used_at >= Some(session.created_at),
        "{tokens:?}"
    );
    door.close().await;
}
