//! Runs the examples as separate programs. All tests are one program, because each takes long to
//! link.

mod browser_cookies;
mod cors;
mod database_tokens;
mod fifteen_lines;
mod program;
