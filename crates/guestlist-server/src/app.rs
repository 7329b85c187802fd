//! The application: what handlers can ask for. `router.rs` has its routes.

use std::{convert::Infallible, io, ops::Deref, path::PathBuf, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts as HeadParts,
};
use guestlist::{
    Actor, BreachedPasswords, BuildError, Clock, DeleteUserError, Guestlist, SecretKey,
    SystemClock, User, UserId,
};
use guestlist_axum::SeenFrom;
use planner::{EventFilter, Planner};

use crate::{config::Settings, database::Stores, exports::Exports, serve::Readiness};

/// The state that handlers share. Each request clones it several times, so it is one pointer.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// Authentication: users, sessions and tokens.
    pub guestlist: Guestlist,
    /// The events.
    pub planner: Planner,
    /// Whether this node accepts requests.
    pub readiness: Readiness,
    /// The address of the application as users see it: `server.base_url`.
    pub base_url: String,
    /// The name of this site: `server.name`.
    pub name: Arc<str>,
    /// Whether the FastAPI-book addresses show the creator of an event by e-mail address instead of
    /// by name.
    pub shows_creator_email: bool,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes long answers, such as a user's export.
    pub exports: Exports,
}

/// The current secret, and the previous one if the secret was changed.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Seals and signs everything new.
    pub current: SecretKey,
    /// Accepted for sessions and tokens that were created under it. Nothing new uses it.
    pub previous: Option<SecretKey>,
}

impl App {
    /// Builds the application over these stores and secrets.
    ///
    /// # Errors
    ///
    /// If the filter of breached passwords cannot be opened, or the settings are refused by
    /// [`guestlist::Builder`](Guestlist::builder_over).
    pub fn new(stores: Stores, secrets: Secrets, settings: &Settings) -> Result<Self, AppError> {
        let limits = &settings.limits;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let of_requests = |secret: &SecretKey| secret.derive_for_application("keys of requests");
        let previous = secrets.previous.as_ref().map(of_requests);
        let planner = Planner::new(stores.planner, Arc::clone(&clock))
            .list_bytes(limits.list_bytes)
            .events_per_user(limits.events_per_user)
            .in_time_zone(settings.time_zone.clone())
            .request_secrets(
                &*of_requests(&secrets.current),
                previous.as_ref().map(|key| key.as_slice()),
            );
        let mut builder = Guestlist::builder_over(stores.accounts, secrets.current)
            .issuer(&settings.base_url)
            .recheck(settings.recheck)
            .lifetimes(settings.lifetimes())
            .limits(limits.of_tries())
            .refresh_retries(settings.limits.refresh_retries)
            .strategy(settings.strategy)
            .algorithm(settings.algorithm)
            .password_policy(settings.password_policy())
            .password_schemes(settings.schemes.iter().copied())
            .password_cost(settings.cost)
            .hashing_wait(settings.hashing_wait)
            .import_hash_limit(settings.limits.import_hash_seconds)
            .sessions_per_user(limits.sessions_per_user)
            .tokens_per_user(limits.tokens_per_user)
            .sign_up_policy(settings.sign_up_policy())
            .account_rules(settings.account_rules())
            .keep_security_events(settings.keep_security_events)
            .clock(Arc::clone(&clock));
        if let Some(previous) = secrets.previous {
            builder = builder.previous_secret(previous);
        }
        if let Some(threads) = settings.hashing_threads {
            builder = builder.hashing_threads(usize::try_from(threads).unwrap_or(usize::MAX));
        }
        if let Some(path) = &settings.breached {
            let opened = BreachedPasswords::open(path);
            builder = builder.breached_passwords(opened.map_err(|source| AppError::Breached {
                path: path.clone(),
                source,
            })?);
        }
        Ok(Self::with(Parts {
            guestlist: builder.build()?,
            planner,
            readiness: Readiness::default(),
            base_url: settings.base_url.clone(),
            name: settings.name.as_str().into(),
            shows_creator_email: settings.shows_creator_email(),
            clock,
            exports: Exports::new(limits.exports_per_user, limits.exports),
        }))
    }

    /// Returns the application for a command: its security events say that the command line acts.
    pub fn for_command(&self) -> Self {
        self.with_guestlist(self.guestlist.acting_as(Actor::CommandLine))
    }

    /// Returns the application with that `guestlist`.
    fn with_guestlist(&self, guestlist: Guestlist) -> Self {
        Self::with(Parts {
            guestlist,
            planner: self.planner.clone(),
            readiness: self.readiness.clone(),
            base_url: self.base_url.clone(),
            name: Arc::clone(&self.name),
            shows_creator_email: self.shows_creator_email,
            clock: Arc::clone(&self.clock),
            exports: self.exports.clone(),
        })
    }

    /// Builds the application from parts that the caller made.
    pub fn with(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Deletes an account for its own user. Administrators are refused: a site could be left
    /// without one.
    ///
    /// # Errors
    ///
    /// [`DeleteUserError::OwnAccount`] for an administrator, and the errors of
    /// [`delete_user`](Self::delete_user).
    pub async fn delete_own_account(&self, user: &User) -> Result<(), DeleteUserError> {
        self.guestlist.check_own_deletion(user)?;
        self.delete_user(user.id).await
    }

    /// Deletes the user and all events they created. It deletes the events first: if the second
    /// step fails, the user still exists, and repeating both steps is safe.
    pub async fn delete_user(&self, user: UserId) -> Result<(), DeleteUserError> {
        self.planner.delete_events_of(user).await?;
        self.guestlist.delete_user(user).await
    }

    /// Whether the user created an event that is still there.
    pub async fn has_events(&self, user: UserId) -> Result<bool, guestlist::StoreError> {
        let theirs = EventFilter {
            creator: Some(user),
            ..EventFilter::default()
        };
        let page = self.planner.list_events(&theirs, None, 1).await?;
        Ok(!page.items.is_empty())
    }

    /// Removes expired records, and events whose creator no longer exists. Returns how many.
    pub async fn purge(&self) -> Result<u64, guestlist::StoreError> {
        Ok(self.guestlist.purge().await? + self.planner.purge().await?)
    }
}

/// Why the application could not be built.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The filter of breached passwords cannot be used. This stops the start, because otherwise the
    /// missing check would go unnoticed.
    #[error(
        "cannot use {}, which `passwords.breached` names (make it with `guestlist breached build FILE`, or leave the \
         setting out)", path.display()
    )]
    Breached {
        /// The path that the setting names.
        path: PathBuf,
        /// Why it could not be opened.
        source: io::Error,
    },
    /// The settings of authentication are invalid.
    #[error(transparent)]
    Guestlist(#[from] BuildError),
}

/// Extracts the application for one request: its security events have the client of the request.
/// For the handlers of pages that change something.
#[derive(Clone, Debug)]
pub(crate) struct SeenApp(pub(crate) App);

impl FromRequestParts<App> for SeenApp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut HeadParts, app: &App) -> Result<Self, Infallible> {
        let SeenFrom(guestlist) = SeenFrom::from_request_parts(parts, app).await?;
        Ok(Self(app.with_guestlist(guestlist)))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<App> for Guestlist {
    fn from_ref(app: &App) -> Self {
        app.guestlist.clone()
    }
}

impl FromRef<App> for Planner {
    fn from_ref(app: &App) -> Self {
        app.planner.clone()
    }
}
