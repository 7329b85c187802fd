//! Tokens of a key that is known to the store alone, while the store cannot be asked.

use std::sync::Arc;

use futures_util::future::join_all;
use guestlist::{
    Algorithm, Client, Guestlist, Password, PasswordCost, SecretKey, Wanted, operations,
    testing::{Fault, email},
};
use tokio::time::Instant;

use super::{
    LONGEST,
    scene::{Stage, Step},
};
use crate::test_app::{BASE_URL, PASSWORD, SECRET};

const ME: &str = "/api/v1/me";
const ADA: &str = "ada@example.com";

/// A token of Ada's that another node signed, with a key that it made just now.
async fn signed_elsewhere(stage: &Stage) -> String {
    let app = &stage.app;
    app.signed_in(ADA).await;
    let secret = SecretKey::new(SECRET).expect("is a key");
    let clock = Arc::clone(&app.clock);
    let node = Guestlist::builder_over(app.stores.door.clone(), secret)
        .issuer(BASE_URL)
        .clock(clock)
        .algorithm(Algorithm::Es256)
        .password_cost(PasswordCost::for_tests())
        .build()
        .expect("builds");
    node.tend_keys().await.expect("makes a key");
    let (address, password) = (email(ADA), Password::new(PASSWORD));
    let signed_in = node.sign_in(Some(&address), password, Client::default(), Wanted::JWT);
    let signed_in = signed_in.await.expect("signs in");
    signed_in.access_token.expose().to_owned()
}

/// Whether it is good cannot be told, so it is neither refused nor let in; and once it can be told, it is.
#[tokio::test]
async fn a_token_of_an_unknown_key_is_unavailable_and_neither_refused_nor_let_in() {
    for fault in [Fault::NotDone, Fault::AnswerLost] {
        let stage = Stage::open().await;
        let good = signed_elsewhere(&stage).await;
        let (head, _) = good.rsplit_once('.').expect("is signed");
        let forged = format!("{head}.{}", "A".repeat(86));
        stage.fails_at(Step::Door(operations::list_keys()), fault);
        for token in [&good, &forged, &good] {
            let answer = stage.app.get(ME, Some(token)).await;
            answer.refused(503, "unavailable");
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            assert_eq!(answer.header("www-authenticate"), None, "{answer:?}");
        }
        stage.is_well_again();
        assert_eq!(stage.app.get(ME, Some(&good)).await.status, 200);
        let answer = stage.app.get(ME, Some(&forged)).await;
        answer.refused(401, "invalid_token");
    }
}

/// Those who bring tokens of unknown keys wait for each other, but not for longer than anybody.
#[tokio::test]
async fn many_tokens_of_unknown_keys_are_unavailable_at_once_where_the_store_never_answers() {
    let stage = Stage::open().await;
    let good = signed_elsewhere(&stage).await;
    stage.fails_at(Step::Door(operations::list_keys()), Fault::NoAnswer);
    let began = Instant::now();
    let answers = join_all((0..20).map(|_| stage.app.get(ME, Some(&good)))).await;
    assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
    for answer in answers {
        answer.refused(503, "unavailable");
    }
    stage.is_well_again();
    assert_eq!(stage.app.get(ME, Some(&good)).await.status, 200);
}
