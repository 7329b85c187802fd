//! The documentation that the server serves: `/openapi.json`, `/docs` to try the API, `/redoc` to
//! read. All files are embedded; no page loads anything from another host.

mod reading;

use std::sync::Arc;

use axum::{
    Extension, Router,
    body::Bytes,
    extract::Path,
    http::{
        HeaderValue,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    },
    middleware::map_response,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{any, get},
};
use guestlist_axum::{Problem, describe_refusals, to_other_slash};
use utoipa::openapi::{
    Info, License, OpenApi,
    security::{
        ApiKey, ApiKeyValue, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes,
        SecurityScheme,
    },
    tag::Tag,
};
use utoipa_swagger_ui::Config;

use crate::{app::App, serve::CountedElsewhere};

/// Allows scripts from this host, and the inline styles of Swagger UI.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// The start of Swagger UI's page, and the width that it is missing. Without it a telephone shows
/// the page in the width of a desktop.
const HEAD: [&str; 2] = [
    "<head>",
    "<head><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
];
/// The title of Swagger UI's page.
const TITLE: &str = "<title>Swagger UI</title>";

/// Swagger UI, as this site shows it.
struct SwaggerUi {
    config: Arc<Config<'static>>,
    title: String,
}

/// Returns the routes of the API documentation of the site with this name.
pub(crate) fn routes(openapi: OpenApi, site_name: &str) -> Router<App> {
    let openapi = complete(openapi);
    let reading = Bytes::from(reading::page(&openapi, site_name));
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let description = Bytes::from(openapi.to_json().expect("a description is JSON"));
    let swagger_ui = Arc::new(SwaggerUi {
        config: Arc::new(Config::new(["/openapi.json"]).persist_authorization(false)),
        title: format!("<title>API · {}</title>", reading::escape(site_name)),
    });
    Router::new()
        .route("/openapi.json/", any(to_other_slash))
        .route("/redoc/", any(to_other_slash))
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route(
            "/docs/",
            get(async |page| swagger_file(Path("index.html".to_owned()), page).await),
        )
        .route("/docs/{file}", get(swagger_file))
        .route(
            "/problems/{code}",
            get(async || Redirect::to("/redoc#schema-Problem")),
        )
        .route("/redoc", get(async move || Html(reading.clone())))
        .route(
            "/openapi.json",
            get(async move || (json, description.clone())),
        )
        .layer(Extension(swagger_ui))
        .layer(map_response(with_policy))
}

/// Serves the files of Swagger UI.
async fn swagger_file(
    Path(file): Path<String>,
    Extension(page): Extension<Arc<SwaggerUi>>,
) -> Result<Response, Problem> {
    match utoipa_swagger_ui::serve(&file, Arc::clone(&page.config)) {
        Ok(Some(file)) => {
            let utf8 = if file.content_type.starts_with("text/") {
                "; charset=utf-8"
            } else {
                ""
            };
            let mime = format!("{}{utf8}", file.content_type);
            let mut bytes = file.bytes;
            if mime.starts_with("text/html") {
                let [head, with_width] = HEAD;
                let html = String::from_utf8_lossy(&bytes).replacen(head, with_width, 1);
                let html = html.replacen(TITLE, &page.title, 1);
                bytes = html.into_bytes().into();
            }
            Ok(([(CONTENT_TYPE, mime)], bytes).into_response())
        }
        Ok(None) => Err(Problem::not_found()),
        Err(_) => Err(Problem::internal()),
    }
}

/// Sets the content security policy. The files are shared by all answers, so their memory is not
/// counted.
async fn with_policy(mut response: Response) -> Response {
    response.extensions_mut().insert(CountedElsewhere);
    let policy = HeaderValue::from_static(POLICY);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// Completes the description of the routes: what the API is, and how to sign in.
pub(crate) fn complete(mut openapi: OpenApi) -> OpenApi {
    let mut info = Info::new("guestlist", env!("CARGO_PKG_VERSION"));
    info.description = Some("An event planner with user accounts.".to_owned());
    info.license = Some(License::new("MIT OR Apache-2.0"));
    openapi.info = info;
    openapi.tags = Some(vec![
        tag(
            "authentication",
            "Sign up, sign in, sign out; sessions and tokens",
        ),
        tag("events", "Create, show, change and delete events"),
        tag("administration", "Manage the site as an administrator"),
        tag("compat", "FastAPI-book compatibility"),
    ]);
    let password = Flow::Password(Password::new("/user/signin", Scopes::new()));
    let password = SecurityScheme::OAuth2(OAuth2::with_description(
        [password],
        "Your e-mail address as username, and your password. Leave the client fields empty.",
    ));
    let service = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token that an operator issued to a service."));
    let service_basic = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("The same token as the password, with any user name."));
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        "__Host-guestlist",
        "The cookie that a sign-in on the pages sets; without TLS its name is `guestlist`. A request that changes \
         something also needs the session's form token in `X-CSRF-Token`. The cookie is ignored if there is an \
         `Authorization` header.",
    ));
    let components = openapi.components.get_or_insert_default();
    components.add_security_scheme("bearer", password);
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    components.add_security_scheme("service", SecurityScheme::Http(service.build()));
    components.add_security_scheme("service_basic", SecurityScheme::Http(service_basic.build()));
    describe_refusals(&mut openapi);
    for item in openapi.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            operation.summary = operation.summary.take().map(|summary| sentence(&summary));
        }
    }
    openapi
}

/// Returns the part of a handler's documentation after its address, which is shown anyway. A
/// summary is plain text, so it has no code marks.
fn sentence(summary: &str) -> String {
    let words = summary
        .split_once("`: ")
        .map_or(summary, |(_address, rest)| rest)
        .replace('`', "")
        .replace('\n', " ");
    let mut chars = words.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

fn tag(name: &str, description: &str) -> Tag {
    let mut tag = Tag::new(name);
    tag.description = Some(description.to_owned());
    tag
}
