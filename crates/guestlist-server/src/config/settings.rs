//! The declarations of all settings except `[limits]`. Each one is declared once: the check for
//! unknown names, `guestlist config`, the messages and `docs/settings.md` come from its
//! declaration.

use std::{collections::BTreeMap, mem, net::SocketAddr, path::PathBuf, time::Duration};

use guestlist::{Algorithm, Email, PasswordCost, Scheme, SignUpPolicy, Strategy};
use guestlist_axum::WebOrigin;
use ipnet::IpNet;
use planner::Zone;

use super::{
    declare::settings,
    form::{self, LogFormat},
    habit::Habit,
    limits::LimitSettings,
    mail_url::MailUrl,
    origin::Origin,
    secret::{DatabaseUrl, Secret},
    system_zone::{self, Tz},
};

settings! {
    /// The effective settings.
    #[derive(Debug, Clone)]
    Settings, read by reader:

    /// Where the server listens.
    listen: SocketAddr = LISTEN {
        name: "server.listen",
        flag: "--listen",
        default: "127.0.0.1:8080",
        form: form::ADDRESS,
    }
    /// The address at which clients reach the server, and the issuer of tokens. It is never taken
    /// from `Host`, and has no slash at the end. A new base URL makes all signed tokens invalid.
    base_url: String = BASE_URL {
        name: "server.base_url",
        default: "`http://<server.listen>`" => form::base_url_of(listen),
        form: form::BASE_URL,
    }
    /// What pages and messages call this site. Words of this name are refused as passwords.
    name: String = NAME {
        name: "server.name",
        default: "guestlist",
        form: form::NAME,
    }
    /// The time zone of a new event unless its creator chooses one. The system's zone comes from
    /// `TZ` or `/etc/localtime`. A container image without either has UTC, so set the zone there.
    time_zone: Zone = TIME_ZONE {
        name: "server.time_zone",
        default: "the system's time zone" => system_zone::of(reader.tz.as_deref()),
        form: form::TIME_ZONE,
    }
    /// The folder for all files of the server, created at the first start. A relative path begins
    /// in the working folder.
    data_dir: PathBuf = DATA_DIR {
        name: "server.data_dir",
        flag: "--data-dir",
        default: "./data",
        form: form::FOLDER,
    }
    /// The secret from which the server derives all keys. It is taken literally: a `$` is a `$`.
    /// Only a [private](../SECURITY.md#private-or-public) server accepts fewer than 32 bytes, with
    /// a warning. The secret is required with any database except SQLite.
    secret_key: Option<Secret> = SECRET_KEY {
        name: "server.secret_key",
        alias: "SECRET_KEY",
        default: "made once and kept in `server.data_dir`" => None,
        form: form::SECRET,
    }
    /// A second secret that is accepted and never used for new tokens. Name the old secret here, so
    /// that a [change of the secret](tokens.md#another-secret) signs no user out. It can also be
    /// the next secret.
    secret_key_previous: Option<Secret> = SECRET_KEY_PREVIOUS {
        name: "server.secret_key_previous",
        alias: "SECRET_KEY_PREVIOUS",
        default: "`secret_previous.key` in `server.data_dir`, if it is there" => None,
        form: form::PREVIOUS_SECRET,
    }
    /// The networks whose `X-Forwarded-For` the server believes.
    trusted_proxies: Vec<IpNet> = TRUSTED_PROXIES {
        name: "server.trusted_proxies",
        default: "",
        form: form::NETWORKS,
    }
    /// How many seconds a stopping server still serves requests. During this time `/health/ready`
    /// already answers 503.
    drain_delay: Duration = DRAIN_DELAY {
        name: "server.drain_delay",
        default: "0",
        form: form::whole_seconds!(0..=300, 5),
    }
    /// The number of open connections. For one more, the server closes the connection that was idle
    /// for longest. If none is idle, it closes the one whose client has stalled for longest. If the
    /// server works on all requests, the new one waits.
    max_connections: u32 = MAX_CONNECTIONS {
        name: "server.max_connections",
        default: "4096",
        form: form::whole!("a whole number", 1..=1_000_000, 4096),
    }
    /// Allows browser sign-ins over plain http beyond this machine. An attacker on the network path
    /// can take those sessions.
    insecure_cookies: bool = INSECURE_COOKIES {
        name: "server.insecure_cookies",
        default: "false",
        form: form::BOOLEAN,
    }
    /// Further host names that requests may carry in `Host`, besides the host of `server.base_url`.
    /// The server answers [any other](../SECURITY.md#what-to-know-before-running-it) with 421.
    hosts: Vec<String> = HOSTS {
        name: "server.hosts",
        default: "",
        form: form::HOSTS,
    }
    /// Whether `Strict-Transport-Security` also covers all subdomains of the host.
    hsts_include_subdomains: bool = HSTS_SUBDOMAINS {
        name: "server.hsts_include_subdomains",
        default: "false",
        form: form::BOOLEAN,
    }
    /// Other origins whose pages may use the API with their visitors' sessions. See
    /// [browsers.md](browsers.md).
    cors_origins: Vec<WebOrigin> = CORS_ORIGINS {
        name: "cors.origins",
        default: "",
        form: form::ORIGINS,
    }
    /// Who may [sign up](sign-up.md): `open` for all visitors, `invited` for visitors with an
    /// invitation, `approval` for all visitors, whom an administrator approves afterwards, or
    /// `closed` for no visitor. A server is private as
    /// [SECURITY.md](../SECURITY.md#private-or-public) says.
    sign_up: Option<SignUpPolicy> = SIGN_UP {
        name: "sign_up.policy",
        default: "open on a private server, else invited" => None,
        form: form::SIGN_UP_POLICY,
    }
    /// Whether `/event/` shows the e-mail address of an event's creator. Otherwise it shows the
    /// creator's name. A server is private as [SECURITY.md](../SECURITY.md#private-or-public) says.
    show_creator_email: Option<bool> = SHOW_CREATOR_EMAIL {
        name: "compat.show_creator_email",
        default: "true on a private server, else false" => None,
        form: form::OPTIONAL_BOOLEAN,
    }
    /// Whether a user can sign in only after the [e-mail address is verified](recovery.md). Without
    /// mail, `true` is refused.
    require_verified: bool = REQUIRE_VERIFIED {
        name: "sign_up.require_verified",
        default: "false",
        form: form::BOOLEAN,
    }
    /// Whether sign-up, reset of the password and change of the address [answer alike](recovery.md)
    /// for known and unknown addresses. Without mail, `true` is refused.
    conceal: Option<bool> = CONCEAL {
        name: "sign_up.conceal",
        default: "true where mail is on and the server is not private, else false" => None,
        form: form::OPTIONAL_BOOLEAN,
    }
    /// The database: `sqlite:PATH`, [`postgres://…`](postgres.md) or [`mongodb://…`](mongodb.md).
    /// Its password is never shown.
    database_url: DatabaseUrl = DATABASE_URL {
        name: "database.url",
        alias: "DATABASE_URL",
        flag: "--database-url",
        default: "`sqlite:<server.data_dir>/guestlist.sqlite`" => DatabaseUrl::in_folder(&data_dir),
        form: form::DATABASE_URL,
    }
    /// Where mails go: `smtp://…` (STARTTLS is required except on this machine), `smtps://…`,
    /// `file:FOLDER`, or `off`: then they wait in the outbox. See [mail.md](mail.md).
    mail_url: MailUrl = MAIL_URL {
        name: "mail.url",
        default: "off",
        form: form::MAIL_URL,
    }
    /// The address that mails come from. It is required with any `mail.url` except `off`.
    mail_from: Option<Email> = MAIL_FROM {
        name: "mail.from",
        default: "",
        form: form::MAIL_FROM,
    }
    /// The format of log lines: `text` to read, `json` for programs. The log goes to stderr.
    log_format: LogFormat = LOG_FORMAT {
        name: "log.format",
        default: "text",
        form: form::LOG_FORMAT,
    }
    /// Which log lines are written.
    log_level: String = LOG_LEVEL {
        name: "log.level",
        default: "info",
        form: form::LOG_LEVEL,
    }
    /// A separate address for `/metrics` (Prometheus). Every client that reaches it may read it.
    metrics_listen: Option<SocketAddr> = METRICS_LISTEN {
        name: "metrics.listen",
        default: "off",
        form: form::ADDRESS_OR_OFF,
    }
    /// How many seconds the server trusts a verified credential without asking the database again.
    recheck: Duration = RECHECK {
        name: "sessions.recheck",
        default: "1",
        form: form::seconds!(0..=1, 0.5),
    }
    /// After how many seconds a session expires, even if it is used.
    lifetime: Duration = LIFETIME {
        name: "sessions.lifetime",
        default: "2592000",
        form: form::whole_seconds!(60..=31_536_000, 2_592_000, "30 days"),
    }
    /// After how many seconds without use a session expires. The server writes the times of last
    /// use every ten minutes, so an hour is the minimum.
    idle: Duration = IDLE {
        name: "sessions.idle",
        default: "604800",
        form: form::whole_seconds!(3_600..=31_536_000, 604_800, "7 days"),
    }
    /// For how many seconds the [security log](security-log.md) of each account is kept.
    keep_security_events: Duration = KEEP_SECURITY_EVENTS {
        name: "security_log.keep",
        default: "31536000",
        form: form::whole_seconds!(86_400..=315_360_000, 31_536_000, "a year"),
    }
    /// The form of [access tokens](tokens.md) if a client cannot choose: `database` (looked up) or
    /// `jwt` (signed).
    strategy: Strategy = STRATEGY {
        name: "tokens.strategy",
        default: "database",
        form: form::STRATEGY,
    }
    /// After how many seconds a database access token expires.
    access_database: Duration = ACCESS_DATABASE {
        name: "tokens.access_database",
        default: "86400",
        form: form::whole_seconds!(1..=31_536_000, 86_400, "a day"),
    }
    /// After how many seconds a signed access token with a refresh token expires.
    access_jwt: Duration = ACCESS_JWT {
        name: "tokens.access_jwt",
        default: "600",
        form: form::whole_seconds!(1..=86_400, 600, "ten minutes"),
    }
    /// For how many seconds a used refresh token gets the same answer again, in case the first
    /// answer was [lost](tokens.md#refreshing).
    refresh_window: Duration = REFRESH_WINDOW {
        name: "tokens.refresh_window",
        default: "10",
        form: form::whole_seconds!(0..=60, 10),
    }
    /// The signature algorithm of signed access tokens. Other services can verify signatures of any
    /// algorithm except `HS256`. In the file it stands in the section `[tokens.jwt]`.
    algorithm: Algorithm = ALGORITHM {
        name: "tokens.jwt.algorithm",
        default: "HS256",
        form: form::ALGORITHM,
    }
    /// The least number of characters of a new password. NIST SP 800-63B-4 asks for 15 if the
    /// password is the only factor.
    min_length: u32 = MIN_LENGTH {
        name: "passwords.min_length",
        default: "8",
        form: form::whole!("a whole number", 8..=64, 15),
    }
    /// The largest number of characters of a password. 4096 bytes is the limit in any case.
    max_length: u32 = MAX_LENGTH {
        name: "passwords.max_length",
        default: "1024",
        form: form::whole!("a whole number", 64..=4096, 1024),
    }
    /// The filter of leaked passwords, which are refused. It is a local file; no network is used.
    /// See [passwords.md](passwords.md).
    breached: Option<PathBuf> = BREACHED {
        name: "passwords.breached",
        default: "off",
        form: form::FILTER_OR_OFF,
    }
    /// Password hash schemes that may be used to sign in. The first one makes new hashes, and
    /// replaces hashes of the others at sign-in.
    schemes: Vec<Scheme> = SCHEMES {
        name: "passwords.schemes",
        default: "argon2,bcrypt,scrypt,pbkdf2,sha-crypt,firebase",
        form: form::SCHEMES,
    }
    /// The cost of a new hash, as hashes of that scheme spell it. It cannot be below the minimum of
    /// OWASP ASVS 5.0, appendix C. A hash at another cost is replaced at sign-in.
    cost: PasswordCost = COST {
        name: "passwords.cost",
        default: "the usual cost of the first scheme: `m=19456,t=2,p=1` for argon2" => form::usual_cost(&schemes),
        form: form::COST,
    }
    /// How many passwords the server hashes at once. These threads run at a lower priority than the
    /// threads that serve requests. Each takes the memory of a hash: 19 MiB by default.
    hashing_threads: Option<u32> = HASHING_THREADS {
        name: "passwords.threads",
        default: "as many as the machine has cores" => None,
        form: form::OPTIONAL_THREADS,
    }
    /// For how many seconds a password may wait to be hashed. A request that would wait longer gets
    /// 503 and `Retry-After` at once.
    hashing_wait: Duration = HASHING_WAIT {
        name: "passwords.wait",
        default: "2",
        form: form::seconds!(0.1..=30, 2),
    }

    and
    /// `[limits]`
    pub limits: LimitSettings = LimitSettings::read(reader)?,
    pub(super) tz: Tz = Tz::of(reader.tz.as_deref()),
    pub(super) origins: BTreeMap<&'static str, Origin> = mem::take(&mut reader.origins),
    pub(super) passed_over: Vec<String> = mem::take(&mut reader.passed_over),
    pub(super) habits: Vec<Habit> = mem::take(&mut reader.habits),
}
