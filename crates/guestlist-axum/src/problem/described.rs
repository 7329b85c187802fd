//! Describes each kind of refusal in the OpenAPI description of an API.

use utoipa::openapi::{
    OpenApi, RefOr, Response,
    path::{Operation, PathItem},
};

/// Adds the refusals that every address of a kind can answer, and a description to every response
/// without one, because OpenAPI requires it.
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

/// Adds the refusals that happen before the handler or independently of it, in the form of the
/// operation's other refusals.
fn add_common(operation: &mut Operation) {
    let responses = &operation.responses.responses;
    // Some addresses answer 422 in another form than their other refusals.
    let refusal = |is_one: fn(&str) -> bool| {
        responses
            .iter()
            .find_map(|(status, response)| match response {
                RefOr::T(response) if is_one(status) => Some(response.content.clone()),
                _ => None,
            })
    };
    let other = refusal(|status| status.starts_with('4') && status != "422");
    let other = other.or_else(|| refusal(|status| status.starts_with('5')));
    let Some(content) = other else { return };
    let mut common = vec!["503"];
    if let Some(RefOr::T(body)) = &operation.request_body {
        let is_json = body.content.keys().any(|mime| mime.ends_with("json"));
        common.push("413");
        // At an address that answers 422 to forms, a body of another type counts as an empty form.
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
        "404" => "There is nothing at this address, or nothing that the caller may see",
        "409" => "The request conflicts with what is stored",
        "412" => "The record has changed: `If-Match` names an older version",
        "413" => "The body is too large",
        "415" => "The body has the wrong media type",
        "422" => "Values are missing or wrong; the answer lists all of them",
        "428" => "`If-Match` is missing",
        "429" => "Too many requests; `Retry-After` says when to try again",
        "503" => "The server cannot answer now; `Retry-After` says when to try again",
        status if status.starts_with('2') => "The request was carried out",
        status if status.starts_with('3') => {
            "The answer is at another address, or the client has it already"
        }
        status if status.starts_with('4') => "The request is refused",
        _ => "The server failed",
    }
}
