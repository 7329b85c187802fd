//! The pages in a real Chromium, on the real binary: for behaviour that only a browser decides.
//! Needs `chromium` and `chromedriver`. Without them each test says that it is skipped, and fails
//! if `CI=true` is set.

mod chromium;
#[path = "../paths.rs"]
mod paths;
mod server;

mod accessible;
mod attacks;
mod filled;
mod keyboard;
mod left_behind;
mod long_words;
mod newcomer;
mod widths;
