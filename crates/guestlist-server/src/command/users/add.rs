//! `guestlist users add`. If there is no installation, the command makes one, so the first user can
//! be added before the first start of the server. If the password is refused, the command makes
//! nothing.

use std::io::{self, Write};

use anyhow::bail;
use clap::Args;
use guestlist::{Email, Password, PasswordError, Role, UserName};

use super::new_password;
use crate::{
    command::{open, opening::Opening},
    config::Settings,
};

/// The arguments of this command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The e-mail address with which the user signs in
    #[arg(value_parser = Email::parse)]
    email: Email,
    /// The name that others see
    #[arg(long, value_parser = UserName::parse)]
    name: Option<UserName>,
    /// admin or member
    #[arg(long, default_value_t)]
    role: Role,
}

/// Reads the password, and adds the user.
pub(super) fn run(settings: Settings, arguments: Arguments) -> anyhow::Result<()> {
    let password = new_password::read()?;
    check(&settings, &arguments.email, &password)?;
    open::with_app(settings, Opening::Makes, async |app| {
        let Arguments { email, name, role } = arguments;
        let user = app.guestlist.add_user(email, name, password).await?;
        if role != Role::default() {
            app.guestlist.set_role(user.id, role).await?;
        }
        writeln!(io::stdout().lock(), "added {} {}", user.id, user.email)?;
        Ok(())
    })
}

/// Refuses a password before an installation is made for it. The rules of the library count in any
/// case.
fn check(settings: &Settings, email: &Email, password: &Password) -> anyhow::Result<()> {
    settings.password_policy().check(password, Some(email))?;
    if let Some(breached) = open::breached_passwords(settings)?
        && breached.contains(password)?
    {
        bail!(PasswordError::Breached);
    }
    Ok(())
}
