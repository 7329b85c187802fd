//! `guestlist serve`

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use guestlist::SecretKey;
use tokio::{net::TcpListener, runtime, time};

use crate::{
    app::{App, Surroundings},
    config::Settings,
    database::Stores,
    logging, metrics,
    serve::{self, Limits, Shutdown},
};

/// What has expired is removed this often.
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);

/// The flags of this command alone.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Arguments {
    /// Listens there [default: 127.0.0.1:8080]
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

/// Serves until it is told to stop.
pub(super) fn run(settings: Settings) -> anyhow::Result<()> {
    logging::start(&settings)?;
    serve::raise_file_limit();
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(start(settings))
}

async fn start(settings: Settings) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals()?;
    make_data_folder(&settings.data_dir)?;
    let new_key = settings.secret_key.is_none() && !key_file(&settings).exists();
    let secret = secret_key(&settings)?;
    let stores = Stores::open(settings.database_url.expose()).await?;
    let listener = listen(settings.listen).await?;
    let settings = settings.listening_on(listener.local_addr()?);
    let app = App::new(stores.clone(), secret, &settings)?;
    tokio::spawn(sweep_from_time_to_time(app.clone()));
    if let Some(address) = settings.metrics_listen {
        let (listener, handle) = (listen(address).await?, metrics::install()?);
        let (readiness, limits) = (app.readiness.clone(), Limits::from(&settings));
        let serve = serve::serve(
            listener,
            metrics::router(handle),
            readiness,
            limits,
            shutdown.clone(),
        );
        tokio::spawn(serve);
    }
    greet(&settings, new_key)?;
    let surroundings = Surroundings {
        trusted_proxies: settings.trusted_proxies.clone(),
        counted: settings.metrics_listen.is_some(),
    };
    let (readiness, limits) = (app.readiness.clone(), Limits::from(&settings));
    serve::serve(
        listener,
        app.router(surroundings),
        readiness,
        limits,
        shutdown,
    )
    .await;
    stores
        .close()
        .await
        .context("cannot bring the database into one file")
}

async fn listen(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    let hint = "another program may listen there; --listen takes another address";
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} ({hint})"))
}

/// The folder is for this user alone: it holds the secret and everybody's records.
pub(super) fn make_data_folder(folder: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let hint = "server.data_dir names the folder";
    let named = || format!("cannot make the data folder {} ({hint})", folder.display());
    builder.create(folder).with_context(named)
}

/// The key somebody chose; else the one in the data folder, made at the first start. A short one was
/// let through by the settings only where nobody else can connect.
fn secret_key(settings: &Settings) -> anyhow::Result<SecretKey> {
    let Some(chosen) = &settings.secret_key else {
        return Ok(SecretKey::load_or_create(key_file(settings))?);
    };
    if settings.is_loopback() {
        let bytes = chosen.expose();
        return Ok(SecretKey::new(bytes).or_else(|error| {
            tracing::warn!("{error}: good enough on loopback, refused elsewhere");
            SecretKey::weak(bytes)
        })?);
    }
    SecretKey::new(chosen.expose()).context("SECRET_KEY will not do where others can connect")
}

fn key_file(settings: &Settings) -> PathBuf {
    settings.data_dir.join("secret.key")
}

async fn sweep_from_time_to_time(app: App) {
    let mut interval = time::interval(SWEEP_EVERY);
    loop {
        interval.tick().await;
        match app.sweep().await {
            Ok(0) => {}
            Ok(swept) => tracing::info!(swept, "removed what had expired"),
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::error!(error, "cannot remove what has expired");
            }
        }
    }
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
    writeln!(out, "  docs      {base}/docs")?;
    writeln!(out, "  data      {}", settings.data_dir.display())?;
    writeln!(out, "  settings  {places}")?;
    if new_key {
        let path = key_file(settings);
        writeln!(
            out,
            "  key       no SECRET_KEY is set: made 32 random bytes, kept in {}",
            path.display()
        )?;
    }
    if !settings.is_loopback() {
        writeln!(
            out,
            "\n  Others can connect. Not there yet: throttling of sign-ins, and TLS: put a proxy in front."
        )?;
    }
    writeln!(out)?;
    out.flush()
}
