//! Measures several ways to do the same thing, in turns, each with several callers at the same
//! time.

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use futures_util::future::{BoxFuture, try_join_all};
use tokio::time::Instant;

/// The number of callers. Each sends the next call when it has an answer.
pub(crate) const CALLERS: u32 = 32;

/// One of the ways.
#[derive(Clone)]
pub(crate) struct Way {
    name: &'static str,
    once: Arc<dyn Fn(u64) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>,
}

impl Way {
    /// Creates a way that runs `once` with a new number each time.
    pub(crate) fn new<F>(
        name: &'static str,
        once: impl Fn(u64) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let once = Arc::new(move |number| -> BoxFuture<'static, _> { Box::pin(once(number)) });
        Self { name, once }
    }

    /// Returns how often it runs per second, for this many times or for `SECONDS_EACH`.
    async fn rate(&self, times: Option<u64>) -> anyhow::Result<f64> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let seconds = Duration::from_secs(setting("SECONDS_EACH", 4)?);
        let (began, begun) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let callers = (0..CALLERS).map(|_| {
            let (once, begun) = (Arc::clone(&self.once), Arc::clone(&begun));
            tokio::spawn(async move {
                let mut done = 0_u32;
                while match times {
                    Some(times) => begun.fetch_add(1, Ordering::Relaxed) < times,
                    None => began.elapsed() < seconds,
                } {
                    once(NEXT.fetch_add(1, Ordering::Relaxed)).await?;
                    done += 1;
                }
                anyhow::Ok(done)
            })
        });
        let done: anyhow::Result<Vec<u32>> = try_join_all(callers).await?.into_iter().collect();
        let done: u32 = done?.into_iter().sum();
        Ok(f64::from(done) / began.elapsed().as_secs_f64())
    }
}

/// Measures the ways in turns, and prints each round and the medians, compared with the first way.
pub(crate) async fn measure(what: &str, ways: &[Way]) -> anyhow::Result<()> {
    measure_each_round(what, None, async || Ok(ways.to_vec())).await
}

/// Does the same with ways that are created for each round, each run this many times.
pub(crate) async fn measure_each_round(
    what: &str,
    times: Option<u64>,
    made: impl AsyncFn() -> anyhow::Result<Vec<Way>>,
) -> anyhow::Result<()> {
    println!("{what}, {CALLERS} callers at once");
    let mut all: Vec<(&str, Vec<f64>)> = Vec::new();
    for round in 1..=setting("ROUNDS", 5)? {
        let mut line = format!("  round {round}:");
        for (at, way) in made().await?.iter().enumerate() {
            let rate = way.rate(times).await.context(way.name)?;
            line += &format!(" {} {rate:.0}/s;", way.name);
            match all.get_mut(at) {
                Some((_, rates)) => rates.push(rate),
                None => all.push((way.name, vec![rate])),
            }
        }
        println!("{line}");
    }
    let medians: Vec<_> = all
        .into_iter()
        .map(|(name, rates)| (name, median(rates)))
        .collect();
    for (name, rate) in &medians {
        println!(
            "  median: {name} {rate:.0}/s, the first is {:.2} of it",
            medians[0].1 / rate
        );
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

pub(crate) fn setting(name: &str, usual: u64) -> anyhow::Result<u64> {
    match env::var(name) {
        Ok(text) => text
            .parse()
            .with_context(|| format!("{name} must be a number")),
        Err(_) => Ok(usual),
    }
}
