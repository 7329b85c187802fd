//! Estimates how long one verification of a hash takes on this machine.
//!
//! The cost of every scheme grows in proportion to a number that follows from a hash's parameters.
//! The time of one unit is measured once per process for each kind of work, with cheap parameters.
//! It is the processor time of the thread, so other programs on the machine do not change it.

use std::{sync::OnceLock, time::Duration};

use super::{
    Memory, parse,
    work::{Kind, Work},
};

const TRIES: usize = 12;
const PROBE_PASSWORD: &[u8] = b"a usual password";

static MEASURED: [OnceLock<f64>; Kind::ALL.len()] = [const { OnceLock::new() }; Kind::ALL.len()];

impl Kind {
    /// Returns a hash of this kind that costs a few milliseconds, and that no known password
    /// matches.
    fn probe(self) -> String {
        let base64 = |characters: usize| "A".repeat(characters);
        match self {
            Self::Argon2 => format!("$argon2id$v=19$m=19456,t=1,p=1$c2FsdHNhbHQ${}", base64(43)),
            Self::Bcrypt => format!("$2b$05${}", ".".repeat(53)),
            Self::Scrypt => format!("$scrypt$ln=12,r=8,p=1$c2FsdHNhbHQ${}", base64(43)),
            Self::Pbkdf2Sha1 => format!("$pbkdf2$4000$c2FsdHNhbHQ${}", base64(27)),
            Self::Pbkdf2Sha256 => format!("$pbkdf2-sha256$4000$c2FsdHNhbHQ${}", base64(43)),
            Self::Pbkdf2Sha512 => format!("$pbkdf2-sha512$4000$c2FsdHNhbHQ${}", base64(86)),
            Self::Sha256Crypt => format!("$5$rounds=1000$saltsalt${}", ".".repeat(43)),
            Self::Sha512Crypt => format!("$6$rounds=1000$saltsalt${}", ".".repeat(86)),
        }
    }

    /// Returns the time of one unit in seconds. The first call measures it, which takes about ten
    /// milliseconds.
    fn seconds(self) -> f64 {
        *MEASURED[self.index()].get_or_init(|| self.measure())
    }

    /// Returns the time of one unit in the fastest of several runs, in seconds. Some runs are
    /// slower than the hash itself: the first one also allocates memory, and other programs slow
    /// some runs down. Each run is short, so that at least one is undisturbed.
    fn measure(self) -> f64 {
        let probe = parse(&self.probe()).expect("a probe is a hash");
        let mut memory = Memory::keeping_nothing();
        let tries = (0..TRIES).map(|_| {
            let begun = processor_time();
            std::hint::black_box(probe.verify(PROBE_PASSWORD, &mut memory));
            processor_time().saturating_sub(begun)
        });
        let fastest = tries.min().unwrap_or_default();
        fastest.as_secs_f64() / probe.work(PROBE_PASSWORD.len()).float_units()
    }
}

impl Work {
    /// Whether this work takes longer than the other. `None` if only a measurement can tell.
    pub(crate) fn is_known_to_exceed(self, other: Self) -> Option<bool> {
        let is_measured = |work: Self| MEASURED[work.kind.index()].get().is_some();
        if self.kind == other.kind {
            return Some(self.units > other.units);
        }
        (is_measured(self) && is_measured(other)).then(|| self.exceeds(other))
    }

    /// Whether this work takes longer than the other. This function may measure first, so the
    /// caller must not be a thread that answers requests.
    pub(crate) fn exceeds(self, other: Self) -> bool {
        if self.kind == other.kind {
            return self.units > other.units;
        }
        self.estimate() > other.estimate()
    }

    /// Returns the time of this work on this machine. This function may measure first, so the
    /// caller must not be a thread that answers requests.
    pub(crate) fn estimate(self) -> Duration {
        let seconds = self.float_units() * self.kind.seconds();
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    fn float_units(self) -> f64 {
        // Both halves are exact as floats. Numbers beyond 2^64 are above every limit.
        let (high, low) = (self.units >> 32, self.units & u64::from(u32::MAX));
        let float = |half: u64| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
        float(high) * 4_294_967_296.0 + float(low)
    }
}

/// Returns the processor time of this thread.
#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// On other systems returns the time that passes: on a busy machine a hash seems to cost more than
/// it does.
#[cfg(not(target_os = "linux"))]
fn processor_time() -> Duration {
    static BEGIN: OnceLock<tokio::time::Instant> = OnceLock::new();
    BEGIN.get_or_init(tokio::time::Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Uses processor time, so that the test passes on a busy machine.
    #[test]
    fn an_estimate_is_near_the_measured_time_for_every_kind() {
        for (kind, expensive) in [
            (Kind::Argon2, "m=19456,t=1,p=1", "m=19456,t=4,p=1"),
            (Kind::Bcrypt, "$05$", "$08$"),
            (Kind::Scrypt, "ln=12", "ln=14"),
            (Kind::Pbkdf2Sha1, "$4000", "$40000"),
            (Kind::Pbkdf2Sha256, "$4000", "$40000"),
            (Kind::Pbkdf2Sha512, "$4000", "$40000"),
            (Kind::Sha256Crypt, "=1000", "=10000"),
            (Kind::Sha512Crypt, "=1000", "=10000"),
        ]
        .map(|(kind, cheap, costlier)| (kind, kind.probe().replace(cheap, costlier)))
        {
            let hash = parse(&expensive).expect("is a hash");
            let work = hash.work(PROBE_PASSWORD.len());
            assert_eq!(work.kind, kind);
            let estimate = work.estimate();
            let mut memory = Memory::keeping_nothing();
            let begun = processor_time();
            assert!(!hash.verify(PROBE_PASSWORD, &mut memory));
            let took = processor_time() - begun;
            let ratio = took.as_secs_f64() / estimate.as_secs_f64();
            assert!(
                (0.3..3.0).contains(&ratio),
                "{kind:?}: {took:?} of {estimate:?}"
            );
        }
    }

    #[test]
    fn work_of_one_kind_is_compared_without_a_measurement() {
        let work = |iterations| Work::of(Kind::Pbkdf2Sha1, &[iterations]);
        assert_eq!(work(5).is_known_to_exceed(work(4)), Some(true));
        assert_eq!(work(4).is_known_to_exceed(work(2).times(2)), Some(false));
        assert_eq!(Work::of(Kind::Bcrypt, &[u64::MAX, 2]).units, u64::MAX);
    }
}
