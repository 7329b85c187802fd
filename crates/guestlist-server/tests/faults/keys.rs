//! Tokens of a key that only the store knows, while the store fails.

use std::sync::Arc;

use futures_util::future::join_all;
use guestlist::{
    Algorithm, Client, Guestlist, Password, PasswordCost, SecretKey, Wanted, operations,
    testing::{Fault, email},
};
use tokio::time::Instant;

use super::{
    LONGEST,
    fixture::{FaultyApp, Step},
};
use crate::test_app::{BASE_URL, PASSWORD, SECRET};

const ME: &str = "/api/v1/me";
const ADA: &str = "ada@example.com";

/// Returns a token of Ada's that another node signed with a key it has just created.
async fn signed_elsewhere(faulty: &FaultyApp) -> String {
    let app = &faulty.app;
    app.signed_in(ADA).await;
    let secret = SecretKey::new(SECRET).expect("is a key");
    let clock = Arc::clone(&app.clock);
    let node = Guestlist::builder_over(app.stores.accounts.clone(), secret)
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

/// The token cannot be verified, so it is neither refused nor accepted. It is accepted when the
/// store works again.
#[tokio::test]
async fn while_the_store_fails_a_token_of_an_unknown_key_gets_a_503() {
    for fault in [Fault::NotDone, Fault::AnswerLost] {
        let faulty = FaultyApp::open().await;
        let good = signed_elsewhere(&faulty).await;
        let (head, _) = good.rsplit_once('.').expect("is signed");
        let forged = format!("{head}.{}", "A".repeat(86));
        faulty.fails_at(Step::Store(operations::list_keys()), fault);
        for token in [&good, &forged, &good] {
            let answer = faulty.app.get(ME, Some(token)).await;
            answer.refused(503, "unavailable");
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            assert_eq!(answer.header("www-authenticate"), None, "{answer:?}");
        }
        faulty.recovers();
        assert_eq!(faulty.app.get(ME, Some(&good)).await.status, 200);
        let answer = faulty.app.get(ME, Some(&forged)).await;
        answer.refused(401, "invalid_token");
    }
}

/// Requests with tokens of unknown keys wait for one query, but not longer than other requests.
#[tokio::test]
async fn many_tokens_of_unknown_keys_get_a_503_in_time_if_the_store_never_answers() {
    let faulty = FaultyApp::open().await;
    let good = signed_elsewhere(&faulty).await;
    faulty.fails_at(Step::Store(operations::list_keys()), Fault::NoAnswer);
    let began = Instant::now();
    let answers = join_all((0..20).map(|_| faulty.app.get(ME, Some(&good)))).await;
    assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());
    for answer in answers {
        answer.refused(503, "unavailable");
    }
    faulty.recovers();
    assert_eq!(faulty.app.get(ME, Some(&good)).await.status, 200);
}
