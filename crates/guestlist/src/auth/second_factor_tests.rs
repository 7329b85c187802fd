//! Tests of the second factor, from its set-up to its removal: what it asks for, and that nothing
//! leads around it.

use super::{CodeError, DeviceToken, FinishSignInError, SecondFactorError, fixture::*};
use crate::{
    ChangePasswordError, Client, Ended, Extent, FactorKind, FactorStore, Guestlist,
    ReauthenticateError, ReauthenticatedError, RecoveryCode, SecretKey, SessionId, SignInChallenge,
    SignInError, SignInMethod, SignedIn, Strategy, Timestamp, TotpSecret, UserStore, Wanted,
    testing::email,
};

/// A user with a second factor.
struct Enrolled {
    fixture: Fixture,
    secret: TotpSecret,
    codes: Vec<RecoveryCode>,
    /// The session that set the factor up.
    session: SessionId,
}

impl Enrolled {
    async fn new() -> Self {
        Self::of(Fixture::new().await).await
    }

    async fn of(fixture: Fixture) -> Self {
        let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
        let set_up = fixture.guestlist.start_totp(session).await.expect("starts");
        let secret = set_up.secret;
        let code = secret.code_at(fixture.now());
        let codes = fixture.guestlist.confirm_totp(session, &code).await;
        Self {
            codes: codes.expect("confirms"),
            fixture,
            secret,
            session,
        }
    }

    fn guestlist(&self) -> &Guestlist {
        &self.fixture.guestlist
    }

    /// The code of the step after the current one, which is always unused at first.
    fn next_code(&self) -> String {
        self.fixture.advance(30);
        self.secret.code_at(self.fixture.now())
    }

    /// A code that is not the right one of any accepted step.
    fn wrong_code(&self) -> String {
        let now = self.fixture.now().as_millis();
        let near =
            [-30_000, 0, 30_000].map(|off| self.secret.code_at(Timestamp::from_millis(now + off)));
        let mut all = (0..1_000_000).map(|code| format!("{code:06}"));
        all.find(|code| !near.contains(code)).expect("there is one")
    }

    async fn challenge_for(&self, client: &Client) -> SignInChallenge {
        let user = Some(&self.fixture.user.email);
        let tried =
            self.guestlist()
                .sign_in(user, password(PASSWORD), client.clone(), Wanted::DATABASE);
        match tried.await {
            Err(SignInError::SecondFactorRequired(challenge)) => challenge,
            other => panic!("{other:?}"),
        }
    }

    async fn challenge(&self) -> SignInChallenge {
        self.challenge_for(&Client::default()).await
    }

    async fn finish(
        &self,
        challenge: &SignInChallenge,
        code: &str,
    ) -> Result<SignedIn, FinishSignInError> {
        let client = Client::default();
        let finished = self
            .guestlist()
            .finish_sign_in(challenge, code, client, Wanted::DATABASE);
        finished.await
    }
}

fn is_wrong<T>(outcome: &Result<T, FinishSignInError>) -> bool {
    matches!(outcome, Err(FinishSignInError::Code(CodeError::WrongCode)))
}

fn is_used<T>(outcome: &Result<T, FinishSignInError>) -> bool {
    matches!(outcome, Err(FinishSignInError::Code(CodeError::CodeUsed)))
}

fn has_expired<T>(outcome: &Result<T, FinishSignInError>) -> bool {
    matches!(outcome, Err(FinishSignInError::ChallengeExpired))
}

#[tokio::test]
async fn a_secret_counts_only_after_its_first_code() {
    let fixture = Fixture::new().await;
    let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
    let guestlist = &fixture.guestlist;
    let first = guestlist.start_totp(session).await.expect("starts");
    let again = guestlist.start_totp(session).await.expect("starts again");
    let pending = guestlist.pending_totp(session).await.expect("answers");
    let pending = pending.expect("is there").secret.to_base32();
    assert_eq!(pending, again.secret.to_base32());
    let url = again.otpauth_url();
    let expected = format!(
        "otpauth://totp/guestlist:ada%40example.com?secret={}&issuer=guestlist&algorithm=SHA1&digits=6&period=30",
        *again.secret.to_base32()
    );
    assert_eq!(*url, expected);
    let user = fixture.user.id;
    assert_eq!(
        guestlist.second_factor_of(user).await.expect("answers"),
        None
    );
    fixture.sign_in(Wanted::DATABASE).await;
    let now = fixture.now();
    let old = first.secret.code_at(now);
    let old = guestlist.confirm_totp(session, &old).await;
    let is_wrong = matches!(old, Err(SecondFactorError::Code(CodeError::WrongCode)));
    assert!(is_wrong, "the replaced secret");
    let code = again.secret.code_at(now);
    let codes = guestlist.confirm_totp(session, &code).await;
    assert_eq!(codes.expect("confirms").len(), 10);
    let second = guestlist.second_factor_of(user).await.expect("answers");
    let second = second.expect("is set");
    assert_eq!((second.since, second.codes_left), (now, 10));
    for refused in [
        guestlist.start_totp(session).await.err(),
        guestlist.confirm_totp(session, &code).await.err(),
    ] {
        assert!(matches!(refused, Some(SecondFactorError::AlreadySet)));
    }
    assert!(
        guestlist
            .pending_totp(session)
            .await
            .expect("answers")
            .is_none()
    );
}

#[tokio::test]
async fn nothing_is_set_up_without_a_recent_reauthentication() {
    let fixture = Fixture::new().await;
    let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
    let guestlist = &fixture.guestlist;
    let set_up = guestlist.start_totp(session).await.expect("starts");
    fixture.advance(600);
    let code = set_up.secret.code_at(fixture.now());
    for refused in [
        guestlist.start_totp(session).await.err(),
        guestlist.pending_totp(session).await.err(),
        guestlist.confirm_totp(session, &code).await.err(),
        guestlist.remove_totp(session).await.err(),
        guestlist.regenerate_recovery_codes(session).await.err(),
    ] {
        let required = SecondFactorError::Reauthenticated(ReauthenticatedError::Required);
        let refused = refused.expect("is refused").to_string();
        assert_eq!(refused, required.to_string());
    }
}

#[tokio::test]
async fn a_sign_in_needs_the_password_and_a_code() {
    let enrolled = Enrolled::new().await;
    let challenge = enrolled.challenge().await;
    let wrong = enrolled.finish(&challenge, &enrolled.wrong_code()).await;
    assert!(is_wrong(&wrong));
    let code = enrolled.next_code();
    let signed_in = enrolled.finish(&challenge, &code).await.expect("signs in");
    assert_eq!(signed_in.session.how, SignInMethod::Totp);
    assert_eq!(signed_in.session.proven_at, enrolled.fixture.now());
    assert!(
        enrolled
            .fixture
            .opens(signed_in.access_token.expose())
            .await
    );
    let wrong_password = enrolled.fixture.try_sign_in("wrong", Wanted::JWT).await;
    assert!(wrong_password.is_none());
    let tried = enrolled.guestlist().sign_in(
        Some(&enrolled.fixture.user.email),
        password("wrong"),
        Client::default(),
        Wanted::JWT,
    );
    let tried = tried.await;
    assert!(matches!(tried, Err(SignInError::WrongCredentials)));
}

/// better-auth GHSA-xg6x-h9c9-2m83: what lies between the two steps must open nothing.
#[tokio::test]
async fn a_challenge_is_no_credential() {
    let enrolled = Enrolled::new().await;
    let challenge = enrolled.challenge().await;
    let (guestlist, text) = (enrolled.guestlist(), challenge.expose());
    assert!(guestlist.identify(text).await.is_err());
    assert!(guestlist.identify_cookie(text).await.is_err());
    assert!(guestlist.refresh(text, Client::default()).await.is_err());
    assert!(guestlist.session_of_cookie(text).is_none());
    assert!(
        guestlist
            .open_draft(enrolled.fixture.user.id, text)
            .is_none()
    );
    let mut seen = enrolled
        .fixture
        .store
        .list_sessions_of(&enrolled.fixture)
        .await;
    seen.retain(|session| *session != enrolled.session);
    assert!(seen.is_empty(), "no session before the code");
}

impl crate::testing::MemoryStore {
    async fn list_sessions_of(&self, fixture: &Fixture) -> Vec<SessionId> {
        let sessions = crate::SessionStore::list_sessions(self, fixture.user.id, None, 100).await;
        let sessions = sessions.expect("lists").into_iter();
        sessions.map(|session| session.id).collect()
    }
}

#[tokio::test]
async fn a_code_counts_once_and_never_after_a_later_one() {
    let enrolled = Enrolled::new().await;
    let challenge = enrolled.challenge().await;
    let enrolment = enrolled.secret.code_at(enrolled.fixture.now());
    let again = enrolled.finish(&challenge, &enrolment).await;
    assert!(is_used(&again), "the code of the enrolment");
    let earlier = enrolled.next_code();
    let later = enrolled.next_code();
    enrolled.finish(&challenge, &later).await.expect("signs in");
    for code in [&later, &earlier] {
        assert!(is_used(&enrolled.finish(&challenge, code).await), "{code}");
    }
}

#[tokio::test]
async fn of_racing_requests_with_one_code_one_signs_in() {
    let enrolled = Enrolled::new().await;
    let challenge = enrolled.challenge().await;
    let totp = enrolled.next_code();
    let recovery = enrolled.codes[0].expose().to_string();
    for code in [totp, recovery] {
        // Fewer than the tries that are allowed in a row.
        let racing = (0..8).map(|_| enrolled.finish(&challenge, &code));
        let outcomes = futures_util::future::join_all(racing).await;
        assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), 1);
    }
}

#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let enrolled = Enrolled::new().await;
    let challenge = enrolled.challenge().await;
    let code = enrolled.codes[3].expose();
    let typed = code.to_lowercase().replace('-', " ");
    let signed_in = enrolled.finish(&challenge, &typed).await.expect("signs in");
    assert_eq!(signed_in.session.how, SignInMethod::RecoveryCode);
    assert!(is_wrong(&enrolled.finish(&challenge, &code).await));
    let user = enrolled.fixture.user.id;
    let left = enrolled.guestlist().second_factor_of(user).await;
    assert_eq!(left.expect("answers").expect("is set").codes_left, 9);
}

#[tokio::test]
async fn a_recovery_code_of_another_user_is_wrong() {
    let enrolled = Enrolled::new().await;
    let guestlist = enrolled.guestlist();
    let bea = email("bea@example.com");
    let signed_up = guestlist.sign_up(bea.clone(), password(PASSWORD)).await;
    signed_up.expect("signs up");
    let client = Client::default();
    let theirs = guestlist.sign_in(Some(&bea), password(PASSWORD), client, Wanted::DATABASE);
    let session = theirs.await.expect("signs in").session.id;
    let secret = guestlist.start_totp(session).await.expect("starts").secret;
    let code = secret.code_at(enrolled.fixture.now());
    let theirs = guestlist.confirm_totp(session, &code).await;
    let theirs = theirs.expect("confirms")[0].expose();
    let challenge = enrolled.challenge().await;
    assert!(is_wrong(&enrolled.finish(&challenge, &theirs).await));
    enrolled.fixture.advance(60);
    let code = secret.code_at(enrolled.fixture.now());
    assert!(is_wrong(&enrolled.finish(&challenge, &code).await));
}

#[tokio::test]
async fn new_recovery_codes_end_the_old_ones() {
    let enrolled = Enrolled::new().await;
    let new = enrolled
        .guestlist()
        .regenerate_recovery_codes(enrolled.session)
        .await
        .expect("makes");
    let challenge = enrolled.challenge().await;
    let old = enrolled.codes[0].expose();
    assert!(is_wrong(&enrolled.finish(&challenge, &old).await));
    let new = new[0].expose();
    enrolled.finish(&challenge, &new).await.expect("signs in");
}

#[tokio::test]
async fn a_challenge_lasts_ten_minutes_on_one_device() {
    let enrolled = Enrolled::new().await;
    let device = |name: &str| Client {
        device: Some(name.to_owned()),
        address: None,
    };
    let challenge = enrolled.challenge_for(&device("a browser")).await;
    let code = enrolled.next_code();
    let finish = async |challenge: &SignInChallenge, client: Client| {
        let guestlist = enrolled.guestlist();
        let finished = guestlist.finish_sign_in(challenge, &code, client, Wanted::DATABASE);
        finished.await
    };
    for client in [device("another browser"), Client::default()] {
        assert!(has_expired(&finish(&challenge, client).await));
    }
    let forged = SignInChallenge::from_client("AAAA");
    assert!(has_expired(&finish(&forged, device("a browser")).await));
    enrolled.fixture.advance(569);
    let late = enrolled.challenge_for(&device("a browser")).await;
    enrolled.fixture.advance(1);
    assert!(has_expired(&finish(&challenge, device("a browser")).await));
    let code = enrolled.next_code();
    let finished =
        enrolled
            .guestlist()
            .finish_sign_in(&late, &code, device("a browser"), Wanted::DATABASE);
    finished.await.expect("signs in");
}

#[tokio::test]
async fn a_challenge_ends_with_the_password_and_with_the_account() {
    for ending in ["password", "disabled", "deleted", "removed"] {
        let enrolled = Enrolled::new().await;
        let challenge = enrolled.challenge().await;
        let (guestlist, user) = (enrolled.guestlist(), enrolled.fixture.user.id);
        match ending {
            "password" => {
                let set = guestlist.set_password(user, password("another one"));
                set.await.expect("sets");
            }
            "disabled" => guestlist.disable_user(user).await.expect("disables"),
            "deleted" => guestlist.delete_user(user).await.expect("deletes"),
            _ => {
                let removed = guestlist.remove_second_factor(user).await;
                assert_eq!(removed.expect("removes"), Ended::Now);
            }
        }
        let code = enrolled.next_code();
        let finished = enrolled.finish(&challenge, &code).await;
        assert!(has_expired(&finished), "{ending}");
    }
}

/// A new password and another kind of token do not lead around the second factor.
#[tokio::test]
async fn every_way_to_sign_in_asks_for_the_code() {
    let enrolled = Enrolled::new().await;
    let (guestlist, user) = (enrolled.guestlist(), enrolled.fixture.user.id);
    let set = guestlist.set_password(user, password("another one"));
    set.await.expect("sets");
    let jwt = |builder: crate::Builder| builder.strategy(Strategy::Jwt);
    let other = enrolled.fixture.node(SECRET, jwt);
    for node in [guestlist, &other] {
        for wanted in [
            Wanted::DATABASE,
            Wanted::JWT,
            Wanted::JWT_ALONE,
            Wanted::Cookie,
        ] {
            let tried = node.sign_in(
                Some(&enrolled.fixture.user.email),
                password("another one"),
                Client::default(),
                wanted,
            );
            let tried = tried.await;
            let asked = matches!(tried, Err(SignInError::SecondFactorRequired(_)));
            assert!(asked, "{wanted:?}");
        }
    }
}

/// bad-inputs MF05: ten thousand guesses.
/// The limits of passwords hold for codes, too: by account and network, however many challenges
/// there are. So one who knows the password does not keep the owner out.
#[tokio::test]
async fn guessing_is_bounded_across_challenges_and_keeps_the_owner_in() {
    let enrolled = Enrolled::new().await;
    let wrong = enrolled.wrong_code();
    let from = |address: &str| Client {
        device: None,
        address: Some(address.parse().expect("an address")),
    };
    let finish = async |client: &Client, code: &str| {
        let challenge = enrolled.challenge_for(client).await;
        let client = client.clone();
        let guestlist = enrolled.guestlist();
        let finished = guestlist.finish_sign_in(&challenge, code, client, Wanted::DATABASE);
        finished.await
    };
    let (thief, owner) = (from("192.0.2.7"), from("198.51.100.7"));
    for _ in 0..10 {
        assert!(is_wrong(&finish(&thief, &wrong).await));
    }
    let tried = enrolled.guestlist().sign_in(
        Some(&enrolled.fixture.user.email),
        password(PASSWORD),
        thief.clone(),
        Wanted::DATABASE,
    );
    let waits = |wait: crate::RetryAfter| assert_eq!(wait.seconds(), 30);
    match tried.await {
        Err(SignInError::TooManyTries(wait)) => waits(wait),
        other => panic!("{other:?}"),
    }
    let code = enrolled.next_code();
    finish(&owner, &code).await.expect("signs in");
    // The success of the owner gives the thief one try in half a minute, and no ten.
    assert!(is_wrong(&finish(&thief, &wrong).await));
    let tried = enrolled.guestlist().sign_in(
        Some(&enrolled.fixture.user.email),
        password(PASSWORD),
        thief,
        Wanted::DATABASE,
    );
    assert!(matches!(tried.await, Err(SignInError::TooManyTries(_))));
}

/// A thief has the password and old sessions. Neither many sessions nor a new one in place of an
/// old one gives further tries of a code.
#[tokio::test]
async fn codes_are_bounded_by_account_however_many_sessions_there_are() {
    let fixture = Fixture::new().await;
    let mut stolen = Vec::new();
    for _ in 0..3 {
        stolen.push(fixture.sign_in(Wanted::DATABASE).await.session.id);
    }
    let enrolled = Enrolled::of(fixture).await;
    let (guestlist, wrong) = (enrolled.guestlist(), enrolled.wrong_code());
    let guesses = async |session| {
        let tried = guestlist.reauthenticate(session, password(PASSWORD), Some(&wrong));
        match tried.await {
            Err(ReauthenticateError::Code(CodeError::WrongCode)) => true,
            Err(ReauthenticateError::TooManyTries(_)) => false,
            other => panic!("{other:?}"),
        }
    };
    let mut accepted = 0;
    for session in stolen.repeat(5) {
        accepted += u32::from(guesses(session).await);
    }
    let mut session = stolen[0];
    for _ in 0..5 {
        let ended = guestlist.end_other_sessions(session, Extent::Sessions);
        session = ended.await.expect("ends").session.id;
        accepted += u32::from(guesses(session).await);
    }
    assert_eq!(accepted, 10);
    // The owner signs in, which counts as a reauthentication.
    let challenge = enrolled.challenge().await;
    let code = enrolled.next_code();
    let signed_in = enrolled.finish(&challenge, &code).await.expect("signs in");
    let fresh = guestlist.check_reauthenticated(signed_in.session.id).await;
    assert!(fresh.is_ok());
    // One try is back after half a minute, and unlocking gives all of them.
    assert!(guesses(session).await && !guesses(session).await);
    let unlocked = guestlist.unlock(&enrolled.fixture.user.email).await;
    unlocked.expect("clears");
    assert!(guesses(session).await);
}

/// A thief with the password signs in many times before the owner sets the factor up. Each sign-in
/// makes a known device.
#[tokio::test]
async fn a_device_from_before_the_second_factor_gives_no_further_tries_of_a_code() {
    let fixture = Fixture::new().await;
    let user = fixture.user.clone();
    let remember = || fixture.guestlist.remember_device(&user, None);
    let earlier = [remember(), remember(), remember()];
    let own = remember();
    let enrolled = Enrolled::of(fixture).await;
    let (guestlist, wrong) = (enrolled.guestlist(), enrolled.wrong_code());
    let own = guestlist.remember_device_of_set_up(&user, Some(own.expose()));
    let client = Client {
        device: None,
        address: Some("192.0.2.7".parse().expect("an address")),
    };
    let challenge = enrolled.challenge_for(&client).await;
    let finish = async |held: &DeviceToken, code: &str| {
        let (client, held) = (client.clone(), Some(held.expose()));
        let wanted = Wanted::Cookie;
        guestlist
            .finish_sign_in_on_device(&challenge, code, client, wanted, held)
            .await
    };
    let mut accepted = 0;
    for _ in 0..5 {
        for held in &earlier {
            accepted += u32::from(is_wrong(&finish(held, &wrong).await));
        }
    }
    assert_eq!(accepted, 10);
    // A new session keeps the browser known, and no later than before.
    let ended = guestlist.end_other_sessions(enrolled.session, Extent::Sessions);
    let ended = ended.await.expect("ends");
    let keep = |held: &DeviceToken| {
        let kept = guestlist.keep_device(&ended.user, user.epoch, Some(held.expose()));
        kept.expect("was known")
    };
    let (own, earlier) = (keep(&own), earlier.map(|held| keep(&held)));
    let user = ended.user.clone();
    let challenge = guestlist
        .challenge(&user, &client)
        .expect("makes a challenge");
    let finish = async |held: &DeviceToken, code: &str| {
        let (client, held) = (client.clone(), Some(held.expose()));
        let wanted = Wanted::Cookie;
        guestlist
            .finish_sign_in_on_device(&challenge, code, client, wanted, held)
            .await
    };
    assert!(!is_wrong(&finish(&earlier[0], &wrong).await));
    // The browser of the set-up has tries of its own.
    let code = enrolled.codes[0].expose();
    assert!(finish(&own, &code).await.is_ok());
    for _ in 0..10 {
        assert!(is_wrong(&finish(&own, &wrong).await));
    }
    assert!(!is_wrong(&finish(&own, &wrong).await));
    // A device that has entered a code is known from then on.
    enrolled.fixture.advance(30);
    let code = enrolled.codes[1].expose();
    assert!(finish(&earlier[0], &code).await.is_ok());
    let known = guestlist.remember_device(&user, Some(earlier[0].expose()));
    for _ in 0..10 {
        assert!(is_wrong(&finish(&known, &wrong).await));
    }
    assert!(!is_wrong(&finish(&known, &wrong).await));
}

#[tokio::test]
async fn reauthentication_asks_for_the_code_except_right_after_the_set_up() {
    let enrolled = Enrolled::new().await;
    let (guestlist, session) = (enrolled.guestlist(), enrolled.session);
    let fresh = async || guestlist.check_reauthenticated(session).await;
    assert!(fresh().await.is_ok(), "no second prompt after the set-up");
    enrolled.fixture.advance(600);
    let reauthenticate = async |typed: &str, code: Option<&str>| {
        let typed = password(typed);
        guestlist.reauthenticate(session, typed, code).await
    };
    for code in [None, Some("")] {
        let without = reauthenticate(PASSWORD, code).await;
        assert!(matches!(without, Err(ReauthenticateError::CodeRequired)));
    }
    let wrong = enrolled.wrong_code();
    let wrong = reauthenticate(PASSWORD, Some(&wrong)).await;
    let is_wrong = matches!(wrong, Err(ReauthenticateError::Code(CodeError::WrongCode)));
    assert!(is_wrong);
    let code = enrolled.next_code();
    let wrong = reauthenticate("wrong", Some(&code)).await;
    assert!(matches!(wrong, Err(ReauthenticateError::WrongPassword)));
    let refused = fresh().await;
    assert!(matches!(refused, Err(ReauthenticatedError::Required)));
    let right = reauthenticate(PASSWORD, Some(&code)).await;
    right.expect("reauthenticates");
    assert!(fresh().await.is_ok());
}

/// A session that entered the password before the set-up may not remove the factor without a code.
#[tokio::test]
async fn another_session_needs_a_code_to_remove_the_factor() {
    let fixture = Fixture::new().await;
    let other = fixture.sign_in(Wanted::DATABASE).await.session.id;
    let own = fixture.sign_in(Wanted::DATABASE).await.session.id;
    fixture.advance(30);
    let guestlist = &fixture.guestlist;
    let secret = guestlist.start_totp(own).await.expect("starts").secret;
    let code = secret.code_at(fixture.now());
    guestlist.confirm_totp(own, &code).await.expect("confirms");
    for refused in [
        guestlist.remove_totp(other).await.err(),
        guestlist.regenerate_recovery_codes(other).await.err(),
    ] {
        let is_required = matches!(
            refused,
            Some(SecondFactorError::Reauthenticated(
                ReauthenticatedError::Required
            ))
        );
        assert!(is_required);
    }
    fixture.advance(30);
    let code = secret.code_at(fixture.now());
    let reauthenticated = guestlist.reauthenticate(other, password(PASSWORD), Some(&code));
    reauthenticated.await.expect("reauthenticates");
    guestlist.remove_totp(other).await.expect("removes");
    fixture.sign_in(Wanted::DATABASE).await;
    let again = guestlist.remove_totp(other).await;
    assert!(matches!(again, Err(SecondFactorError::NotSet)));
}

#[tokio::test]
async fn a_new_secret_of_the_server_reads_and_renews_what_the_old_one_made() {
    let enrolled = Enrolled::new().await;
    let previous = || SecretKey::weak(SECRET).expect("is a key");
    let next = |node: crate::Builder| node.previous_secret(previous());
    let next = enrolled.fixture.node("another secret", next);
    let last = enrolled.fixture.node("another secret", |node| node);
    let user = &enrolled.fixture.user;
    let sign_in = async |node: &Guestlist, code: &str| {
        let client = Client::default();
        let tried = node.sign_in(
            Some(&user.email),
            password(PASSWORD),
            client,
            Wanted::DATABASE,
        );
        let Err(SignInError::SecondFactorRequired(challenge)) = tried.await else {
            panic!("asks for a code");
        };
        let client = Client::default();
        let finished = node.finish_sign_in(&challenge, code, client, Wanted::DATABASE);
        finished.await
    };
    let stored = async || {
        let factor = enrolled
            .fixture
            .store
            .find_factor(user.id, FactorKind::Totp);
        factor
            .await
            .expect("answers")
            .expect("is there")
            .sealed_secret
    };
    let before = stored().await;
    let code = enrolled.next_code();
    assert!(is_wrong(&sign_in(&last, &code).await), "not renewed yet");
    let recovery = enrolled.codes[0].expose();
    sign_in(&next, &recovery).await.expect("signs in");
    sign_in(&next, &code).await.expect("signs in");
    assert_ne!(stored().await, before);
    let code = enrolled.next_code();
    sign_in(&last, &code).await.expect("signs in");
    let recovery = enrolled.codes[1].expose();
    assert!(is_wrong(&sign_in(&last, &recovery).await), "not renewed");
}

#[tokio::test]
async fn a_failing_store_lets_no_user_in() {
    use crate::{
        operations,
        testing::{Fault, FaultyStore},
    };
    let enrolled = Enrolled::new().await;
    let store = std::sync::Arc::new(FaultyStore::over(enrolled.fixture.store.clone()));
    let secret = SecretKey::weak(SECRET).expect("is a key");
    let node = Guestlist::builder_over(store.clone(), secret)
        .clock(enrolled.fixture.clock.clone())
        .password_cost(crate::PasswordCost::for_tests())
        .build()
        .expect("builds");
    let challenge = enrolled.challenge().await;
    let code = enrolled.next_code();
    for operation in [
        operations::find_factor(),
        operations::take_all(),
        operations::use_totp(),
    ] {
        store.faults.at(operation, Fault::NotDone);
        let client = Client::default();
        let finished = node.finish_sign_in(&challenge, &code, client, Wanted::DATABASE);
        let finished = finished.await;
        let failed = matches!(
            finished,
            Err(FinishSignInError::Store(_) | FinishSignInError::Code(CodeError::Store(_)))
        );
        assert!(failed, "{operation:?}");
    }
    store.faults.at(operations::find_factor(), Fault::NotDone);
    let user = Some(&enrolled.fixture.user.email);
    let client = Client::default();
    let tried = node.sign_in(user, password(PASSWORD), client, Wanted::DATABASE);
    assert!(matches!(tried.await, Err(SignInError::Store(_))));
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing() {
    let enrolled = Enrolled::new().await;
    let (store, user) = (&enrolled.fixture.store, enrolled.fixture.user.id);
    store.delete_user(user).await.expect("deletes");
    let factor = store.find_factor(user, FactorKind::Totp).await;
    assert_eq!(factor.expect("answers"), None);
    let codes = crate::RecoveryCodeStore::find_recovery_codes(&**store, user).await;
    assert_eq!(codes.expect("answers"), None);
}

/// The password alone must not take the account from a user with a second factor.
#[tokio::test]
async fn a_session_from_before_the_second_factor_does_not_change_the_password() {
    let fixture = Fixture::new().await;
    let earlier = fixture.sign_in(Wanted::DATABASE).await.session.id;
    fixture.advance(1);
    let session = fixture.sign_in(Wanted::DATABASE).await.session.id;
    let started = fixture.guestlist.start_totp(session).await;
    let code = started.expect("starts").secret.code_at(fixture.now());
    let confirmed = fixture.guestlist.confirm_totp(session, &code).await;
    confirmed.expect("confirms");
    let change = |session| {
        let new = password("another exemplary one");
        let guestlist = &fixture.guestlist;
        guestlist.change_password(session, password(PASSWORD), new)
    };
    let refused = change(earlier).await;
    assert!(matches!(refused, Err(ChangePasswordError::CodeRequired)));
    assert!(change(session).await.is_ok());
}
