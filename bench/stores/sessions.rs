//! Sessions as a sign-in creates them.

use guestlist::{Client, Lifetimes, SignInMethod, Salt, Scope, Session, SessionId, TokenHash, User};

use crate::people::user;

/// Returns the user with this number, and a session of this user.
pub(crate) fn signed_in(number: u64) -> anyhow::Result<(User, Session)> {
    let user = user(number)?;
    let (now, lifetimes) = (user.created_at, Lifetimes::default());
    let session = Session {
        id: SessionId::new(now),
        user_id: user.id,
        epoch: user.epoch,
        secret_hash: Some(TokenHash::from_stored(&[1; 40])),
        secret_expires_at: Some(now.plus(lifetimes.access_database)),
        refresh_hash: Some(TokenHash::from_stored(&[2; 40])),
        generation: 0,
        refreshed_at: None,
        refreshed_by: Client::default(),
        retries: 0,
        salt: Salt::new(),
        scope: Scope::Account,
        created_at: now,
        last_seen_at: now,
        proven_at: now,
        expires_at: now.plus(lifetimes.session),
        idle_for: lifetimes.idle,
        how: SignInMethod::Password,
        client: Client {
            device: Some("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0".into()),
            address: Some([192, 0, 2, 1].into()),
        },
    };
    Ok((user, session))
}
