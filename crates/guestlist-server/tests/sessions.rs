//! `guestlist sessions`, as an operator types it beside a running server.

use guestlist::{Scope, TokenName, Wanted};

use crate::{
    binary::Server,
    secret_key::{ADA, BASE_URL, Door, me},
    users::House,
};

const SECRET: &str = "a secret key of more than thirty-two bytes";

#[tokio::test]
async fn everybody_is_signed_out_beside_a_running_server() {
    let house = House::new();
    let environment = [
        BASE_URL,
        ("SECRET_KEY", SECRET),
        ("GUESTLIST_SESSIONS__RECHECK", "0"),
    ];
    let server = Server::start(house.folder(), &environment);
    let door = Door::open(&house, SECRET, "HS256").await;
    door.sign_up().await;
    let mut held = Vec::new();
    for wanted in [Wanted::DATABASE, Wanted::JWT] {
        held.push(door.sign_in(wanted).await.access_token.expose().to_owned());
    }
    let session = door.sign_in(Wanted::DATABASE).await.session.id;
    let name = || TokenName::parse("gateway").expect("is a name");
    let day = std::time::Duration::from_secs(86_400);
    let made = door.guestlist.make_token(session, name(), Scope::Read, day);
    held.push(made.await.expect("makes").secret.expose().to_owned());
    let service = door.guestlist.issue_service_token(name(), None).await;
    let service = service.expect("issues").secret.expose().to_owned();
    let opens = |token: &str| me(&server, token).starts_with("HTTP/1.1 200");
    for token in &held {
        assert!(opens(token));
    }

    let complaint = house
        .runs(&environment, &["sessions", "end-all"])
        .complaint();
    assert!(complaint.contains("--yes"), "{complaint}");
    assert!(opens(&held[0]), "nothing was done");

    let said = house
        .runs(&environment, &["sessions", "end-all", "--yes"])
        .well();
    assert!(
        said.contains("ended all sessions and personal access tokens of 1 users"),
        "{said}"
    );
    assert!(said.contains("tokens of services stay valid"), "{said}");
    for token in &held {
        assert!(!opens(token));
    }
    assert!(door.guestlist.identify_service(&service).await.is_ok());
    let again = door.sign_in(Wanted::DATABASE).await;
    assert!(
        opens(again.access_token.expose()),
        "with the password of before"
    );

    let arguments = ["sessions", "end-all", "--services", "--yes"];
    let said = house.runs(&environment, &arguments).well();
    assert!(said.contains("revoked 1 tokens of services"), "{said}");
    assert!(!said.contains(ADA), "{said}");
    assert!(!opens(again.access_token.expose()));
    assert!(door.guestlist.identify_service(&service).await.is_err());
    door.close().await;
    server.stop();
}
