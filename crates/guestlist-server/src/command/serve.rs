//! `guestlist serve`

mod network;
mod setup_link;
mod upkeep;

use std::{
    io::{self, Write},
    net::SocketAddr,
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use guestlist::counted;
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime,
};

use guestlist::SignUpPolicy;
use setup_link::SetupLink;

use super::{key_files::key_file, open, opening::Opening};
use crate::{
    config::Settings,
    logging, mail, metrics,
    router::Surroundings,
    serve::{self, Limits, Shutdown, Threads},
};

/// The queue of connections to be accepted. The system may allow fewer (`net.core.somaxconn`).
const WAITING_TO_BE_ACCEPTED: u32 = 4_096;

/// The flags of this command.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Arguments {
    /// Listens on this address [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
}

impl Arguments {
    /// These flags; the other ones count where these leave something out.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
        }
    }
}

/// Serves until a shutdown is requested.
pub(super) fn run(settings: Settings) -> anyhow::Result<()> {
    logging::start(&settings)?;
    serve::raise_file_limit();
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(start(settings))
}

async fn start(settings: Settings) -> anyhow::Result<()> {
    if !settings.passed_over().is_empty() {
        let variables = settings.passed_over().join(", ");
        tracing::info!(
            "ignored variables that Kubernetes sets for a service of this name: {variables}"
        );
    }
    for ignored in settings.ignored() {
        tracing::info!("{ignored}");
    }
    if let Some(tz) = settings.unusable_tz() {
        tracing::warn!(
            "TZ is {tz:?}, which names no time zone and is ignored; use a name such as Europe/Berlin"
        );
    }
    tracing::info!(
        "new events without a time zone get {} ({})",
        settings.time_zone.name(),
        settings.source_of("server.time_zone"),
    );
    let shutdown = Shutdown::on_signals()?;
    let threads = Threads::start().context("cannot start the threads that serve")?;
    let prepared = open::prepare(&settings, Opening::Makes)?;
    // An address that is in use is found before anything is made. Clients are let in later.
    let socket = bind(settings.listen, &settings, "server.listen")?;
    if settings.metrics_listen == Some(settings.listen) && settings.listen.port() != 0 {
        bail!(
            "{}: {} is the address of `server.listen`, too; give another port",
            settings.source_of("metrics.listen"),
            settings.listen
        );
    }
    let metrics_socket = settings.metrics_listen;
    let metrics_socket = metrics_socket.map(|address| bind(address, &settings, "metrics.listen"));
    let metrics_socket = metrics_socket.transpose()?;
    let installation = prepared.open(&settings).await?;
    let listener = listen(socket, &settings, "server.listen")?;
    let settings = settings.listening_on(listener.local_addr()?);
    let (new_key, stores) = (installation.new_key, installation.stores.clone());
    if installation.has_previous_key() {
        say_when_the_previous_key_may_go(&settings);
    }
    let counted = match metrics_socket {
        Some(socket) => {
            let listener = listen(socket, &settings, "metrics.listen")?;
            Some((listener, metrics::install()?))
        }
        None => None,
    };
    let app = installation.app(&settings)?;
    let tended = app.guestlist.tend_keys().await;
    tended.context("cannot maintain the keys that sign access tokens")?;
    tokio::spawn(upkeep::from_time_to_time(app.clone()));
    let mails = mail::sender(&settings, app.guestlist.clone())?;
    let mails = mails.map(tokio::spawn);
    if let Some((listener, handle)) = counted {
        let (readiness, limits) = (app.readiness.clone(), Limits::from(&settings));
        let serve = serve::serve(
            listener,
            threads.clone(),
            metrics::router(handle),
            readiness,
            limits,
            shutdown.clone(),
        );
        tokio::spawn(serve);
    }
    let setup = setup_link::offer(&app, &settings).await?;
    greet(&settings, new_key, setup.as_ref())?;
    let surroundings = Surroundings::of(&settings);
    let (readiness, limits) = (app.readiness.clone(), Limits::from(&settings));
    serve::serve(
        listener,
        threads,
        app.clone().service(surroundings)?,
        readiness,
        limits,
        shutdown,
    )
    .await;
    // A mail that is being sent is sent again after its lease, by any server.
    if let Some(mails) = mails {
        mails.abort();
    }
    upkeep::once_more(&app).await;
    stores.close().await.context("cannot close the database")
}

/// Takes the address, as `TcpListener::bind` does.
fn bind(address: SocketAddr, settings: &Settings, name: &str) -> anyhow::Result<TcpSocket> {
    let bind = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // On Windows this would let two programs share the address.
        if cfg!(unix) {
            socket.set_reuseaddr(true)?;
        }
        socket.bind(address)?;
        Ok(socket)
    };
    bind().map_err(|error| cannot_listen(address, &error, settings, name))
}

/// Listens with a longer queue of connections that wait to be accepted than `TcpListener::bind`
/// has. A client that finds the queue full tries again after a second.
fn listen(socket: TcpSocket, settings: &Settings, name: &str) -> anyhow::Result<TcpListener> {
    let address = socket.local_addr()?;
    let listener = socket.listen(WAITING_TO_BE_ACCEPTED);
    listener.map_err(|error| cannot_listen(address, &error, settings, name))
}

fn cannot_listen(
    address: SocketAddr,
    error: &io::Error,
    settings: &Settings,
    name: &str,
) -> anyhow::Error {
    let source = settings.source_of(name);
    let why = match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there; stop it, or give another port",
        io::ErrorKind::AddrNotAvailable => {
            "this machine does not have that address; give one of its own, or 0.0.0.0 for all"
        }
        io::ErrorKind::PermissionDenied => {
            "this user may not listen on that port; give a port above 1023"
        }
        _ => return anyhow!("{source}: cannot listen on {address}: {error}; give another address"),
    };
    anyhow!("{source}: cannot listen on {address}: {why}")
}

/// Warns at the start: no later message says so.
fn say_when_the_previous_key_may_go(settings: &Settings) {
    let days = counted(settings.lifetime.as_secs().div_ceil(86_400), "day");
    tracing::warn!(
        "the previous secret key is still accepted: remove it (SECRET_KEY_PREVIOUS, or secret_previous.key) {days} \
         after the change, when the last earlier session has ended"
    );
}

/// Prints one block for the operator.
fn greet(settings: &Settings, new_key: bool, setup: Option<&SetupLink>) -> io::Result<()> {
    let places = settings.places();
    let places = if places.is_empty() {
        "all defaults".to_owned()
    } else {
        places.join(", ")
    };
    let base = &settings.base_url;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "\n  guestlist {}: a list decides who comes in\n",
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(out, "  address   {base}")?;
    // If the operator has set the base URL, that is the address to use.
    let network = match settings.has_default_base_url() && settings.listen.ip().is_unspecified() {
        true => network::urls(settings.listen),
        false => Vec::new(),
    };
    for url in &network {
        writeln!(out, "  network   {url}")?;
    }
    writeln!(out, "  docs      {base}/docs")?;
    writeln!(out, "  data      {}", settings.data_dir.display())?;
    match settings.public_by().as_slice() {
        [] => writeln!(out, "  reach     private: only this machine can connect")?,
        settings => writeln!(
            out,
            "  reach     public: other machines may connect, by {}",
            settings.join(" and ")
        )?,
    }
    writeln!(out, "  settings  {places}")?;
    let policy = settings.sign_up_policy();
    let whose = match policy {
        SignUpPolicy::Open => "all visitors",
        SignUpPolicy::Invited => "visitors with an invitation",
        SignUpPolicy::Approval => "visitors whom an administrator approves",
        SignUpPolicy::Closed => "no visitor",
    };
    writeln!(
        out,
        "  sign-up   {policy}: {whose}; set sign_up.policy to change it"
    )?;
    if let Some(setup) = setup {
        writeln!(out, "  setup     there is no administrator: {setup}")?;
    }
    if new_key {
        let path = key_file(settings);
        writeln!(
            out,
            "  key       no SECRET_KEY is set: made 32 random bytes, kept in {}",
            path.display()
        )?;
    }
    if !settings.is_private() {
        writeln!(
            out,
            "\n  Others can connect. Short secrets and a secret.key that others can read are refused; /event/ shows\n  \
             creators by name unless compat.show_creator_email is set. TLS is not supported yet; use a reverse proxy."
        )?;
    }
    if !network.is_empty() {
        writeln!(
            out,
            "\n  Phones in the same network can open a network address above. {}\n\n  \
             Links on pages and in calendar files begin with {base}. To use another address in links, set\n  \
             server.base_url (GUESTLIST_SERVER__BASE_URL). If it is plain http, also set server.insecure_cookies to\n  \
             true (GUESTLIST_SERVER__INSECURE_COOKIES), otherwise browsers cannot sign in.",
            who_signs_up_there(policy)
        )?;
    }
    writeln!(out)?;
    out.flush()
}

/// Says what a visitor of a network address needs to sign up.
fn who_signs_up_there(policy: SignUpPolicy) -> &'static str {
    match policy {
        SignUpPolicy::Open => "All visitors may sign up there.",
        SignUpPolicy::Approval => "All visitors may sign up there; an administrator approves them.",
        SignUpPolicy::Invited => {
            "To sign up there, a visitor\n  needs an invitation: run `guestlist invitations make`. To let all visitors \
             sign up, set sign_up.policy\n  to open (GUESTLIST_SIGN_UP__POLICY=open)."
        }
        SignUpPolicy::Closed => {
            "No visitor may sign up\n  there: sign_up.policy is closed. Add users with `guestlist users add EMAIL`, or \
             set sign_up.policy to\n  invited or open (GUESTLIST_SIGN_UP__POLICY)."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_says_what_lets_a_telephone_sign_up() {
        for policy in SignUpPolicy::ALL {
            let said = who_signs_up_there(policy);
            let admits = matches!(policy, SignUpPolicy::Open | SignUpPolicy::Approval);
            assert_eq!(said.contains("All visitors may"), admits, "{said}");
            assert_eq!(said.contains("sign_up.policy"), !admits, "{said}");
            assert_eq!(
                said.contains("GUESTLIST_SIGN_UP__POLICY"),
                !admits,
                "{said}"
            );
        }
    }
}
