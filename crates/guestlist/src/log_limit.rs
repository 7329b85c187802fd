//! Limits log lines that any client can cause without end: the first ones are written, the rest are
//! counted.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    time::{Instant, sleep_until},
};

use crate::with_commas;

/// The time for which lines are counted together.
const WINDOW: Duration = Duration::from_secs(10);

/// Limits how many log lines of one kind are written in ten seconds, and counts the others. After
/// the ten seconds, one line says how many were not written.
///
/// Memory grows with the number of kinds. So a kind must be one of a fixed number of things, such
/// as a status and a code, and never a value that a client sends.
pub struct LogLimit<K> {
    lines: u32,
    kinds: Kinds<K>,
    tell: fn(K, Suppressed),
}

type Kinds<K> = Arc<Mutex<HashMap<K, Window>>>;

/// The number of lines that were not written. Displayed as `1,204 more like this in 10 s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suppressed(pub u64);

struct Window {
    ends: Instant,
    written: u32,
    suppressed: u64,
}

impl Window {
    fn beginning(now: Instant) -> Self {
        Self {
            ends: now + WINDOW,
            written: 0,
            suppressed: 0,
        }
    }
}

impl<K: Copy + Eq + Hash + Send + 'static> LogLimit<K> {
    /// Allows `lines` lines of each kind in ten seconds. `tell` writes the line that says how many
    /// were not written.
    pub fn new(lines: u32, tell: fn(K, Suppressed)) -> Self {
        Self {
            lines,
            kinds: Kinds::default(),
            tell,
        }
    }

    /// Whether to write a line of this kind. Call it once per line: it counts.
    pub fn admits(&self, kind: K) -> bool {
        let now = Instant::now();
        let mut kinds = locked(&self.kinds);
        let window = kinds.entry(kind).or_insert_with(|| Window::beginning(now));
        let mut suppressed = 0;
        if now >= window.ends {
            suppressed = mem::replace(window, Window::beginning(now)).suppressed;
        }
        let is_admitted = window.written < self.lines;
        if is_admitted {
            window.written += 1;
        } else {
            window.suppressed += 1;
        }
        let is_first = window.suppressed == 1 && !is_admitted;
        let ends = window.ends;
        drop(kinds);
        if suppressed > 0 {
            (self.tell)(kind, Suppressed(suppressed));
        }
        // Without a runtime, the next line after the ten seconds reports the count.
        if is_first && let Ok(runtime) = Handle::try_current() {
            let (kinds, tell) = (Arc::clone(&self.kinds), self.tell);
            runtime.spawn(async move {
                sleep_until(ends).await;
                let mut kinds = locked(&kinds);
                let window = kinds.get_mut(&kind).filter(|window| window.ends == ends);
                let suppressed = window.map_or(0, |window| mem::take(&mut window.suppressed));
                drop(kinds);
                if suppressed > 0 {
                    tell(kind, Suppressed(suppressed));
                }
            });
        }
        is_admitted
    }
}

/// Locks the counts. A thread that panicked can only have left a wrong count.
fn locked<K>(kinds: &Mutex<HashMap<K, Window>>) -> MutexGuard<'_, HashMap<K, Window>> {
    kinds.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K> Drop for LogLimit<K> {
    fn drop(&mut self) {
        let mut kinds = locked(&self.kinds);
        for (kind, window) in kinds.drain() {
            if window.suppressed > 0 {
                (self.tell)(kind, Suppressed(window.suppressed));
            }
        }
    }
}

impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (suppressed, seconds) = (with_commas(self.0), WINDOW.as_secs());
        write!(f, "{suppressed} more like this in {seconds} s")
    }
}

impl<K> fmt::Debug for LogLimit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLimit")
            .field("lines", &self.lines)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::time::advance;

    use super::*;

    #[test]
    fn a_count_has_commas() {
        for (count, text) in [
            (1, "1"),
            (999, "999"),
            (1_204, "1,204"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(
                Suppressed(count).to_string(),
                format!("{text} more like this in 10 s")
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn suppressed_lines_are_reported_once_after_ten_seconds() {
        static TOLD: AtomicU64 = AtomicU64::new(0);
        let limit = LogLimit::new(2, |kind: u8, suppressed| {
            TOLD.fetch_add(suppressed.0 * 1_000 + u64::from(kind), Ordering::SeqCst);
        });
        let admitted = (0..7).filter(|_| limit.admits(1)).count();
        assert_eq!(
            (admitted, limit.admits(2)),
            (2, true),
            "each kind has its own count"
        );
        advance(Duration::from_millis(9_990)).await;
        tokio::task::yield_now().await;
        assert_eq!(TOLD.load(Ordering::SeqCst), 0);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(TOLD.load(Ordering::SeqCst), 5_001);
        assert!(
            limit.admits(1) && limit.admits(1) && !limit.admits(1),
            "a new count"
        );
        drop(limit);
        assert_eq!(
            TOLD.load(Ordering::SeqCst),
            6_002,
            "dropping the limit reports the rest"
        );
    }

    #[test]
    fn without_a_runtime_the_next_line_reports_the_count() {
        static TOLD: AtomicU64 = AtomicU64::new(0);
        let limit = LogLimit::new(1, |(), suppressed| {
            TOLD.fetch_add(suppressed.0, Ordering::SeqCst);
        });
        assert!(limit.admits(()) && !limit.admits(()) && !limit.admits(()));
        locked(&limit.kinds).get_mut(&()).expect("is there").ends = Instant::now();
        assert!(limit.admits(()));
        assert_eq!(TOLD.load(Ordering::SeqCst), 2);
    }
}
