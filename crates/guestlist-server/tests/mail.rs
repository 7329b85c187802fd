//! Mails of the real binary. A mail server on loopback (`aiosmtpd` of PyPI) takes them, and Python's
//! `email` library reads them. Without `aiosmtpd` in `target/ci-tools` these tests say that they are
//! skipped, and fail if `CI` is set.

mod content;
mod flows;
mod killed;
mod outage;
mod restored;
mod server;
mod site;
mod trust;
