//! The examples, run as a stranger would run them: one program of tests, because each takes long to link.

mod browser_cookies;
mod cors;
mod database_tokens;
mod documents;
mod fifteen_lines;
mod program;
