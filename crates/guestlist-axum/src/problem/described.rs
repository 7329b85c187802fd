//! What each kind of refusal means, for the description of an API.

use utoipa::openapi::{
    OpenApi, RefOr, Response,
    path::{Operation, PathItem},
};

/// Adds to the description the refusals that every address has of its kind, and puts words to every response that has none:
/// OpenAPI requires them.
pub fn describe_refusals(openapi: &mut OpenApi) {
    for item in openapi.paths.paths.values_mut() {
        for operation in operations(item) {
            add_common(operation);
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    words(status).clone_into(&mut response.description);
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let all = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.options,
        &mut item.head,
        &mut item.patch,
        &mut item.trace,
    ];
    all.into_iter().flatten()
}

/// What is refused before a handler is reached, or whatever the handler does. It looks as the other refusals there.
fn add_common(operation: &mut Operation) {
    let responses = &operation.responses.responses;
    let is_refusal = |status: &str| status.starts_with('4') && status != "422";
    let refusal = responses
        .iter()
        .find_map(|(status, response)| match response {
            RefOr::T(response) if is_refusal(status) => Some(response.content.clone()),
            _ => None,
        });
    let Some(content) = refusal else { return };
    let mut common = vec!["503"];
    if let Some(RefOr::T(body)) = &operation.request_body {
        let is_json = body.content.keys().any(|mime| mime.ends_with("json"));
        common.push("413");
        // Where a form has a 422, one of another type is as good as empty.
        if is_json || !responses.contains_key("422") {
            common.push("415");
        }
        if is_json && content.contains_key("application/problem+json") {
            common.push("400");
        }
    }
    for status in common {
        let response = || {
            let mut response = Response::new("");
            response.content = content.clone();
            RefOr::T(response)
        };
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(response);
    }
}

fn words(status: &str) -> &'static str {
    match status {
        "400" => "The request is malformed, or its parts contradict each other",
        "401" => "The credentials are missing, wrong, or no longer valid",
        "403" => "The caller may not do this",
        "404" => "Nothing is there, or nothing that the caller may know of",
        "409" => "The request contradicts what is stored",
        "412" => "The record has changed: `If-Match` names an older version",
        "413" => "The body is too large",
        "415" => "The body is of another type",
        "422" => "Values are missing or wrong; the answer lists all of them",
        "428" => "`If-Match` is missing",
        "429" => "Too many requests; `Retry-After` says when to try again",
        "503" => "The server cannot answer now; `Retry-After` says when to try again",
        status if status.starts_with('2') => "The request was carried out",
        status if status.starts_with('3') => {
            "The answer is elsewhere, or the client has it already"
        }
        status if status.starts_with('4') => "The request is refused",
        _ => "The server failed",
    }
}
