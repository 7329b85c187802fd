//! Sends mails: to a mail server, or into files. A task of its own does it, so that no request
//! waits for a mail server.

mod build;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, anyhow};
use async_trait::async_trait;
use guestlist::{DefaultTexts, Email, Guestlist, Mail, MailError, Mailer, Site, causes};
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{self, extension::ClientId},
};
use tokio::time;

use crate::config::{MailUrl, Settings, is_loopback_url};

/// How long one command of SMTP may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait if no mail is due.
const PAUSE: Duration = Duration::from_secs(2);
/// How long to wait after the database failed.
const AFTER_A_FAILURE: Duration = Duration::from_secs(10);
/// How many mails are sent at once: as many as `send_due_messages` takes.
const AT_ONCE: u32 = 8;
/// The codes by which a mail server refuses the password or asks for one (RFC 4954, section 6). The
/// settings are wrong, not the mail.
const REFUSED_CREDENTIALS: [&str; 4] = ["530", "534", "535", "538"];

type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// Sends mails until it is dropped. Returns `None` if the settings send none.
pub(crate) fn sender(
    settings: &Settings,
    guestlist: Guestlist,
) -> anyhow::Result<Option<impl Future<Output = ()> + Send + use<>>> {
    let Some(mailer) = mailer(settings)? else {
        return Ok(None);
    };
    let site = Site {
        name: settings.name.clone(),
        base_url: settings.base_url.clone(),
        time_zone: Some(settings.time_zone.rules().clone()),
    };
    Ok(Some(async move {
        loop {
            let sent = guestlist.send_due_messages(&*mailer, &DefaultTexts, &site);
            match sent.await {
                Ok(sent) if sent.due >= AT_ONCE => tokio::task::yield_now().await,
                Ok(_) => time::sleep(PAUSE).await,
                Err(error) => {
                    let error = causes(&error);
                    tracing::error!(error, "cannot read or note the mails that are due");
                    time::sleep(AFTER_A_FAILURE).await;
                }
            }
        }
    }))
}

/// Returns the mailer that the settings name, if they name one.
fn mailer(settings: &Settings) -> anyhow::Result<Option<Arc<dyn Mailer>>> {
    // The settings were refused without it.
    let from = || {
        let from = settings.mail_from.clone();
        from.ok_or_else(|| anyhow!("mail.from is missing"))
    };
    Ok(match &settings.mail_url {
        MailUrl::Off => None,
        MailUrl::Folder(folder) => {
            create_private(folder).with_context(|| {
                format!("mail.url: cannot make the folder {}", folder.display())
            })?;
            Some(Arc::new(Folder::new(
                from()?,
                settings.name.clone(),
                folder.clone(),
            )))
        }
        MailUrl::Server(url) => Some(Arc::new(Server::new(from()?, settings.name.clone(), url)?)),
    })
}

/// Creates the folder for its owner alone, because mails contain links. An existing folder keeps its
/// mode.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Sends to a mail server, over a pool of connections.
#[derive(Debug)]
struct Server {
    from: Email,
    name: String,
    transport: Smtp,
}

impl Server {
    fn new(from: Email, name: String, url: &str) -> anyhow::Result<Self> {
        let url = whole_url(url);
        // The error may repeat the URL, which may have a password.
        let builder = Smtp::from_url(&url).map_err(|_| anyhow!("mail.url: not a mail server"))?;
        let host = from.key().rsplit_once('@').map(|(_, host)| host);
        let host = host.unwrap_or("localhost").to_owned();
        let builder = builder
            .hello_name(ClientId::Domain(host))
            .timeout(Some(TIMEOUT));
        Ok(Self {
            from,
            name,
            transport: builder.build(),
        })
    }
}

/// Adds that the mail server must offer STARTTLS, except on this machine.
fn whole_url(url: &str) -> String {
    if url.starts_with("smtps://") || is_loopback_url(url) {
        url.to_owned()
    } else {
        format!("{url}?tls=required")
    }
}

#[async_trait]
impl Mailer for Server {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = build::message(&self.from, &self.name, mail)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(refusal(&error)),
        }
    }
}

/// A reply of 5xx is final, except if it is about the password of this server.
fn refusal(error: &smtp::Error) -> MailError {
    let text = causes(error);
    let code = error.status().map(|code| code.to_string());
    let about_us = code.is_some_and(|code| REFUSED_CREDENTIALS.contains(&code.as_str()));
    if error.is_permanent() && !about_us {
        MailError::Permanent(text)
    } else {
        MailError::Temporary(text)
    }
}

/// Writes each mail into a file.
#[derive(Debug)]
struct Folder {
    from: Email,
    name: String,
    folder: PathBuf,
}

impl Folder {
    fn new(from: Email, name: String, folder: PathBuf) -> Self {
        Self { from, name, folder }
    }
}

#[async_trait]
impl Mailer for Folder {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let message = build::message(&self.from, &self.name, mail)?;
        let files = AsyncFileTransport::<Tokio1Executor>::new(&self.folder);
        let written = files.send(message).await;
        let written = written.map(drop);
        written.map_err(|error| MailError::Temporary(causes(&error)))
    }
}

#[cfg(test)]
mod tests;
