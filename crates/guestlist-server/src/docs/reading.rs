//! The API description as one page without scripts. It is rendered once.

use std::fmt::Write;

use serde_json::Value;
use utoipa::openapi::OpenApi;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The place of the site's name in the template.
const SITE_NAME: &str = "SITE_NAME";

/// Renders the page for the site with this name.
pub(super) fn page(openapi: &OpenApi, site_name: &str) -> String {
    let api = serde_json::to_value(openapi).unwrap_or_default();
    let head = include_str!("../../templates/reading_head.html");
    let mut page = head.replace(SITE_NAME, &escape(site_name));
    for tag in array(&api["tags"]) {
        let name = text(&tag["name"]);
        write(
            &mut page,
            format_args!("<h2>{}</h2>\n", escape(text(&tag["description"]))),
        );
        for (path, item) in members(&api["paths"]) {
            for method in METHODS {
                let operation = &item[method];
                if array(&operation["tags"])
                    .iter()
                    .any(|tag| text(tag) == name)
                {
                    self::operation(&mut page, method, path, operation);
                }
            }
        }
    }
    write(&mut page, format_args!("<h2>Requests and responses</h2>\n"));
    for (name, schema) in members(&api["components"]["schemas"]) {
        self::schema(&mut page, name, schema);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn operation(page: &mut String, method: &str, path: &str, operation: &Value) {
    let id = escape(text(&operation["operationId"]));
    let (verb, path) = (method.to_uppercase(), escape(path));
    write(
        page,
        format_args!("<section id=\"{id}\">\n<h3><code><b>{verb}</b> {path}</code></h3>\n"),
    );
    let summary = text(&operation["summary"]);
    if !summary.is_empty() {
        write(page, format_args!("<p>{}</p>\n", prose(summary)));
    }
    if operation["security"].is_array() {
        let ways = array(&operation["security"]);
        let who = if ways.iter().any(|way| *way == serde_json::json!({})) {
            "With or without a sign-in."
        } else if ways.iter().any(|way| way["service"].is_array()) {
            "For services."
        } else {
            "For signed-in users."
        };
        write(page, format_args!("<p>{who}</p>\n"));
    }
    let parameters = array(&operation["parameters"]);
    if !parameters.is_empty() {
        page.push_str(
            "<table><thead><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr></thead><tbody>\n",
        );
        for parameter in parameters {
            let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
            let meaning = prose(text(&parameter["description"]));
            let (name, place) = (escape(name), escape(place));
            write(
                page,
                format_args!(
                    "<tr><td><code>{name}</code></td><td>{place}</td><td>{meaning}</td></tr>\n"
                ),
            );
        }
        page.push_str("</tbody></table>\n");
    }
    for (mime, content) in members(&operation["requestBody"]["content"]) {
        let (mime, kind) = (escape(mime), kind(&content["schema"]));
        write(
            page,
            format_args!("<p>Send {kind} as <code>{mime}</code>.</p>\n"),
        );
    }
    page.push_str(
        "<table><thead><tr><th>Answer</th><th>Body</th><th>Meaning</th></tr></thead><tbody>\n",
    );
    for (status, response) in members(&operation["responses"]) {
        let body = members(&response["content"])
            .next()
            .map(|(_, content)| kind(&content["schema"]));
        let (status, body) = (escape(status), body.unwrap_or_default());
        let meaning = prose(text(&response["description"]));
        write(
            page,
            format_args!("<tr><td>{status}</td><td>{body}</td><td>{meaning}</td></tr>\n"),
        );
    }
    page.push_str("</tbody></table>\n</section>\n");
}

fn schema(page: &mut String, name: &str, schema: &Value) {
    let id = escape(name);
    write(
        page,
        format_args!("<section id=\"schema-{id}\">\n<h3><code>{id}</code></h3>\n"),
    );
    let description = prose(text(&schema["description"]));
    write(page, format_args!("<p>{description}</p>\n"));
    let words: Vec<_> = array(&schema["enum"])
        .iter()
        .map(|word| format!("<code>{}</code>", escape(text(word))))
        .collect();
    if !words.is_empty() {
        write(page, format_args!("<p>One of {}.</p>\n", words.join(", ")));
    }
    if members(&schema["properties"]).next().is_some() {
        page.push_str(
            "<table><thead><tr><th>Member</th><th>Type</th><th>Meaning</th></tr></thead><tbody>\n",
        );
        let required = array(&schema["required"]);
        for (name, member) in members(&schema["properties"]) {
            let optional = if required.iter().any(|needed| text(needed) == name) {
                ""
            } else {
                ", optional"
            };
            let (name, kind, meaning) = (
                escape(name),
                kind(member),
                prose(text(&member["description"])),
            );
            write(
                page,
                format_args!(
                    "<tr><td><code>{name}</code></td><td>{kind}{optional}</td><td>{meaning}</td></tr>\n"
                ),
            );
        }
        page.push_str("</tbody></table>\n");
    }
    page.push_str("</section>\n");
}

/// Describes the type of a value, with a link if it has a name.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|address| address.rsplit('/').next())
    {
        let name = escape(name);
        return format!("<a href=\"#schema-{name}\"><code>{name}</code></a>");
    }
    if schema["items"].is_object() {
        return format!("list of {}", kind(&schema["items"]));
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        let named = |way: &&Value| text(&way["type"]) != "null";
        return ways
            .iter()
            .filter(named)
            .map(kind)
            .collect::<Vec<_>>()
            .join(" or ");
    }
    let named = match &schema["type"] {
        Value::Array(kinds) => kinds
            .iter()
            .map(text)
            .find(|kind| *kind != "null")
            .unwrap_or("any"),
        kind => text(kind),
    };
    match schema["format"].as_str() {
        Some(format) => format!("{} ({})", escape(named), escape(format)),
        None => escape(named),
    }
}

/// Converts Markdown's code marks to HTML, and no other Markdown.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    for (number, part) in escape(text).split('`').enumerate() {
        if number > 0 {
            prose.push_str(if number % 2 == 1 { "<code>" } else { "</code>" });
        }
        prose.push_str(part);
    }
    if text.matches('`').count() % 2 == 1 {
        prose.push_str("</code>");
    }
    prose
}

/// Escapes a text for HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

fn write(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = page.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_the_name_of_the_site() {
        let page = page(&OpenApi::default(), "Tea & <Cake>");
        assert!(page.contains("<title>All endpoints · Tea &amp; &lt;Cake&gt;</title>"));
        assert!(!page.contains(SITE_NAME), "{page}");
    }
}
