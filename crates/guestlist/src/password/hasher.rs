//! Hashes passwords with one scheme, and verifies hashes of all listed schemes.

use std::{num::NonZero, thread, time::Duration};

use zeroize::Zeroizing;

use super::{
    HashRefusal, HashStanding, Password, PasswordHash, SlowHash,
    pool::{Place, Pool, TooBusy},
    schemes::{self, Memory, Parsed, PasswordCost, Scheme, UnreadableHash, Work},
};

/// The settings of password hashing.
#[derive(Clone, Debug)]
pub(crate) struct Hashing {
    /// The scheme and cost of new hashes.
    pub(crate) cost: PasswordCost,
    /// The schemes of stored hashes that are verified, besides the scheme of new hashes.
    pub(crate) read: Vec<Scheme>,
    /// How many passwords are hashed at the same time.
    pub(crate) threads: usize,
    /// How long a password may wait to be hashed.
    pub(crate) wait: Duration,
    /// The most time that one verification of an imported hash may take.
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

/// A hash is expensive if it costs more than this many current hashes.
const EXPENSIVE: usize = 4;
/// The length of the password for which the cost of an imported hash is estimated; few are longer.
const USUAL_PASSWORD_BYTES: usize = 64;

/// Hashes and verifies passwords on threads of its own.
#[derive(Debug)]
pub(crate) struct Hasher {
    cost: PasswordCost,
    read: Vec<Scheme>,
    pool: Pool,
    /// A hash of the current scheme and cost that no password matches. If the user is unknown, the
    /// hasher verifies this hash, so that the sign-in takes the same time.
    dummy_hash: String,
    /// The work above which a hash is expensive.
    expensive: Work,
    import_limit: Duration,
}

/// A check of a password that has a place in the queue.
pub(crate) struct Verification<'h> {
    place: Place<'h>,
    forms: Forms,
    hash: Parsed,
    cost: PasswordCost,
}

impl Verification<'_> {
    /// Checks the password.
    pub(crate) async fn run(self) -> Result<Verdict, HashError> {
        let Self {
            place,
            forms,
            hash,
            cost,
        } = self;
        let scheme = hash.scheme();
        let work = move |memory: &mut Memory| verify(&forms, &hash, cost, memory);
        Ok(place.run(Some(scheme), work).await??)
    }
}

/// The result of a verification.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The password is right. If the hash has another scheme or cost than new hashes, a replacement
    /// comes with it.
    Match { replacement: Option<PasswordHash> },
    /// The password is wrong, or the hash cannot be read.
    NoMatch,
}

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many passwords wait to be hashed.
    #[error("too many sign-ins at once")]
    Busy,
    /// The operating system gave no randomness for a salt.
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
        let dummy_hash = cost.dummy_hash().map_err(std::io::Error::other)?;
        let current = schemes::parse(&dummy_hash).map_err(std::io::Error::other)?;
        Ok(Self {
            cost,
            read: hashing.read,
            pool: Pool::start(hashing.threads, hashing.wait, move || cost.memory())?,
            dummy_hash,
            expensive: current.work(USUAL_PASSWORD_BYTES).times(EXPENSIVE),
            import_limit: hashing.import_limit,
        })
    }

    /// Runs work that would block a thread which answers requests.
    pub(crate) async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        Ok(self.pool.run(None, move |_| work()).await?)
    }

    /// Hashes a password with the scheme of new hashes.
    pub(crate) async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        let cost = self.cost;
        let work = move |memory: &mut Memory| cost.hash(password.expose().as_bytes(), memory);
        let hash = self.pool.run(Some(cost.scheme()), work).await??;
        Ok(PasswordHash(hash))
    }

    /// Takes a place in the queue to check a password. Without a hash, the check does the same work
    /// and answers no.
    pub(crate) async fn queue(
        &self,
        password: Password,
        expected: Option<PasswordHash>,
    ) -> Result<Verification<'_>, HashError> {
        let known = expected.and_then(|hash| self.read(&hash).ok());
        let hash = known.unwrap_or_else(|| self.dummy_hash());
        let forms = forms(&password, &hash);
        let is_expensive = self.is_expensive(&hash, &forms).await?;
        Ok(Verification {
            place: self.pool.place(is_expensive)?,
            forms,
            hash,
            cost: self.cost,
        })
    }

    /// Whether trying all these forms costs more than a few current hashes. The first hash of each
    /// kind is measured on a hashing thread.
    async fn is_expensive(&self, hash: &Parsed, forms: &Forms) -> Result<bool, TooBusy> {
        let longest = forms.iter().map(|form| form.len()).max();
        let work = hash.work(longest.unwrap_or_default()).times(forms.len());
        let expensive = self.expensive;
        match work.is_known_to_exceed(expensive) {
            Some(exceeds) => Ok(exceeds),
            None => self.pool.run(None, move |_| work.exceeds(expensive)).await,
        }
    }

    fn dummy_hash(&self) -> Parsed {
        schemes::parse(&self.dummy_hash).expect("our own hashes can be read")
    }

    /// Parses a hash, if its scheme is listed.
    pub(crate) fn read(&self, hash: &PasswordHash) -> Result<Parsed, UnreadableHash> {
        let parsed = schemes::parse(hash.without_mark())?;
        let scheme = parsed.scheme();
        if scheme != self.cost.scheme() && !self.read.contains(&scheme) {
            return Err(UnreadableHash::NotListed(scheme));
        }
        Ok(parsed)
    }

    /// Checks whether an import accepts the hash. For the first hash of each kind, this function
    /// measures the cost, which takes about ten milliseconds. So the caller must not be a thread
    /// that answers requests.
    pub(crate) fn admits(&self, hash: &PasswordHash) -> Result<(), HashRefusal> {
        let parsed = self.read(hash)?;
        Ok(self.is_quick(&parsed)?)
    }

    /// Whether the hash can be read and costs too much.
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

/// The forms of a password that are tried, normalization form C first.
type Forms = Vec<Zeroizing<String>>;

/// Returns the normalization forms of the password to try. A hash that was made here was made from
/// form C, so only this form is tried.
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
