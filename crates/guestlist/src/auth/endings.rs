//! Tests of every way to end a session or a token: after the answer it is refused. This holds for
//! every kind of token, with every state of the cache, and for a look-up that began before.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use super::{
    SignedIn,
    fixture::{Fixture, PASSWORD, opens, password, refresh_token},
};
use crate::{
    Client, Clock, Extent, Guestlist, OpaqueToken, PasswordCost, SecretKey, UserId, Wanted,
    identity_cache::CacheKey,
    testing::{MemoryStore, email},
};

const EVERY_KIND: [Wanted; 3] = [Wanted::DATABASE, Wanted::JWT, Wanted::JWT_ALONE];

/// A way to end sessions or tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    SignOut,
    EndSession,
    RevokeAccess,
    RevokeRefresh,
    EndOthers,
    EndOthersAndTokens,
    Disable,
    Delete,
    SetPassword,
    ChangePassword,
}

impl Ending {
    const ALL: [Self; 10] = [
        Self::SignOut,
        Self::EndSession,
        Self::RevokeAccess,
        Self::RevokeRefresh,
        Self::EndOthers,
        Self::EndOthersAndTokens,
        Self::Disable,
        Self::Delete,
        Self::SetPassword,
        Self::ChangePassword,
    ];

    /// Whether it also ends personal access tokens.
    fn ends_personal_tokens(self) -> bool {
        matches!(
            self,
            Self::EndOthersAndTokens
                | Self::Disable
                | Self::Delete
                | Self::SetPassword
                | Self::ChangePassword
        )
    }

    /// Performs the ending, and returns the new credentials, if there are any.
    async fn perform(
        self,
        guestlist: &Guestlist,
        user: UserId,
        held: &SignedIn,
    ) -> Option<SignedIn> {
        let session = held.session.id;
        let new = || password("another one");
        match self {
            Self::SignOut => guestlist.sign_out(session).await.expect("ends"),
            Self::EndSession => guestlist.end_session(user, session).await.expect("ends"),
            Self::RevokeAccess => {
                let token = held.access_token.expose();
                guestlist.revoke(token).await.expect("revokes");
            }
            Self::RevokeRefresh => {
                let token = held.refresh_token.as_ref().map(OpaqueToken::expose);
                let token = token.unwrap_or(held.access_token.expose());
                guestlist.revoke(token).await.expect("revokes");
            }
            Self::EndOthers => {
                let ended = guestlist
                    .end_other_sessions(session, Extent::Sessions)
                    .await;
                return Some(ended.expect("ends"));
            }
            Self::EndOthersAndTokens => {
                let ended = guestlist.end_other_sessions(session, Extent::SessionsAndTokens);
                return Some(ended.await.expect("ends"));
            }
            Self::Disable => guestlist.disable_user(user).await.expect("disables"),
            Self::Delete => guestlist.delete_user(user).await.expect("deletes"),
            Self::SetPassword => guestlist.set_password(user, new()).await.expect("sets"),
            Self::ChangePassword => {
                let changed = guestlist.change_password(session, password(PASSWORD), new());
                return Some(changed.await.expect("changes"));
            }
        }
        None
    }
}

#[tokio::test]
async fn ended_credentials_are_refused() {
    for wanted in EVERY_KIND {
        for ending in Ending::ALL {
            let fixture = Fixture::new().await;
            let held = fixture.sign_in(wanted).await;
            let personal = fixture.personal_token().await;
            let (access, personal) = (held.access_token.expose(), personal.secret.expose());
            let before = fixture.clock.monotonic();
            let mut looked_up = Vec::new();
            for credential in [access, personal] {
                let identity = fixture.guestlist.identify(credential).await;
                let key = CacheKey::of(credential);
                looked_up.push((key, identity.expect("opens")));
            }
            let now_held = ending
                .perform(&fixture.guestlist, fixture.user.id, &held)
                .await;
            let late = async || {
                for (key, identity) in &looked_up {
                    fixture.guestlist.identities().keep(*key, identity, before);
                }
            };
            for _ in 0..2 {
                assert!(!fixture.opens(access).await, "{wanted:?} {ending:?}");
                let personal_ends = ending.ends_personal_tokens();
                assert_eq!(fixture.opens(personal).await, !personal_ends, "{ending:?}");
                late().await;
            }
            if held.refresh_token.is_some() {
                let refreshed = fixture.refresh(refresh_token(&held)).await;
                assert!(refreshed.is_none(), "{wanted:?} {ending:?}");
            }
            if let Some(now_held) = now_held {
                assert!(fixture.opens(now_held.access_token.expose()).await);
                assert_ne!(now_held.session.id, held.session.id);
                assert_eq!(
                    now_held.refresh_token.is_some(),
                    held.refresh_token.is_some(),
                    "of the same kind"
                );
            }
        }
    }
}

/// An ending of one session or token ends no other.
#[tokio::test]
async fn other_sessions_stay_valid() {
    for ending in Ending::ALL {
        let fixture = Fixture::new().await;
        let (held, other) = (
            fixture.sign_in(Wanted::DATABASE).await,
            fixture.sign_in(Wanted::JWT).await,
        );
        ending
            .perform(&fixture.guestlist, fixture.user.id, &held)
            .await;
        let goes_on = matches!(
            ending,
            Ending::SignOut | Ending::EndSession | Ending::RevokeAccess | Ending::RevokeRefresh
        );
        let other_opens = fixture.opens(other.access_token.expose()).await;
        assert_eq!(other_opens, goes_on, "{ending:?}");
    }
}

#[tokio::test]
async fn a_revoked_personal_token_is_refused_at_once() {
    for how in ["retire", "revoke"] {
        let fixture = Fixture::new().await;
        let (ends, stays) = (
            fixture.personal_token().await,
            fixture.personal_token().await,
        );
        let token = ends.secret.expose();
        let before = fixture.clock.monotonic();
        let looked_up = fixture.guestlist.identify(token).await.expect("opens");
        match how {
            "retire" => {
                let retired = fixture
                    .guestlist
                    .retire_token(fixture.user.id, ends.token.id);
                retired.await.expect("retires");
            }
            _ => fixture.guestlist.revoke(token).await.expect("revokes"),
        }
        assert!(!fixture.opens(token).await, "{how}");
        let key = CacheKey::of(token);
        fixture.guestlist.identities().keep(key, &looked_up, before);
        assert!(!fixture.opens(token).await, "{how}");
        assert!(fixture.opens(stays.secret.expose()).await, "{how}");
    }
}

/// The session goes on, and the replaced token does not.
#[tokio::test]
async fn a_late_look_up_of_a_replaced_token_is_not_cached() {
    let fixture = Fixture::new().await;
    let held = fixture.sign_in(Wanted::DATABASE).await;
    let token = held.access_token.expose();
    let before = fixture.clock.monotonic();
    let looked_up = fixture.guestlist.identify(token).await.expect("opens");
    let next = fixture
        .refresh(refresh_token(&held))
        .await
        .expect("refreshes");
    let key = CacheKey::of(token);
    fixture.guestlist.identities().keep(key, &looked_up, before);
    assert!(!fixture.opens(token).await);
    assert!(fixture.opens(next.access_token.expose()).await);
}

/// Requests that begin after the answer, on many threads, with the same token.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_requests_after_the_end_are_all_refused() {
    for wanted in [Wanted::DATABASE, Wanted::JWT] {
        for ending in Ending::ALL {
            let secret = SecretKey::weak("a secret").expect("is a key");
            let guestlist = Guestlist::builder_over(Arc::new(MemoryStore::new()), secret)
                .password_cost(PasswordCost::for_tests())
                .build()
                .expect("builds");
            let ada = email("ada@example.com");
            let user = guestlist.sign_up(ada.clone(), password(PASSWORD)).await;
            let user = user.expect("signs up").id;
            let client = Client::default();
            let held = guestlist.sign_in(Some(&ada), password(PASSWORD), client, wanted);
            let held = held.await.expect("signs in");
            let answered = Arc::new(AtomicBool::new(false));
            let came_in_before = Arc::new(AtomicU32::new(0));
            let tasks: Vec<_> = (0..4)
                .map(|_| {
                    let (guestlist, answered) = (guestlist.clone(), Arc::clone(&answered));
                    let came_in_before = Arc::clone(&came_in_before);
                    let token = held.access_token.expose().to_owned();
                    tokio::spawn(async move {
                        let (mut after, mut came_in) = (0, 0);
                        while after < 2_500 {
                            let is_after = answered.load(Ordering::SeqCst);
                            let opened = opens(&guestlist, &token).await;
                            after += u32::from(is_after);
                            came_in += u32::from(is_after && opened);
                            came_in_before.fetch_add(u32::from(opened), Ordering::SeqCst);
                            tokio::task::yield_now().await;
                        }
                        came_in
                    })
                })
                .collect();
            while came_in_before.load(Ordering::SeqCst) < 100 {
                tokio::task::yield_now().await;
            }
            ending.perform(&guestlist, user, &held).await;
            answered.store(true, Ordering::SeqCst);
            for task in tasks {
                assert_eq!(task.await.expect("ends"), 0, "{wanted:?} {ending:?}");
            }
        }
    }
}
