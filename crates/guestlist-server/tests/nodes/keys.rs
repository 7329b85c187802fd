//! Signing keys are created, rotated and retired on both nodes.

use std::{sync::Arc, time::Duration};

use guestlist::{
    Algorithm, Client, Guestlist, Password, PasswordCost, SecretKey, Wanted,
    testing::{ManualClock, email},
};
use guestlist_server::database::Stores;

use super::Nodes;
use crate::{
    client,
    test_app::{BASE_URL, PASSWORD, SECRET},
};

const EDDSA: (&str, &str) = ("GUESTLIST_TOKENS__JWT__ALGORITHM", "EdDSA");
const JWT: (&str, &str) = ("GUESTLIST_TOKENS__STRATEGY", "jwt");
/// How often a node maintains its keys.
const TENDS: Duration = Duration::from_secs(600);

/// Each node may have created a first key and signed with it at once. The other node has not read
/// that key when it receives the token.
#[test]
fn a_node_accepts_a_token_signed_with_a_key_that_it_has_not_read_yet() {
    let nodes = Nodes::with(&[EDDSA, JWT]);
    let running = nodes.start_both();
    let connect =
        |number: usize| client::Client::connect(running[number].address()).expect("connects");
    let mut clients = [connect(0), connect(1)];
    assert_eq!(
        clients[0]
            .sign_up("ada@example.com")
            .expect("is answered")
            .status,
        201
    );
    nodes.types(&["keys", "rotate"]);
    for round in 0..10 {
        let [here, there] = &mut clients;
        let (here, there) = if round % 2 == 0 {
            (here, there)
        } else {
            (there, here)
        };
        let token = here
            .sign_in("ada@example.com")
            .expect("is answered")
            .tokens()
            .access;
        assert_eq!(token.split('.').count(), 3, "it is signed: {token}");
        let me = there.me(&token).expect("is answered");
        assert_eq!(me.status, 200, "{round}: {me:?}");
    }
}

/// A second `Guestlist` over the same database, as on another machine.
async fn node(url: &str, clock: &Arc<ManualClock>) -> Guestlist {
    let stores = Stores::open(url).await.expect("opens");
    let secret = SecretKey::new(SECRET).expect("is a key");
    Guestlist::builder_over(stores.accounts, secret)
        .issuer(BASE_URL)
        .clock(clock.clone())
        .algorithm(Algorithm::EdDsa)
        .recheck(Duration::ZERO)
        .password_cost(PasswordCost::for_tests())
        .build()
        .expect("builds")
}

/// Covers two rotations, with nodes that read the keys at different times.
#[tokio::test]
async fn keys_rotate_on_both_nodes_and_no_token_is_refused() {
    let nodes = Nodes::with(&[]);
    let clock = Arc::new(ManualClock::new());
    let [one, other] = [
        node(nodes.database.url(), &clock).await,
        node(nodes.database.url(), &clock).await,
    ];
    let address = email("ada@example.com");
    let signed_up = one.sign_up(address.clone(), Password::new(PASSWORD));
    signed_up.await.expect("signs up");
    one.tend_keys().await.expect("makes the first");
    other.tend_keys().await.expect("reads it");
    let mut signing = std::collections::BTreeSet::new();
    for turn in 0..36 {
        if turn % 12 == 3 {
            other.rotate_keys().await.expect("makes another");
        }
        let tends = if turn % 2 == 0 { &one } else { &other };
        tends.tend_keys().await.expect("tends");
        for (from, to) in [(&one, &other), (&other, &one)] {
            let signed_in = from
                .sign_in(
                    Some(&address),
                    Password::new(PASSWORD),
                    Client::default(),
                    Wanted::JWT,
                )
                .await
                .expect("signs in");
            let token = signed_in.access_token.expose();
            signing.extend(token.split('.').next().map(str::to_owned));
            assert!(to.identify(token).await.is_ok(), "turn {turn}");
        }
        clock.advance(TENDS / 2);
    }
    assert_eq!(signing.len(), 3, "each key signed tokens: {signing:?}");
}
