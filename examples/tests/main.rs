//! The examples, run as a stranger would run them: one program of tests, because each takes long to link.

mod database_tokens;
mod fifteen_lines;
mod program;
