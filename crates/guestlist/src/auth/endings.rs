//! Whatever ends: after the answer nothing of it opens anything, however the token is made, whatever is
//! in the cache, and however late a look-up comes in that began before.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use super::{
    SignedIn, Wanted,
    scene::{PASSWORD, Scene, opens, password, refresh_token},
};
use crate::{
    Client, Clock, Extent, Guestlist, OpaqueToken, PasswordCost, SecretKey, UserId,
    identity_cache::CacheKey,
    testing::{MemoryStore, email},
};

const EVERY_KIND: [Wanted; 3] = [Wanted::DATABASE, Wanted::JWT, Wanted::JWT_ALONE];

/// How something may end.
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

    /// Whether it also ends what outlives sessions.
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

    /// Comes to pass; what is held from then on, if anything.
    async fn come(self, door: &Guestlist, user: UserId, held: &SignedIn) -> Option<SignedIn> {
        let session = held.session.id;
        let new = || password("another one");
        match self {
            Self::SignOut => door.sign_out(session).await.expect("ends"),
            Self::EndSession => door.end_session(user, session).await.expect("ends"),
            Self::RevokeAccess => {
                let token = held.access_token.expose();
                door.revoke(token).await.expect("revokes");
            }
            Self::RevokeRefresh => {
                let token = held.refresh_token.as_ref().map(OpaqueToken::expose);
                let token = token.unwrap_or(held.access_token.expose());
                door.revoke(token).await.expect("revokes");
            }
            Self::EndOthers => {
                let ended = door.end_other_sessions(session, Extent::Sessions).await;
                return Some(ended.expect("ends"));
            }
            Self::EndOthersAndTokens => {
                let ended = door.end_other_sessions(session, Extent::SessionsAndTokens);
                return Some(ended.await.expect("ends"));
            }
            Self::Disable => door.disable_user(user).await.expect("disables"),
            Self::Delete => door.delete_user(user).await.expect("deletes"),
            Self::SetPassword => door.set_password(user, new()).await.expect("sets"),
            Self::ChangePassword => {
                let changed = door.change_password(session, password(PASSWORD), new());
                return Some(changed.await.expect("changes"));
            }
        }
        None
    }
}

#[tokio::test]
async fn nothing_of_what_has_ended_opens_anything() {
    for wanted in EVERY_KIND {
        for ending in Ending::ALL {
            let scene = Scene::new().await;
            let held = scene.sign_in(wanted).await;
            let personal = scene.personal_token().await;
            let (access, personal) = (held.access_token.expose(), personal.secret.expose());
            let before = scene.clock.monotonic();
            let mut looked_up = Vec::new();
            for credential in [access, personal] {
                let identity = scene.guestlist.identify(credential).await;
                let key = CacheKey::of(credential);
                looked_up.push((key, identity.expect("opens")));
            }
            let now_held = ending.come(&scene.guestlist, scene.user.id, &held).await;
            let late = async || {
                for (key, identity) in &looked_up {
                    scene.guestlist.identities().keep(*key, identity, before);
                }
            };
            for _ in 0..2 {
                assert!(!scene.opens(access).await, "{wanted:?} {ending:?}");
                let personal_ends = ending.ends_personal_tokens();
                assert_eq!(scene.opens(personal).await, !personal_ends, "{ending:?}");
                late().await;
            }
            if held.refresh_token.is_some() {
                let refreshed = scene.refresh(refresh_token(&held)).await;
                assert!(refreshed.is_none(), "{wanted:?} {ending:?}");
            }
            if let Some(now_held) = now_held {
                assert!(scene.opens(now_held.access_token.expose()).await);
                assert_ne!(now_held.session.id, held.session.id);
                assert_eq!(
                    now_held.refresh_token.is_some(),
                    held.refresh_token.is_some(),
                    "of the same form"
                );
            }
        }
    }
}

/// Ends that name one session or token end no other.
#[tokio::test]
async fn what_has_not_ended_goes_on() {
    for ending in Ending::ALL {
        let scene = Scene::new().await;
        let (held, other) = (
            scene.sign_in(Wanted::DATABASE).await,
            scene.sign_in(Wanted::JWT).await,
        );
        ending.come(&scene.guestlist, scene.user.id, &held).await;
        let goes_on = matches!(
            ending,
            Ending::SignOut | Ending::EndSession | Ending::RevokeAccess | Ending::RevokeRefresh
        );
        let other_opens = scene.opens(other.access_token.expose()).await;
        assert_eq!(other_opens, goes_on, "{ending:?}");
    }
}

#[tokio::test]
async fn a_retired_or_revoked_personal_token_is_over_at_once() {
    for how in ["retire", "revoke"] {
        let scene = Scene::new().await;
        let (ends, stays) = (scene.personal_token().await, scene.personal_token().await);
        let token = ends.secret.expose();
        let before = scene.clock.monotonic();
        let looked_up = scene.guestlist.identify(token).await.expect("opens");
        match how {
            "retire" => {
                let retired = scene.guestlist.retire_token(scene.user.id, ends.token.id);
                retired.await.expect("retires");
            }
            _ => scene.guestlist.revoke(token).await.expect("revokes"),
        }
        assert!(!scene.opens(token).await, "{how}");
        let key = CacheKey::of(token);
        scene.guestlist.identities().keep(key, &looked_up, before);
        assert!(!scene.opens(token).await, "{how}");
        assert!(scene.opens(stays.secret.expose()).await, "{how}");
    }
}

/// The session goes on, but not for what was replaced.
#[tokio::test]
async fn a_late_look_up_of_a_token_that_was_rotated_away_is_no_answer() {
    let scene = Scene::new().await;
    let held = scene.sign_in(Wanted::DATABASE).await;
    let token = held.access_token.expose();
    let before = scene.clock.monotonic();
    let looked_up = scene.guestlist.identify(token).await.expect("opens");
    let next = scene
        .refresh(refresh_token(&held))
        .await
        .expect("refreshes");
    let key = CacheKey::of(token);
    scene.guestlist.identities().keep(key, &looked_up, before);
    assert!(!scene.opens(token).await);
    assert!(scene.opens(next.access_token.expose()).await);
}

/// Requests that begin after the answer, from many threads, with the same token.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_thousand_requests_after_the_answer_none_comes_in() {
    for wanted in [Wanted::DATABASE, Wanted::JWT] {
        for ending in Ending::ALL {
            let secret = SecretKey::weak("a secret").expect("is a key");
            let door = Guestlist::builder_over(Arc::new(MemoryStore::new()), secret)
                .password_cost(PasswordCost::for_tests())
                .build()
                .expect("builds");
            let ada = email("ada@example.com");
            let user = door.sign_up(ada.clone(), password(PASSWORD)).await;
            let user = user.expect("signs up").id;
            let client = Client::default();
            let held = door.sign_in(Some(&ada), password(PASSWORD), client, wanted);
            let held = held.await.expect("signs in");
            let answered = Arc::new(AtomicBool::new(false));
            let came_in_before = Arc::new(AtomicU32::new(0));
            let tasks: Vec<_> = (0..4)
                .map(|_| {
                    let (door, answered) = (door.clone(), Arc::clone(&answered));
                    let came_in_before = Arc::clone(&came_in_before);
                    let token = held.access_token.expose().to_owned();
                    tokio::spawn(async move {
                        let (mut after, mut came_in) = (0, 0);
                        while after < 2_500 {
                            let is_after = answered.load(Ordering::SeqCst);
                            let opened = opens(&door, &token).await;
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
            ending.come(&door, user, &held).await;
            answered.store(true, Ordering::SeqCst);
            for task in tasks {
                assert_eq!(task.await.expect("ends"), 0, "{wanted:?} {ending:?}");
            }
        }
    }
}
