//! `guestlist sessions`, as an operator runs it beside a running server.

use guestlist::{Scope, TokenName, Wanted};

use crate::{
    binary::Server,
    secret_key::{ADA, BASE_URL, DirectGuestlist, me},
    users::Installation,
};

const SECRET: &str = "a secret key of more than thirty-two bytes";

#[tokio::test]
async fn end_all_signs_every_user_out_while_a_server_runs() {
    let installation = Installation::new();
    let environment = [
        BASE_URL,
        ("SECRET_KEY", SECRET),
        ("GUESTLIST_SESSIONS__RECHECK", "0"),
    ];
    let server = Server::start(installation.folder(), &environment);
    let direct = DirectGuestlist::open(&installation, SECRET, "HS256").await;
    direct.sign_up().await;
    let mut held = Vec::new();
    for wanted in [Wanted::DATABASE, Wanted::JWT] {
        held.push(
            direct
                .sign_in(wanted)
                .await
                .access_token
                .expose()
                .to_owned(),
        );
    }
    let session = direct.sign_in(Wanted::DATABASE).await.session.id;
    let name = || TokenName::parse("gateway").expect("is a name");
    let day = std::time::Duration::from_secs(86_400);
    let made = direct
        .guestlist
        .make_token(session, name(), Scope::Read, day);
    held.push(made.await.expect("makes").secret.expose().to_owned());
    let service = direct.guestlist.issue_service_token(name(), None).await;
    let service = service.expect("issues").secret.expose().to_owned();
    let opens = |token: &str| me(&server, token).starts_with("HTTP/1.1 200");
    for token in &held {
        assert!(opens(token));
    }

    let complaint = installation
        .runs(&environment, &["sessions", "end-all"])
        .failure();
    assert!(complaint.contains("--yes"), "{complaint}");
    assert!(opens(&held[0]), "without --yes no session ends");

    let said = installation
        .runs(&environment, &["sessions", "end-all", "--yes"])
        .success();
    assert!(
        said.contains("ended all sessions and personal access tokens of 1 user\n"),
        "{said}"
    );
    assert!(said.contains("tokens of services stay valid"), "{said}");
    for token in &held {
        assert!(!opens(token));
    }
    assert!(direct.guestlist.identify_service(&service).await.is_ok());
    let again = direct.sign_in(Wanted::DATABASE).await;
    assert!(
        opens(again.access_token.expose()),
        "the password is unchanged"
    );

    let arguments = ["sessions", "end-all", "--services", "--yes"];
    let said = installation.runs(&environment, &arguments).success();
    assert!(said.contains("revoked 1 token of services"), "{said}");
    assert!(!said.contains(ADA), "{said}");
    assert!(!opens(again.access_token.expose()));
    assert!(direct.guestlist.identify_service(&service).await.is_err());
    direct.close().await;
    server.stop();
}
