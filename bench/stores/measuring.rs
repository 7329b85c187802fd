//! Several ways to do the same, in turns, each by so many callers at once.

use std::{
    env,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::Context;
use futures_util::future::{BoxFuture, try_join_all};
use tokio::time::Instant;

/// So many callers ask at once, each for the next thing when it has an answer.
pub(crate) const CALLERS: u32 = 32;

/// One of the ways.
pub(crate) struct Way {
    name: &'static str,
    once: Box<dyn Fn(u64) -> BoxFuture<'static, anyhow::Result<()>> + Send + Sync>,
}

impl Way {
    /// One that is done by `once`, which gets a number that it got never before.
    pub(crate) fn new<F>(
        name: &'static str,
        once: impl Fn(u64) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let once = Box::new(move |number| -> BoxFuture<'static, _> { Box::pin(once(number)) });
        Self { name, once }
    }

    /// How often it is done in a second.
    async fn rate(&self, time: Duration) -> anyhow::Result<f64> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let began = Instant::now();
        let callers = (0..CALLERS).map(async |_| {
            let mut done = 0_u32;
            while began.elapsed() < time {
                tokio::spawn((self.once)(NEXT.fetch_add(1, Ordering::Relaxed))).await??;
                done += 1;
            }
            anyhow::Ok(done)
        });
        let done: u32 = try_join_all(callers).await?.into_iter().sum();
        Ok(f64::from(done) / began.elapsed().as_secs_f64())
    }
}

/// Measures them in turns, and prints each round and the medians, against the first.
pub(crate) async fn measure(what: &str, ways: &[Way]) -> anyhow::Result<()> {
    let rounds = setting("ROUNDS", 5)?;
    let time = Duration::from_secs(setting("SECONDS_EACH", 4)?);
    println!("{what}, {CALLERS} callers at once");
    let mut rates = vec![Vec::new(); ways.len()];
    for round in 1..=rounds {
        let mut line = format!("  round {round}:");
        for (way, rates) in ways.iter().zip(&mut rates) {
            let rate = way.rate(time).await.context(way.name)?;
            line += &format!(" {} {rate:.0}/s;", way.name);
            rates.push(rate);
        }
        println!("{line}");
    }
    let medians: Vec<f64> = rates.into_iter().map(median).collect();
    for (way, rate) in ways.iter().zip(&medians) {
        println!(
            "  median: {} {rate:.0}/s, the first is {:.2} of it",
            way.name,
            medians[0] / rate
        );
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn setting(name: &str, usual: u64) -> anyhow::Result<u64> {
    match env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name} is a number")),
        Err(_) => Ok(usual),
    }
}
