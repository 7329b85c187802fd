//! The hash context: one scheme makes hashes, and the listed ones verify.

use std::{num::NonZero, thread, time::Duration};

use super::{
    HashStanding, Password, PasswordHash,
    pool::{Pool, TooBusy},
    schemes::{self, Memory, Parsed, PasswordCost, Scheme, UnreadableHash},
};

/// How passwords are hashed, and which hashes are read.
#[derive(Clone, Debug)]
pub(crate) struct Hashing {
    /// How new hashes are made.
    pub(crate) cost: PasswordCost,
    /// The schemes of which hashes are read, besides the one that makes them.
    pub(crate) read: Vec<Scheme>,
    /// So many passwords are hashed at once.
    pub(crate) threads: usize,
    /// So long may one wait for its turn.
    pub(crate) wait: Duration,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            cost: PasswordCost::default(),
            read: Scheme::ALL.to_vec(),
            threads: thread::available_parallelism().map_or(1, NonZero::get),
            wait: Duration::from_secs(2),
        }
    }
}

/// Hashes and verifies passwords, off the threads that serve.
#[derive(Debug)]
pub(crate) struct Hasher {
    cost: PasswordCost,
    read: Vec<Scheme>,
    pool: Pool,
    /// A hash no password has, of the current scheme and cost: what a stranger is verified against.
    decoy: String,
}

/// What came of a verification.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is the password. A replacement comes with it where the hash is of another scheme or
    /// cost than the one that hashes now.
    Match { replacement: Option<PasswordHash> },
    /// It is not, or nobody could tell.
    NoMatch,
}

/// Why nothing was hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many passwords are waiting to be hashed.
    #[error("too many sign-ins at once")]
    Busy,
    /// The operating system gives no randomness for a salt.
    #[error("the operating system gives no randomness")]
    Entropy(#[from] getrandom::Error),
}

impl From<TooBusy> for HashError {
    fn from(_: TooBusy) -> Self {
        Self::Busy
    }
}

impl Hasher {
    pub(crate) fn start(hashing: Hashing) -> std::io::Result<Self> {
        let cost = hashing.cost;
        Ok(Self {
            cost,
            read: hashing.read,
            pool: Pool::start(hashing.threads, hashing.wait, move || cost.memory())?,
            decoy: cost.decoy().map_err(std::io::Error::other)?,
        })
    }

    /// What that comes to, for work about passwords that would hold up a thread that serves.
    pub(crate) async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        Ok(self.pool.run(None, move |_| work()).await?)
    }

    /// A hash by the first scheme.
    pub(crate) async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        let cost = self.cost;
        let work = move |memory: &mut Memory| cost.hash(password.expose().as_bytes(), memory);
        let hash = self.pool.run(Some(cost.scheme()), work).await??;
        Ok(PasswordHash(hash))
    }

    /// Whether that is the password. Without a hash the work is the same and the answer is no.
    pub(crate) async fn verify(
        &self,
        password: Password,
        expected: Option<PasswordHash>,
    ) -> Result<Verdict, HashError> {
        let known = expected.and_then(|hash| self.read(&hash).ok());
        let hash = known.unwrap_or_else(|| self.decoy());
        let cost = self.cost;
        let scheme = Some(hash.scheme());
        let work = move |memory: &mut Memory| verify(&password, &hash, cost, memory);
        Ok(self.pool.run(scheme, work).await??)
    }

    fn decoy(&self) -> Parsed {
        schemes::parse(&self.decoy).expect("what is made here is read here")
    }

    /// What the hash says, if its scheme is listed.
    pub(crate) fn read(&self, hash: &PasswordHash) -> Result<Parsed, UnreadableHash> {
        let parsed = schemes::parse(hash.as_stored())?;
        let scheme = parsed.scheme();
        if scheme != self.cost.scheme() && !self.read.contains(&scheme) {
            return Err(UnreadableHash::NotListed(scheme));
        }
        Ok(parsed)
    }

    pub(crate) fn standing(&self, hash: &PasswordHash) -> HashStanding {
        match self.read(hash) {
            Ok(parsed) if parsed.is_made_with(self.cost) => HashStanding::Current,
            Ok(parsed) if parsed.is_cut() => HashStanding::Cut,
            Ok(_) => HashStanding::Outdated,
            Err(UnreadableHash::NotListed(_)) => HashStanding::NotListed,
            Err(_) => HashStanding::Unreadable,
        }
    }
}

fn verify(
    password: &Password,
    hash: &Parsed,
    cost: PasswordCost,
    memory: &mut Memory,
) -> Result<Verdict, getrandom::Error> {
    let normal = password.expose().as_bytes();
    // What is made here is made of the normal form, so nothing else can match.
    if hash.is_made_with(cost) {
        return Ok(if hash.verify(normal, memory) {
            Verdict::Match { replacement: None }
        } else {
            Verdict::NoMatch
        });
    }
    let foreign = password.foreign_forms(hash.wants_compatibility_form());
    let forms = foreign.iter().map(|form| form.as_bytes());
    let mut forms = std::iter::once(normal).chain(forms);
    let Some(matching) = forms.find(|form| hash.verify(form, memory)) else {
        return Ok(Verdict::NoMatch);
    };
    let replacement = hash
        .sees_all_of(matching)
        .then(|| cost.hash(normal, memory))
        .transpose()?
        .map(PasswordHash);
    Ok(Verdict::Match { replacement })
}

#[cfg(test)]
mod tests;
