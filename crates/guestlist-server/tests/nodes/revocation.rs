//! A session or token that ends on one node, or by a command, is refused by the other node within
//! `sessions.recheck`.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use serde_json::json;
use tokio::time::Instant;

use super::Nodes;
use crate::{client::Client, test_app::PASSWORD};

/// How many requests go to the other node after the bound, for all kinds of ends together.
const REQUESTS: usize = 10_000;
/// How many threads send them. They keep the node's cache as fresh as possible.
const SENDERS: usize = 4;
/// How long the other node is asked before the end.
const BEFORE: Duration = Duration::from_millis(100);

/// The ways a session or token ends.
#[derive(Clone, Copy, Debug)]
enum End {
    SignOut,
    AllOtherSessions,
    AnotherPassword,
    RevokedToken,
    DisabledUser,
}

const ENDS: [End; 5] = [
    End::SignOut,
    End::AllOtherSessions,
    End::AnotherPassword,
    End::RevokedToken,
    End::DisabledUser,
];

#[test]
fn with_a_recheck_of_one_second_the_other_node_refuses_after_one_second() {
    nothing_opens_after("1", Duration::from_secs(1));
}

#[test]
fn with_a_recheck_of_zero_the_other_node_refuses_at_once() {
    nothing_opens_after("0", Duration::ZERO);
}

fn nothing_opens_after(recheck: &str, bound: Duration) {
    let nodes = Nodes::with(&[("GUESTLIST_SESSIONS__RECHECK", recheck)]);
    let [here, there] = nodes.start_both();
    for (number, end) in ENDS.into_iter().enumerate() {
        let mut client = Client::connect(here.address()).expect("connects");
        let email = format!("ada{number}@example.com");
        assert_eq!(client.sign_up(&email).expect("is answered").status, 201);
        let mut open = || client.sign_in(&email).expect("is answered").tokens();
        let (ends, asks) = (open(), open());
        let came_in = watched(there.address(), &ends.access, bound, || {
            end.comes(&nodes, &mut client, &email, (&ends.access, &asks.access));
        });
        assert_eq!(came_in, 0, "{end:?}: of {} requests", REQUESTS / ENDS.len());
    }
    here.stop();
    there.stop();
}

impl End {
    /// Ends the session or token `ends`. `asks` is the token of another session of the same user.
    fn comes(self, nodes: &Nodes, client: &mut Client, email: &str, (ends, asks): (&str, &str)) {
        let bearer = |token: &str| [("Authorization", format!("Bearer {token}"))];
        let (json, form) = ("application/json", "application/x-www-form-urlencoded");
        let reply = match self {
            Self::SignOut => client.sign_out(ends),
            Self::AllOtherSessions => {
                client.ask("DELETE /api/v1/sessions", &bearer(asks), json, "")
            }
            Self::AnotherPassword => {
                let change =
                    json!({ "current_password": PASSWORD, "new_password": "quite another one" });
                client.ask(
                    "PUT /api/v1/me/password",
                    &bearer(asks),
                    json,
                    &change.to_string(),
                )
            }
            Self::RevokedToken => client.ask(
                "POST /api/v1/token/revoke",
                &[],
                form,
                &format!("token={ends}"),
            ),
            Self::DisabledUser => {
                nodes.types(&["users", "disable", email]);
                return;
            }
        };
        let reply = reply.expect("is answered");
        assert!((200..300).contains(&reply.status), "{self:?}: {reply:?}");
    }
}

/// Counts the requests that the node accepted later than `bound` after the end.
fn watched(address: &str, token: &str, bound: Duration, end: impl FnOnce()) -> usize {
    let (over, before) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (after, came_in) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                let mut client = Client::connect(address).expect("connects");
                while after.load(Ordering::SeqCst) < REQUESTS / ENDS.len() {
                    let is_over = over.load(Ordering::SeqCst);
                    let status = client.me(token).expect("is answered").status;
                    assert!([200, 401].contains(&status), "{status}");
                    let count = if is_over { &after } else { &before };
                    count.fetch_add(1, Ordering::SeqCst);
                    if is_over && status == 200 {
                        came_in.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
        thread::sleep(BEFORE);
        end();
        let ended = Instant::now();
        while ended.elapsed() < bound {
            thread::sleep(bound.saturating_sub(ended.elapsed()));
        }
        over.store(true, Ordering::SeqCst);
    });
    assert!(
        before.into_inner() > 0,
        "no request was sent before the end"
    );
    came_in.into_inner()
}
