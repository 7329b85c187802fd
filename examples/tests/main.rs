//! Tests that run the examples. They are one test program, because linking each takes long.

mod browser_cookies;
mod cors;
mod database_tokens;
mod documents;
mod fifteen_lines;
mod program;
