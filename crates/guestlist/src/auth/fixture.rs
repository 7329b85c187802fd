//! The fixture of the use cases' tests: a [`Guestlist`] with a manual clock, and a user who can
//! sign in.

use std::{
    io::{self, Write},
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use tracing::{Dispatch, instrument::WithSubscriber};

use super::{IdentifyError, MadeToken, RefreshError, SignedIn};
use crate::{
    Builder, Client, Clock, Guestlist, Password, PasswordCost, Scope, SecretKey, Session,
    SessionId, SessionStore, Timestamp, TokenName, User, Wanted,
    testing::{ManualClock, MemoryStore, email},
};

pub(super) const PASSWORD: &str = "exemplary";
pub(super) const SECRET: &str = "a secret";

pub(super) struct Fixture {
    pub(super) guestlist: Guestlist,
    pub(super) store: Arc<MemoryStore>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) user: User,
}

impl Fixture {
    pub(super) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    /// Does the same with settings.
    pub(super) async fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let store = Arc::new(MemoryStore::new());
        let clock = Arc::new(ManualClock::new());
        let guestlist = build(&store, &clock, SECRET, configure);
        let signed_up = guestlist.sign_up(email("ada@example.com"), password(PASSWORD));
        Self {
            user: signed_up.await.expect("signs up"),
            guestlist,
            store,
            clock,
        }
    }

    /// Returns another node over the same store.
    pub(super) fn node(
        &self,
        secret: &str,
        configure: impl FnOnce(Builder) -> Builder,
    ) -> Guestlist {
        build(&self.store, &self.clock, secret, configure)
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

    /// Creates a personal access token with write scope for a day.
    pub(super) async fn personal_token(&self) -> MadeToken {
        let session = self.sign_in(Wanted::JWT).await.session.id;
        let name = TokenName::parse("backup").expect("is a name");
        let day = Duration::from_secs(86_400);
        let made = self.guestlist.make_token(session, name, Scope::Write, day);
        made.await.expect("makes")
    }

    /// Whether the credential identifies a user.
    pub(super) async fn opens(&self, credential: &str) -> bool {
        opens(&self.guestlist, credential).await
    }

    /// Returns the next tokens, if the refresh token is valid.
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

/// Returns the refresh token.
///
/// # Panics
///
/// Panics if the sign-in made no refresh token.
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

fn build(
    store: &Arc<MemoryStore>,
    clock: &Arc<ManualClock>,
    secret: &str,
    configure: impl FnOnce(Builder) -> Builder,
) -> Guestlist {
    let secret = SecretKey::weak(secret).expect("is a key");
    let builder = Guestlist::builder_over(store.clone(), secret)
        .clock(clock.clone())
        .password_cost(PasswordCost::for_tests());
    configure(builder).build().expect("builds")
}

/// Returns what is logged while the future runs, one line per event.
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

/// Two subscribers that stay. With only one, tracing caches for each log line whether the first
/// thread that reached it was interested. Then a test without a subscriber would switch the line
/// off for all others.
static LISTENING: LazyLock<[Dispatch; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish()))
});

/// A buffer for log lines.
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
