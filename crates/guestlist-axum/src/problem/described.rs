//! What each kind of refusal means, for the description of an API.

use utoipa::openapi::{OpenApi, RefOr, path::PathItem};

/// Puts words to every response of the description that has none: OpenAPI requires them.
pub fn describe_refusals(openapi: &mut OpenApi) {
    for item in openapi.paths.paths.values_mut() {
        for operation in operations(item) {
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

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut utoipa::openapi::path::Operation> {
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

fn words(status: &str) -> &'static str {
    match status {
        "400" => "The request is malformed, or its parts contradict each other",
        "401" => "The credentials are missing, wrong, or no longer valid",
        "403" => "The caller may not do this",
        "404" => "Nothing is there, or nothing that the caller may know of",
        "409" => "The request contradicts what is stored",
        "412" => "The record has changed: `If-Match` names an older version",
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
