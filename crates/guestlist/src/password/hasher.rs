//! The hash context: one scheme makes hashes, and the listed ones verify.

use std::{num::NonZero, thread, time::Duration};

use zeroize::Zeroizing;

use super::{
    HashRefusal, HashStanding, Password, PasswordHash, SlowHash,
    pool::{Pool, TooBusy},
    schemes::{self, Memory, Parsed, PasswordCost, Scheme, UnreadableHash, Work},
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
    /// So long may one try of an imported hash take.
    pub(crate) import_limit: Duration,
}

impl Default for Hashing {
    fn default() -> Self {
        Self {
            cost: PasswordCost::default(),
            read: Scheme::ALL.to_vec(),
            threads: thread::available_parallelism().map_or(1, NonZero::get),
            wait: Duration::from_secs(2),
            import_limit: Duration::from_millis(500),
        }
    }
}

/// A hash is dear if it costs more than so many current ones.
const DEAR: usize = 4;
/// The length of the password for which the cost of an imported hash is estimated: few are longer.
const USUAL_PASSWORD_BYTES: usize = 64;

/// Hashes and verifies passwords, off the threads that serve.
#[derive(Debug)]
pub(crate) struct Hasher {
    cost: PasswordCost,
    read: Vec<Scheme>,
    pool: Pool,
    /// A hash no password has, of the current scheme and cost: what a stranger is verified against.
    decoy: String,
    /// What a dear hash exceeds.
    dear: Work,
    import_limit: Duration,
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
        let decoy = cost.decoy().map_err(std::io::Error::other)?;
        let current = schemes::parse(&decoy).map_err(std::io::Error::other)?;
        Ok(Self {
            cost,
            read: hashing.read,
            pool: Pool::start(hashing.threads, hashing.wait, move || cost.memory())?,
            decoy,
            dear: current.work(USUAL_PASSWORD_BYTES).times(DEAR),
            import_limit: hashing.import_limit,
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
        let (cost, scheme) = (self.cost, hash.scheme());
        let forms = forms(&password, &hash);
        let is_dear = self.is_dear(&hash, &forms).await?;
        let work = move |memory: &mut Memory| verify(&forms, &hash, cost, memory);
        Ok(if is_dear {
            self.pool.run_dear(scheme, work).await??
        } else {
            self.pool.run(Some(scheme), work).await??
        })
    }

    /// Whether trying all those forms costs more than a few current hashes do. The first hash of a kind is measured
    /// on a hashing thread.
    async fn is_dear(&self, hash: &Parsed, forms: &Forms) -> Result<bool, TooBusy> {
        let longest = forms.iter().map(|form| form.len()).max();
        let work = hash.work(longest.unwrap_or_default()).times(forms.len());
        let dear = self.dear;
        match work.is_known_to_exceed(dear) {
            Some(exceeds) => Ok(exceeds),
            None => self.pool.run(None, move |_| work.exceeds(dear)).await,
        }
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

    /// Whether an import takes the hash. The first hash of a kind is measured, which takes some ten milliseconds: not for
    /// a thread that serves.
    pub(crate) fn admits(&self, hash: &PasswordHash) -> Result<(), HashRefusal> {
        let parsed = self.read(hash)?;
        Ok(self.is_quick(&parsed)?)
    }

    /// The same without regard to whether it can be read.
    pub(crate) fn is_slow(&self, hash: &PasswordHash) -> bool {
        self.read(hash)
            .is_ok_and(|parsed| self.is_quick(&parsed).is_err())
    }

    fn is_quick(&self, parsed: &Parsed) -> Result<(), SlowHash> {
        let cost = parsed.work(USUAL_PASSWORD_BYTES).estimate();
        if cost <= self.import_limit {
            return Ok(());
        }
        Err(SlowHash {
            scheme: parsed.scheme(),
            parameters: parsed.parameters(),
            cost,
            limit: self.import_limit,
        })
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

/// The spellings of a password that are tried, normal form C first.
type Forms = Vec<Zeroizing<String>>;

/// Of a hash that was made here only normal form C is tried: it was made of nothing else.
fn forms(password: &Password, hash: &Parsed) -> Forms {
    let mut forms = vec![Zeroizing::new(password.expose().to_owned())];
    if !hash.is_made_here() {
        forms.extend(password.foreign_forms(hash.wants_compatibility_form()));
    }
    forms
}

fn verify(
    forms: &Forms,
    hash: &Parsed,
    cost: PasswordCost,
    memory: &mut Memory,
) -> Result<Verdict, getrandom::Error> {
    let mut tried = forms.iter().map(|form| form.as_bytes());
    let Some(matching) = tried.find(|form| hash.verify(form, memory)) else {
        return Ok(Verdict::NoMatch);
    };
    let normal = forms.first().map(|form| form.as_bytes());
    let is_current = hash.is_made_with(cost) && normal == Some(matching);
    let replacement = (!is_current && hash.sees_all_of(matching))
        .then(|| cost.hash(normal.unwrap_or_default(), memory))
        .transpose()?
        .map(PasswordHash);
    Ok(Verdict::Match { replacement })
}

#[cfg(test)]
mod tests;
