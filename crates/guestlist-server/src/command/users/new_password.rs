//! Reads a new password. It is never an argument, because every process can read those.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, bail, ensure};
use guestlist::Password;

/// The longest line that is read, in bytes. No password may be as long.
const MAX_LINE: u64 = 64 * 1024;

/// Asks for the password twice on a terminal; otherwise reads the first line of stdin.
pub(super) fn read() -> anyhow::Result<Password> {
    let stdin = io::stdin();
    let typed = if stdin.is_terminal() {
        let first = ask("Password: ")?;
        ensure!(first == ask("Again: ")?, "the two passwords are different");
        first
    } else {
        first_line(stdin.lock())?
    };
    Ok(Password::new(typed))
}

fn ask(prompt: &str) -> anyhow::Result<String> {
    rpassword::prompt_password(prompt).context("cannot ask for the password")
}

fn first_line(input: impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    let read = input.take(MAX_LINE).read_line(&mut line);
    read.context("cannot read the password from stdin")?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        bail!("stdin has no password");
    }
    Ok(password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_unchanged_first_line() {
        for (input, expected) in [
            ("exemplary\n", "exemplary"),
            ("exemplary\r\nmore\n", "exemplary"),
            (" with blanks ", " with blanks "),
        ] {
            assert_eq!(first_line(input.as_bytes()).expect(input), expected);
        }
        for input in ["", "\n", "\r\n"] {
            assert!(first_line(input.as_bytes()).is_err(), "{input:?}");
        }
        assert!(first_line(&b"\xff\n"[..]).is_err());
    }
}
