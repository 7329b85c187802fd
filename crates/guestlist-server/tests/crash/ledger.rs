//! The record of a visitor: acknowledged writes, and writes without a response.

use std::{fmt, ops::AddAssign, time::Duration};

use tokio::time::Instant;

use crate::test_app::Tokens;

/// A replaced refresh token gets the same response again for ten seconds. This limit is shorter,
/// for slow machines.
const RETRY_WINDOW: Duration = Duration::from_secs(7);

/// Whether a write was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The server acknowledged it.
    Done,
    /// The server did not answer. It may have been done.
    Perhaps,
}

/// A user who signed up.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) email: String,
    pub(super) signed_up: Outcome,
    pub(super) sessions: Vec<Session>,
    pub(super) events: Vec<Planned>,
    pub(super) checked: bool,
}

/// The current and the previous tokens of a session.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) holds: Held,
    /// The previous generations of tokens, newest first, at most two.
    pub(super) held: Vec<Held>,
    /// When an unanswered refresh was sent.
    pub(super) refreshing: Option<Instant>,
    pub(super) ended: Option<Outcome>,
    pub(super) checked: bool,
}

/// The tokens of one generation.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) access: String,
    pub(super) refresh: String,
    /// When they were issued.
    pub(super) since: Instant,
}

/// An event: its title, or its deletion.
#[derive(Clone)]
pub(super) struct Planned {
    pub(super) path: String,
    pub(super) etag: String,
    /// The title, or `None` after the deletion.
    pub(super) is: Option<String>,
    /// The state that an unanswered request would have caused.
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
            refreshing: None,
            ended: None,
            checked: false,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none() && self.refreshing.is_none()
    }

    /// Stores the next generation of tokens.
    pub(super) fn renewed(&mut self, tokens: Tokens) {
        let before = std::mem::replace(&mut self.holds, tokens.into());
        self.held.insert(0, before);
        self.held.truncate(2);
        self.refreshing = None;
    }
}

/// Whether a repeated refresh still gets the same response.
pub(super) fn is_recent(moment: Instant) -> bool {
    moment.elapsed() < RETRY_WINDOW
}

/// Counts of the writes of visitors.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) writes: u64,
    pub(super) ends: u64,
    pub(super) unanswered: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.writes += other.writes;
        self.ends += other.ends;
        self.unanswered += other.unanswered;
    }
}

impl fmt::Display for Counts {
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
