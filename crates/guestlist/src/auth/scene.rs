//! A door at a time of our own, and somebody who signs in: where the tests of use cases begin.

use std::{
    io::{self, Write},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use tracing::{Dispatch, instrument::WithSubscriber};

use super::{IdentifyError, MadeToken, RefreshError, SignedIn, Wanted};
use crate::{
    Builder, Client, Clock, Guestlist, Password, PasswordCost, Scope, SecretKey, Session,
    SessionId, SessionStore, Timestamp, TokenName, User,
    testing::{ManualClock, MemoryStore, email},
};

pub(super) const PASSWORD: &str = "exemplary";
pub(super) const SECRET: &str = "a secret";

pub(super) struct Scene {
    pub(super) guestlist: Guestlist,
    pub(super) store: Arc<MemoryStore>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) user: User,
}

impl Scene {
    pub(super) async fn new() -> Self {
        Self::settled(|door| door).await
    }

    /// The same with a door that somebody has settings for.
    pub(super) async fn settled(settle: impl FnOnce(Builder) -> Builder) -> Self {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::new());
        let guestlist = door(&store, &clock, SECRET, settle);
        let signed_up = guestlist.sign_up(email("ada@example.com"), password(PASSWORD));
        Self {
            user: signed_up.await.expect("signs up"),
            guestlist,
            store,
            clock,
        }
    }

    /// Another door on the same store.
    pub(super) fn door(&self, secret: &str, settle: impl FnOnce(Builder) -> Builder) -> Guestlist {
        door(&self.store, &self.clock, secret, settle)
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) async fn try_sign_in(&self, typed: &str, wanted: Wanted) -> Option<SignedIn> {
        let client = Client::default();
        let email = Some(&self.user.email);
        let signed_in = self
            .guestlist
            .sign_in(email, password(typed), client, wanted);
        signed_in.await.ok()
    }

    pub(super) async fn sign_in(&self, wanted: Wanted) -> SignedIn {
        let signed_in = self.try_sign_in(PASSWORD, wanted).await;
        signed_in.expect("signs in")
    }

    /// A personal token, to write, for a day.
    pub(super) async fn personal_token(&self) -> MadeToken {
        let session = self.sign_in(Wanted::JWT).await.session.id;
        let name = TokenName::parse("backup").expect("is a name");
        let day = Duration::from_secs(86_400);
        let made = self.guestlist.make_token(session, name, Scope::Write, day);
        made.await.expect("makes")
    }

    /// Whether that opens the account.
    pub(super) async fn opens(&self, credential: &str) -> bool {
        opens(&self.guestlist, credential).await
    }

    /// What that refresh token is traded for, if anything.
    pub(super) async fn refresh(&self, token: &str) -> Option<SignedIn> {
        refresh(&self.guestlist, token).await
    }

    pub(super) async fn session(&self, id: SessionId) -> Option<Session> {
        let found = self.store.find_session(id).await.expect("answers");
        found.map(|(session, _)| session)
    }
}

pub(super) fn password(typed: &str) -> Password {
    Password::new(typed)
}

/// # Panics
/// When there is none.
pub(super) fn refresh_token(signed_in: &SignedIn) -> &str {
    let token = signed_in.refresh_token.as_ref();
    token.expect("has one").expose()
}

pub(super) async fn opens(guestlist: &Guestlist, credential: &str) -> bool {
    match guestlist.identify(credential).await {
        Ok(_) => true,
        Err(IdentifyError::InvalidToken) => false,
        Err(error) => panic!("{error}"),
    }
}

pub(super) async fn refresh(guestlist: &Guestlist, token: &str) -> Option<SignedIn> {
    refresh_from(guestlist, token, Client::default()).await
}

pub(super) async fn refresh_from(
    guestlist: &Guestlist,
    token: &str,
    client: Client,
) -> Option<SignedIn> {
    match guestlist.refresh(token, client).await {
        Ok(refreshed) => Some(refreshed),
        Err(RefreshError::InvalidGrant | RefreshError::TooManyRetries) => None,
        Err(error) => panic!("{error}"),
    }
}

fn door(
    store: &Arc<MemoryStore>,
    clock: &Arc<ManualClock>,
    secret: &str,
    settle: impl FnOnce(Builder) -> Builder,
) -> Guestlist {
    let secret = SecretKey::weak(secret).expect("is a key");
    let door = Guestlist::builder_over(store.clone(), secret)
        .clock(clock.clone())
        .password_cost(PasswordCost::for_tests());
    settle(door).build().expect("builds")
}

/// What is logged while that is done, a line an event.
pub(super) async fn logged(done: impl Future<Output = ()>) -> String {
    let paper = Paper::default();
    let writer = paper.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    LazyLock::force(&LISTENING);
    done.with_subscriber(subscriber).await;
    let written = paper.0.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(&written).into_owned()
}

/// Two subscribers that stay. While tracing knows only one, it decides by the thread that reaches a line first
/// whether that line is ever of interest: a test without a subscriber would switch it off for all others.
static LISTENING: LazyLock<[Dispatch; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish()))
});

/// What is written on.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
