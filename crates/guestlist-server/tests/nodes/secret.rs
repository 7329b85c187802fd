//! The secret key is changed on both nodes, one after the other, as docs/tokens.md says. No user is
//! signed out.

use serde_json::json;

use super::Nodes;
use crate::{binary::Server, client::Client, test_app::Tokens};

const OLD: &str = "the first secret key, which both nodes share";
const NEW: &str = "the secret that comes next, known to both nodes";
const JSON: &str = "application/json";

fn client(node: &Server) -> Client {
    Client::connect(node.address()).expect("connects")
}

fn sign_in(node: &Server) -> Tokens {
    let signed_in = client(node).sign_in("ada@example.com");
    signed_in.expect("is answered").tokens()
}

fn opens(node: &Server, token: &str) -> bool {
    let reply = client(node).me(token).expect("is answered");
    assert!([200, 401].contains(&reply.status), "{reply:?}");
    reply.status == 200
}

fn refresh(node: &Server, token: &str) -> Tokens {
    let refreshed = client(node).refresh(token).expect("is answered");
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    refreshed.tokens()
}

fn personal_token(node: &Server, access: &str) -> String {
    let bearer = [("Authorization", format!("Bearer {access}"))];
    let wanted = json!({ "name": "backup", "scope": "read", "expires_in": 3_600 });
    let made = client(node).ask("POST /api/v1/me/tokens", &bearer, JSON, &wanted.to_string());
    let made = made.expect("is answered");
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["token"]
        .as_str()
        .expect("is a string")
        .to_owned()
}

/// Asserts that each node accepts, refreshes and refreshes again what the other node issues.
fn assert_each_accepts_tokens_of_the_other(nodes: [&Server; 2], held: &[&str]) {
    for [one, other] in [nodes, [nodes[1], nodes[0]]] {
        for token in held {
            assert!(opens(one, token) && opens(other, token));
        }
        let made = sign_in(one);
        assert!(opens(other, &made.access));
        let refreshed = refresh(other, &made.refresh);
        assert!(opens(one, &refreshed.access));
        let again = refresh(one, &made.refresh);
        assert_eq!(
            again.refresh, refreshed.refresh,
            "a repeated refresh gets the same answer"
        );
        assert!(opens(other, &refresh(one, &refreshed.refresh).access));
    }
}

#[test]
fn changing_the_secret_node_by_node_signs_no_user_out() {
    let nodes = Nodes::with(&[]);
    let secrets = |secret, previous| [("SECRET_KEY", secret), ("SECRET_KEY_PREVIOUS", previous)];
    let [mut one, mut two] = nodes.start_both();
    let signed_up = client(&one).sign_up("ada@example.com");
    assert_eq!(signed_up.expect("is answered").status, 201);
    let held = sign_in(&one);
    let personal = personal_token(&one, &held.access);
    let unused = personal_token(&one, &held.access);
    let held = [held.access.as_str(), &personal];
    assert_each_accepts_tokens_of_the_other([&one, &two], &held);

    // Step 1: both nodes accept the next secret, and no node uses it yet.
    one.stop();
    one = nodes.start_with(0, &secrets(OLD, NEW));
    assert_each_accepts_tokens_of_the_other([&one, &two], &held);
    two.stop();
    two = nodes.start_with(1, &secrets(OLD, NEW));
    assert_each_accepts_tokens_of_the_other([&one, &two], &held);

    // Step 2: the secrets are swapped.
    one.stop();
    one = nodes.start_with(0, &secrets(NEW, OLD));
    assert_each_accepts_tokens_of_the_other([&one, &two], &held);
    two.stop();
    two = nodes.start_with(1, &secrets(NEW, OLD));
    assert_each_accepts_tokens_of_the_other([&one, &two], &held);
    let new = sign_in(&one);

    // Step 3: the old secret is removed.
    one.stop();
    one = nodes.start_with(0, &[("SECRET_KEY", NEW)]);
    two.stop();
    two = nodes.start_with(1, &[("SECRET_KEY", NEW)]);
    assert_each_accepts_tokens_of_the_other([&one, &two], &[&new.access, &personal]);
    assert!(!opens(&one, held[0]), "it was never refreshed");
    assert!(!opens(&one, &unused), "it was never used");
    one.stop();
    two.stop();
}

/// Shows why step 1 is needed.
#[test]
fn a_node_that_knows_the_old_secret_only_refuses_tokens_of_the_new_secret() {
    let nodes = Nodes::with(&[]);
    let [one, two] = nodes.start_both();
    let signed_up = client(&one).sign_up("ada@example.com");
    assert_eq!(signed_up.expect("is answered").status, 201);
    let held = sign_in(&one);
    one.stop();
    let one = nodes.start_with(0, &[("SECRET_KEY", NEW), ("SECRET_KEY_PREVIOUS", OLD)]);
    assert!(opens(&one, &held.access) && opens(&two, &held.access));
    let made = sign_in(&one);
    assert!(!opens(&two, &made.access));
    one.stop();
    two.stop();
}
