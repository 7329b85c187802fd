//! What an address is for.

/// The area of an address. It decides in which form errors are written, whether cookies count, and
/// whether pages of other origins may read answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    /// The API of this server, and the keys that verify its tokens.
    Api,
    /// The token endpoint and the two addresses beside it, with errors as RFC 6749, section 5.2,
    /// defines them.
    OAuth,
    /// The FastAPI-book addresses, with FastAPI's errors.
    Compat,
    /// A page for people.
    Page,
    /// Other addresses for programs: health checks, the API description and its documentation, the
    /// types of problems.
    Machine,
}

const OAUTH: [&str; 3] = [
    "/api/v1/token",
    "/api/v1/token/revoke",
    "/api/v1/token/introspect",
];
const MACHINE: [&str; 4] = ["/health/", "/docs", "/openapi.json", "/problems/"];

impl Area {
    /// Returns the area of the path of a request.
    pub(crate) fn of(path: &str) -> Self {
        if OAUTH.contains(&path) {
            Self::OAuth
        } else if path.starts_with("/api/") || path.starts_with("/.well-known/") {
            Self::Api
        } else if path == "/event" || path.starts_with("/event/") || path.starts_with("/user/") {
            Self::Compat
        } else if MACHINE.iter().any(|prefix| path.starts_with(prefix)) {
            Self::Machine
        } else {
            Self::Page
        }
    }

    /// Whether the address belongs to an API. Pages of origins in `cors.origins` may read its
    /// answers.
    pub(crate) fn is_api(self) -> bool {
        matches!(self, Self::Api | Self::OAuth | Self::Compat)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_one_area() {
        for (path, area) in [
            ("/api/v1/events", Area::Api),
            ("/api/v1/tokens", Area::Api),
            ("/.well-known/jwks.json", Area::Api),
            ("/api/v1/token", Area::OAuth),
            ("/api/v1/token/introspect", Area::OAuth),
            ("/api/v1/token/other", Area::Api),
            ("/event", Area::Compat),
            ("/event/new", Area::Compat),
            ("/user/signin", Area::Compat),
            ("/events", Area::Page),
            ("/events/new", Area::Page),
            ("/user", Area::Page),
            ("/", Area::Page),
            ("/assets/style.css", Area::Page),
            ("/health/live", Area::Machine),
            ("/docs", Area::Machine),
            ("/openapi.json", Area::Machine),
            ("/problems/not_found", Area::Machine),
        ] {
            assert_eq!(Area::of(path), area, "{path}");
        }
    }
}
