//! What a visitor was told, and what it asked for without being answered.

use std::{fmt, ops::AddAssign, time::Duration};

use tokio::time::Instant;

use crate::test_app::Tokens;

/// A traded refresh token gets the same answer again for ten seconds; with a margin for slow machines.
const TRADED_AGAIN: Duration = Duration::from_secs(7);

/// Whether something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Somebody said so.
    Done,
    /// It was asked for, and nobody answered.
    Perhaps,
}

/// Somebody who signed up.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) email: String,
    pub(super) signed_up: Known,
    pub(super) sessions: Vec<Session>,
    pub(super) events: Vec<Planned>,
    pub(super) checked: bool,
}

/// What a client holds of a session, and what it held before.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) holds: Held,
    /// What was traded for that, and what had been traded for it.
    pub(super) held: Vec<Held>,
    /// A trade nobody answered.
    pub(super) trading: Option<Instant>,
    pub(super) ended: Option<Known>,
    pub(super) checked: bool,
}

/// The tokens of one generation.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) access: String,
    pub(super) refresh: String,
    /// When they were handed out.
    pub(super) since: Instant,
}

/// An event, which is there with one title, or gone.
#[derive(Clone)]
pub(super) struct Planned {
    pub(super) path: String,
    pub(super) etag: String,
    /// The title, or none once it is deleted.
    pub(super) is: Option<String>,
    /// What a request that was not answered would have made of that.
    pub(super) may_be: Option<Option<String>>,
    pub(super) checked: bool,
}

impl From<Tokens> for Held {
    fn from(tokens: Tokens) -> Self {
        Self {
            access: tokens.access,
            refresh: tokens.refresh,
            since: Instant::now(),
        }
    }
}

impl Session {
    pub(super) fn new(tokens: Tokens) -> Self {
        Self {
            holds: tokens.into(),
            held: Vec::new(),
            trading: None,
            ended: None,
            checked: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none() && self.trading.is_none()
    }

    /// Another generation.
    pub(super) fn traded(&mut self, tokens: Tokens) {
        let before = std::mem::replace(&mut self.holds, tokens.into());
        self.held.insert(0, before);
        self.held.truncate(2);
        self.trading = None;
    }
}

/// Whether that is so short ago that a retry gets the same answer.
pub(super) fn is_recent(moment: Instant) -> bool {
    moment.elapsed() < TRADED_AGAIN
}

/// What visitors were told, counted.
#[derive(Clone, Copy, Default)]
pub(super) struct Told {
    pub(super) writes: u64,
    pub(super) ends: u64,
    pub(super) unanswered: u64,
}

impl AddAssign for Told {
    fn add_assign(&mut self, other: Self) {
        self.writes += other.writes;
        self.ends += other.ends;
        self.unanswered += other.unanswered;
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            writes,
            ends,
            unanswered,
        } = self;
        write!(
            f,
            "{writes} writes acknowledged, {ends} of them ends; {unanswered} unanswered"
        )
    }
}
