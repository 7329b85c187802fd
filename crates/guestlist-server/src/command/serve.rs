//! `guestlist serve`

mod network;
mod upkeep;

use std::io::{self, Write};

use anyhow::Context;
use clap::Args;
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime,
};

use super::open;
use crate::{
    app::Surroundings,
    config::Settings,
    logging, metrics,
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
    /// These, and for what they do not say those.
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
    tracing::info!(
        "new events without a time zone get {} ({})",
        settings.time_zone.name(),
        settings.source_of("server.time_zone"),
    );
    let shutdown = Shutdown::on_signals()?;
    let threads = Threads::start().context("cannot start the threads that serve")?;
    let house = open::house(&settings).await?;
    let listener = listen(settings.listen, &settings, "server.listen")?;
    let settings = settings.listening_on(listener.local_addr()?);
    let (new_key, stores) = (house.new_key, house.stores.clone());
    if house.has_previous_key() {
        say_when_the_previous_key_may_go(&settings);
    }
    let counted = match settings.metrics_listen {
        Some(address) => {
            let listener = listen(address, &settings, "metrics.listen")?;
            Some((listener, metrics::install()?))
        }
        None => None,
    };
    let app = house.app(&settings)?;
    let tended = app.guestlist.tend_keys().await;
    tended.context("cannot maintain the keys that sign access tokens")?;
    tokio::spawn(upkeep::from_time_to_time(app.clone()));
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
    greet(&settings, new_key)?;
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
    upkeep::once_more(&app).await;
    stores.close().await.context("cannot close the database")
}

fn listen(
    address: std::net::SocketAddr,
    settings: &Settings,
    name: &str,
) -> anyhow::Result<TcpListener> {
    bind(address).with_context(|| {
        format!(
            "{}: cannot listen on {address}; another program may listen there, or the address is not this machine's: \
             give another one",
            settings.source_of(name)
        )
    })
}

/// Listens as `TcpListener::bind` does, and lets more connections wait until they are accepted. A connection that finds
/// the queue full comes again after a second.
fn bind(address: std::net::SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // Elsewhere this would let two programs share the address.
    if cfg!(unix) {
        socket.set_reuseaddr(true)?;
    }
    socket.bind(address)?;
    socket.listen(WAITING_TO_BE_ACCEPTED)
}

/// Nothing reminds of it later.
fn say_when_the_previous_key_may_go(settings: &Settings) {
    let days = settings.lifetime.as_secs().div_ceil(86_400);
    tracing::warn!(
        "the previous secret key is still taken: remove it (SECRET_KEY_PREVIOUS, or secret_previous.key) {days} days \
         after the change, when the last session of before has ended"
    );
}

/// One block for the person who started it.
fn greet(settings: &Settings, new_key: bool) -> io::Result<()> {
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
    if new_key {
        let path = open::key_file(settings);
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
             creators by name unless compat.show_creator_email is set. Not supported yet: throttling of sign-ins,\n  \
             and TLS; use a reverse proxy."
        )?;
    }
    if !network.is_empty() {
        writeln!(
            out,
            "\n  Phones in the same network can open a network address above, and sign up there. Links on pages and in\n  \
             calendar files begin with {base}. To use another address in links, set server.base_url\n  \
             (GUESTLIST_SERVER__BASE_URL). If it is plain http, also set server.insecure_cookies to true\n  \
             (GUESTLIST_SERVER__INSECURE_COOKIES), otherwise browsers cannot sign in."
        )?;
    }
    writeln!(out)?;
    out.flush()
}
