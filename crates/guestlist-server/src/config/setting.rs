//! The one table of settings. The check for unknown names, `guestlist config` and the messages are made
//! from it, so a setting that is not here does not exist.

/// A setting without its value.
#[derive(Debug)]
pub struct Setting {
    /// `section.key`, as in `guestlist.toml`. Sections may be nested.
    pub name: &'static str,
    /// A second name in the environment and in `.env`: the one that the FastAPI book uses.
    pub alias: Option<&'static str>,
    /// The command-line flag, if there is one.
    pub flag: Option<&'static str>,
    /// The value if no place names the setting; words if it depends on another setting.
    pub default: &'static str,
    /// Its type in the file.
    pub kind: Kind,
    /// The form of a valid value; completes "give …".
    pub form: &'static str,
    /// Its purpose, in a sentence.
    pub doc: &'static str,
    /// Whether its value is never shown.
    pub secret: bool,
}

/// The type of a setting in the file. In the environment every value is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A whole number.
    Whole,
    /// A number, with or without a fraction.
    Decimal,
    /// True or false.
    Boolean,
    /// A list of strings; separated by commas in the environment.
    List,
}

/// All settings, in the order in which `guestlist config` shows them.
pub static SETTINGS: [&Setting; 49] = [
    &LISTEN,
    &BASE_URL,
    &NAME,
    &TIME_ZONE,
    &DATA_DIR,
    &SECRET_KEY,
    &SECRET_KEY_PREVIOUS,
    &TRUSTED_PROXIES,
    &DRAIN_DELAY,
    &MAX_CONNECTIONS,
    &INSECURE_COOKIES,
    &HOSTS,
    &HSTS_SUBDOMAINS,
    &CORS_ORIGINS,
    &SHOW_CREATOR_EMAIL,
    &DATABASE_URL,
    &LOG_FORMAT,
    &LOG_LEVEL,
    &METRICS_LISTEN,
    &RECHECK,
    &LIFETIME,
    &IDLE,
    &STRATEGY,
    &ACCESS_DATABASE,
    &ACCESS_JWT,
    &REFRESH_WINDOW,
    &ALGORITHM,
    &MIN_LENGTH,
    &MAX_LENGTH,
    &BREACHED,
    &SCHEMES,
    &COST,
    &HASHING_THREADS,
    &HASHING_WAIT,
    &LIMIT_MEMORY,
    &LIMIT_LIST_BYTES,
    &LIMIT_STREAMS,
    &LIMIT_CONNECTIONS_PER_CLIENT,
    &LIMIT_EVENTS_PER_USER,
    &LIMIT_TOKENS_PER_USER,
    &LIMIT_SESSIONS_PER_USER,
    &LIMIT_EXPORTS_PER_USER,
    &LIMIT_EXPORTS,
    &LIMIT_LISTS_WAITING,
    &LIMIT_LOOKUPS_WAITING,
    &LIMIT_IMPORT_HASH_SECONDS,
    &LIMIT_REFRESH_RETRIES,
    &LIMIT_LOG_PATH_BYTES,
    &LIMIT_LOG_REFUSALS,
];

/// The prefix of all our variables.
pub(super) const PREFIX: &str = "GUESTLIST_";

impl Setting {
    /// Returns its name in the environment: `GUESTLIST_SECTION__KEY`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('.', "__").to_uppercase())
    }

    /// Finds the setting of a variable, by either of its names.
    pub(super) fn of_variable(variable: &str) -> Option<&'static Setting> {
        let means =
            |setting: &&Setting| setting.alias == Some(variable) || setting.variable() == variable;
        SETTINGS.into_iter().find(means)
    }

    /// Finds the setting of this `section.key`.
    pub(super) fn of_name(name: &str) -> Option<&'static Setting> {
        SETTINGS.into_iter().find(|setting| setting.name == name)
    }
}

const PLAIN: Setting = Setting {
    name: "",
    alias: None,
    flag: None,
    default: "",
    kind: Kind::Text,
    form: "",
    doc: "",
    secret: false,
};

pub(super) static LISTEN: Setting = Setting {
    name: "server.listen",
    flag: Some("--listen"),
    default: "127.0.0.1:8080",
    form: "an IP address and a port, such as 127.0.0.1:8080",
    doc: "Where the server listens.",
    ..PLAIN
};

pub(super) static BASE_URL: Setting = Setting {
    name: "server.base_url",
    default: "http://<server.listen>",
    form: "the address that users type, such as https://events.example.org",
    doc: "Where the server is reached: links, token issuers and cookies come from it, never from `Host`.",
    ..PLAIN
};

pub(super) static NAME: Setting = Setting {
    name: "server.name",
    default: "guestlist",
    form: "the name of this site in at most 100 characters, such as Ada's Parties",
    doc: "The name of this site. Words of this name are refused as passwords.",
    ..PLAIN
};

pub(super) static TIME_ZONE: Setting = Setting {
    name: "server.time_zone",
    default: "the system's time zone",
    form: "the IANA name of a time zone, such as Europe/Berlin",
    doc: "The time zone of new events whose creators name no other.",
    ..PLAIN
};

pub(super) static DATA_DIR: Setting = Setting {
    name: "server.data_dir",
    flag: Some("--data-dir"),
    default: "./data",
    form: "a folder, such as ./data",
    doc: "The folder for everything the server keeps in files; made at the first start.",
    ..PLAIN
};

pub(super) static SECRET_KEY: Setting = Setting {
    name: "server.secret_key",
    alias: Some("SECRET_KEY"),
    default: "made once and kept in server.data_dir",
    form: "32 bytes or more of randomness, such as `openssl rand -hex 32` prints; or leave it out altogether",
    doc: "What tokens are signed with. It is taken as it is: a `$` is a `$`.",
    secret: true,
    ..PLAIN
};

pub(super) static SECRET_KEY_PREVIOUS: Setting = Setting {
    name: "server.secret_key_previous",
    alias: Some("SECRET_KEY_PREVIOUS"),
    default: "secret_previous.key in server.data_dir, if it is there",
    form: "the previous or the next value of server.secret_key; or leave it out",
    doc: "Another secret: the previous or the next one. Tokens made under it are valid; new ones are made under server.secret_key.",
    secret: true,
    ..PLAIN
};

pub(super) static TRUSTED_PROXIES: Setting = Setting {
    name: "server.trusted_proxies",
    default: "",
    kind: Kind::List,
    form: "networks or addresses, such as 10.0.0.0/8 and ::1 (in the file [\"10.0.0.0/8\", \"::1\"], elsewhere 10.0.0.0/8,::1)",
    doc: "The proxies whose `X-Forwarded-For` is believed. None by default.",
    ..PLAIN
};

pub(super) static DRAIN_DELAY: Setting = Setting {
    name: "server.drain_delay",
    default: "0",
    kind: Kind::Whole,
    form: "whole seconds from 0 to 300, such as 5",
    doc: "For how many seconds a server that was told to stop still serves, while `/health/ready` already says no.",
    ..PLAIN
};

pub(super) static MAX_CONNECTIONS: Setting = Setting {
    name: "server.max_connections",
    default: "4096",
    kind: Kind::Whole,
    form: "a whole number from 1 to 1000000, such as 4096",
    doc: "How many connections are open at once. For one more, the connection that has been idle for longest is closed, or else the one whose client has stalled for longest. If the server works on all requests, the new one waits.",
    ..PLAIN
};

pub(super) static INSECURE_COOKIES: Setting = Setting {
    name: "server.insecure_cookies",
    default: "false",
    kind: Kind::Boolean,
    form: "true or false",
    doc: "Lets browsers sign in if server.base_url is http beyond this machine. An attacker on the network can take over their sessions.",
    ..PLAIN
};

pub(super) static CORS_ORIGINS: Setting = Setting {
    name: "cors.origins",
    default: "",
    kind: Kind::List,
    form: "origins, such as https://app.example.org (in the file [\"https://app.example.org\"], elsewhere separated by commas); never *",
    doc: "The origins of other sites whose pages may use the API with their visitors' sessions. None by default.",
    ..PLAIN
};

pub(super) static DATABASE_URL: Setting = Setting {
    name: "database.url",
    alias: Some("DATABASE_URL"),
    flag: Some("--database-url"),
    default: "sqlite:<server.data_dir>/guestlist.sqlite",
    form: "a database address, such as sqlite:./data/guestlist.sqlite",
    doc: "The database. Its password is never shown.",
    ..PLAIN
};

pub(super) static LOG_FORMAT: Setting = Setting {
    name: "log.format",
    default: "text",
    form: "text or json",
    doc: "How log lines look: text for people, json for machines.",
    ..PLAIN
};

pub(super) static LOG_LEVEL: Setting = Setting {
    name: "log.level",
    default: "info",
    form: "off, error, warn, info, debug or trace, also by module, such as info,guestlist_server=debug",
    doc: "Which log lines are written.",
    ..PLAIN
};

pub(super) static METRICS_LISTEN: Setting = Setting {
    name: "metrics.listen",
    default: "off",
    form: "an IP address and a port of its own, such as 127.0.0.1:9090; or off",
    doc: "Where `/metrics` is served for Prometheus. It asks for no credentials.",
    ..PLAIN
};

pub(super) static RECHECK: Setting = Setting {
    name: "sessions.recheck",
    default: "1",
    kind: Kind::Decimal,
    form: "seconds from 0 to 1, such as 0.5",
    doc: "For how many seconds a verified credential is accepted without asking the database again.",
    ..PLAIN
};

pub(super) static LIFETIME: Setting = Setting {
    name: "sessions.lifetime",
    default: "2592000",
    kind: Kind::Whole,
    form: "whole seconds from 60 to 31536000, such as 2592000, which is 30 days",
    doc: "For how many seconds a session is valid at most.",
    ..PLAIN
};

/// The server writes the times of last use with each purge, every ten minutes. An hour is well
/// above that.
pub(super) static IDLE: Setting = Setting {
    name: "sessions.idle",
    default: "604800",
    kind: Kind::Whole,
    form: "whole seconds from 3600 to 31536000, such as 604800, which is 7 days",
    doc: "For how many seconds an unused session stays valid.",
    ..PLAIN
};

pub(super) static STRATEGY: Setting = Setting {
    name: "tokens.strategy",
    default: "database",
    form: "database or jwt",
    doc: "The form of access tokens if a client cannot choose: looked up in the database, or signed.",
    ..PLAIN
};

pub(super) static ACCESS_DATABASE: Setting = Setting {
    name: "tokens.access_database",
    default: "86400",
    kind: Kind::Whole,
    form: "whole seconds from 1 to 31536000, such as 86400, which is a day",
    doc: "For how many seconds an access token of the database is valid.",
    ..PLAIN
};

pub(super) static ACCESS_JWT: Setting = Setting {
    name: "tokens.access_jwt",
    default: "600",
    kind: Kind::Whole,
    form: "whole seconds from 1 to 86400, such as 600, which is ten minutes",
    doc: "For how many seconds a signed access token is valid that has a refresh token beside it.",
    ..PLAIN
};

pub(super) static REFRESH_WINDOW: Setting = Setting {
    name: "tokens.refresh_window",
    default: "10",
    kind: Kind::Whole,
    form: "whole seconds from 0 to 60, such as 10",
    doc: "For how many seconds a refresh token that was used gets the same answer again, should the first be lost.",
    ..PLAIN
};

pub(super) static ALGORITHM: Setting = Setting {
    name: "tokens.jwt.algorithm",
    default: "HS256",
    form: "HS256, EdDSA, ES256 or RS256",
    doc: "How signed access tokens are signed. With any but HS256, other services can verify them with a public key.",
    ..PLAIN
};

pub(super) static MIN_LENGTH: Setting = Setting {
    name: "passwords.min_length",
    default: "8",
    kind: Kind::Whole,
    form: "a whole number from 8 to 64, such as 15",
    doc: "How many characters a new password has at least. NIST SP 800-63B-4 says 15 if the password is the only factor.",
    ..PLAIN
};

pub(super) static MAX_LENGTH: Setting = Setting {
    name: "passwords.max_length",
    default: "1024",
    kind: Kind::Whole,
    form: "a whole number from 64 to 4096, such as 1024",
    doc: "How many characters a password has at most; and 4096 bytes in any case.",
    ..PLAIN
};

pub(super) static BREACHED: Setting = Setting {
    name: "passwords.breached",
    default: "off",
    form: "the path of a filter that `guestlist breached build` made; or off",
    doc: "The filter of breached passwords, which are refused. It is a local file; no network is used.",
    ..PLAIN
};

pub(super) static SCHEMES: Setting = Setting {
    name: "passwords.schemes",
    default: "argon2,bcrypt,scrypt,pbkdf2,sha-crypt,firebase",
    kind: Kind::List,
    form: "some of argon2, bcrypt, scrypt, pbkdf2, sha-crypt and firebase, one of the first four in front (in the file [\"argon2\", \"bcrypt\"], elsewhere argon2,bcrypt)",
    doc: "The password hash schemes that may be used to sign in. The first makes new hashes, and replaces others as users sign in.",
    ..PLAIN
};

pub(super) static COST: Setting = Setting {
    name: "passwords.cost",
    default: "the usual of the first scheme",
    form: "the parameters of the first of passwords.schemes: m=19456,t=2,p=1 for argon2, \"12\" for bcrypt, ln=17,r=8,p=1 for scrypt, \"600000\" for pbkdf2",
    doc: "The cost of a password hash. Hashes at another cost are replaced as users sign in.",
    ..PLAIN
};

pub(super) static HASHING_THREADS: Setting = Setting {
    name: "passwords.threads",
    default: "as many as the machine has cores",
    kind: Kind::Whole,
    form: "a whole number from 1 to 1024, such as 4",
    doc: "How many passwords are hashed at once, behind what serves in priority. Each takes the memory of a hash: 19 MiB by default.",
    ..PLAIN
};

pub(super) static HASHING_WAIT: Setting = Setting {
    name: "passwords.wait",
    default: "2",
    kind: Kind::Decimal,
    form: "seconds from 0.1 to 30, such as 2",
    doc: "For how many seconds a password may wait to be hashed. A request that would wait longer is answered at once with 503.",
    ..PLAIN
};

pub(super) static HOSTS: Setting = Setting {
    name: "server.hosts",
    default: "",
    kind: Kind::List,
    form: "host names or IP addresses without a port, such as events.example.org (in the file [\"a.example\", \"b.example\"], elsewhere a.example,b.example)",
    doc: "Host names that requests may carry in `Host`, besides the host of server.base_url.",
    ..PLAIN
};

pub(super) static HSTS_SUBDOMAINS: Setting = Setting {
    name: "server.hsts_include_subdomains",
    default: "false",
    kind: Kind::Boolean,
    form: "true or false",
    doc: "Whether `Strict-Transport-Security` also covers all subdomains of the host.",
    ..PLAIN
};

pub(super) static SHOW_CREATOR_EMAIL: Setting = Setting {
    name: "compat.show_creator_email",
    default: "true on a private server, else false",
    kind: Kind::Boolean,
    form: "true or false",
    doc: "Whether `/event/` shows an event's creator by e-mail address. Otherwise it shows the creator's name.",
    ..PLAIN
};

pub(super) static LIMIT_MEMORY: Setting = Setting {
    name: "limits.memory",
    default: "67108864",
    kind: Kind::Whole,
    form: "whole bytes from 1048576 to 4294967295, such as 67108864",
    doc: "How many bytes of request bodies and of answers not yet taken the server holds at once. One client address (for IPv6: one /64 network) gets an eighth. Up to 16 KiB are not counted.",
    ..PLAIN
};

pub(super) static LIMIT_LIST_BYTES: Setting = Setting {
    name: "limits.list_bytes",
    default: "262144",
    kind: Kind::Whole,
    form: "whole bytes from 16384 to 4194304, such as 262144",
    doc: "How many bytes one page or batch of a list has at most. The rest follows on the next page.",
    ..PLAIN
};

pub(super) static LIMIT_STREAMS: Setting = Setting {
    name: "limits.streams",
    default: "32",
    kind: Kind::Whole,
    form: "a whole number from 1 to 1000, such as 32",
    doc: "How many requests one HTTP/2 connection may have open at once.",
    ..PLAIN
};

pub(super) static LIMIT_CONNECTIONS_PER_CLIENT: Setting = Setting {
    name: "limits.connections_per_client",
    default: "256",
    kind: Kind::Whole,
    form: "a whole number from 1 to 1000000, such as 256",
    doc: "How many connections one client address (for IPv6: one /64 network) may have open at once. For one more, an idle one is closed; if none is idle, the new one is closed. Trusted proxies are exempt.",
    ..PLAIN
};

pub(super) static LIMIT_EVENTS_PER_USER: Setting = Setting {
    name: "limits.events_per_user",
    default: "2000",
    kind: Kind::Whole,
    form: "a whole number from 1 to 1000000, such as 2000",
    doc: "How many events one user may have.",
    ..PLAIN
};

pub(super) static LIMIT_TOKENS_PER_USER: Setting = Setting {
    name: "limits.tokens_per_user",
    default: "100",
    kind: Kind::Whole,
    form: "a whole number from 1 to 10000, such as 100",
    doc: "How many personal access tokens one user may have.",
    ..PLAIN
};

pub(super) static LIMIT_SESSIONS_PER_USER: Setting = Setting {
    name: "limits.sessions_per_user",
    default: "100",
    kind: Kind::Whole,
    form: "a whole number from 1 to 10000, such as 100",
    doc: "How many active sessions one user may have. A further sign-in ends the one that was unused for longest.",
    ..PLAIN
};

pub(super) static LIMIT_EXPORTS_PER_USER: Setting = Setting {
    name: "limits.exports_per_user",
    default: "1",
    kind: Kind::Whole,
    form: "a whole number from 1 to 100, such as 1",
    doc: "How many exports and calendar feeds of one user the server makes at once.",
    ..PLAIN
};

pub(super) static LIMIT_EXPORTS: Setting = Setting {
    name: "limits.exports",
    default: "64",
    kind: Kind::Whole,
    form: "a whole number from 1 to 10000, such as 64",
    doc: "How many exports and calendar feeds of all users together the server makes at once.",
    ..PLAIN
};

pub(super) static LIMIT_LISTS_WAITING: Setting = Setting {
    name: "limits.lists_waiting",
    default: "64",
    kind: Kind::Whole,
    form: "a whole number from 1 to 100000, such as 64",
    doc: "How many lists and searches may wait for the database. The next one is answered with 503.",
    ..PLAIN
};

pub(super) static LIMIT_LOOKUPS_WAITING: Setting = Setting {
    name: "limits.lookups_waiting",
    default: "4096",
    kind: Kind::Whole,
    form: "a whole number from 1 to 1000000, such as 4096",
    doc: "How many look-ups by key may wait for the database. The next one is answered with 503.",
    ..PLAIN
};

pub(super) static LIMIT_IMPORT_HASH_SECONDS: Setting = Setting {
    name: "limits.import_hash_seconds",
    default: "0.5",
    kind: Kind::Decimal,
    form: "seconds from 0.05 to 60, such as 0.5",
    doc: "How many seconds one try of an imported password hash may take on this machine. `--allow-slow-hashes` takes slower ones.",
    ..PLAIN
};

pub(super) static LIMIT_REFRESH_RETRIES: Setting = Setting {
    name: "limits.refresh_retries",
    default: "2",
    kind: Kind::Whole,
    form: "a whole number from 0 to 100, such as 2",
    doc: "How many times the same used refresh token gets its answer again within tokens.refresh_window. One more ends the session.",
    ..PLAIN
};

pub(super) static LIMIT_LOG_PATH_BYTES: Setting = Setting {
    name: "limits.log_path_bytes",
    default: "200",
    kind: Kind::Whole,
    form: "a whole number from 32 to 16384, such as 200",
    doc: "How many bytes of a request's path are written to the log.",
    ..PLAIN
};

pub(super) static LIMIT_LOG_REFUSALS: Setting = Setting {
    name: "limits.log_refusals",
    default: "100",
    kind: Kind::Whole,
    form: "a whole number from 1 to 1000000, such as 100",
    doc: "How many refusals of one kind are logged one by one in ten seconds. The rest are logged as one count.",
    ..PLAIN
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_section_a_key_and_texts() {
        for setting in SETTINGS {
            assert!(setting.name.split('.').count() >= 2, "{setting:?}");
            assert!(
                !setting.form.is_empty() && !setting.doc.is_empty(),
                "{setting:?}"
            );
        }
    }

    #[test]
    fn a_variable_finds_its_setting() {
        for setting in SETTINGS {
            let found = Setting::of_variable(&setting.variable()).map(|found| found.name);
            assert_eq!(found, Some(setting.name));
            assert_eq!(
                Setting::of_name(setting.name).map(|found| found.name),
                Some(setting.name)
            );
        }
        for (alias, name) in [
            ("SECRET_KEY", "server.secret_key"),
            ("SECRET_KEY_PREVIOUS", "server.secret_key_previous"),
        ] {
            let found = Setting::of_variable(alias).map(|found| found.name);
            assert_eq!(found, Some(name));
        }
    }

    #[test]
    fn no_two_settings_share_a_variable() {
        let mut variables: Vec<String> =
            SETTINGS.iter().map(|setting| setting.variable()).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), SETTINGS.len());
    }
}
