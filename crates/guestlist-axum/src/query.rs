//! Mistakes in the query of an address, all told at once.

use crate::{FieldError, FormError, Problem, cut, parse_fields};

/// Collects the mistakes in the query of an address, so that one refusal lists them all. The
/// refusal is 400: `unknown_parameter` if every mistake is a parameter that does not exist, and
/// `invalid_parameter` otherwise.
#[derive(Debug, Default)]
pub struct QueryMistakes {
    found: Vec<FieldError>,
    /// What exists, in words.
    known: String,
}

/// Reads the names and values in the query of an address.
///
/// # Errors
///
/// 400 `invalid_parameter` if it is not encoded as UTF-8, or has too many parameters.
pub fn parse_query(query: &str) -> Result<Vec<(String, String)>, Problem> {
    let fields = parse_fields(query.as_bytes());
    fields.map_err(|error| {
        let detail = match error {
            FormError::TooMany => "the address has too many parameters",
            FormError::Encoding => {
                "the query of the address is not encoded as UTF-8 with %XX escapes"
            }
            FormError::Body(_) | FormError::Repeated => "the query of the address cannot be read",
        };
        Problem::bad_request("invalid_parameter", detail)
    })
}

impl QueryMistakes {
    /// Returns the names and values of the parameters in `known`, in the order of the query. Adds a
    /// mistake for a parameter of another name, and for one that is repeated and not in
    /// `repeatable`.
    pub fn known_once<'a>(
        &mut self,
        fields: &'a [(String, String)],
        known: &[&str],
        repeatable: &[&str],
    ) -> Vec<(&'a str, &'a str)> {
        let verb = if known.len() == 1 { "is" } else { "are" };
        self.known = format!("{verb} {}", known.join(", "));
        let mut read: Vec<(&str, &str)> = Vec::new();
        let mut told: Vec<&str> = Vec::new();
        for (name, value) in fields {
            let (name, value) = (name.as_str(), value.as_str());
            let is_known = known.contains(&name);
            let is_repeated = read.iter().any(|(other, _)| *other == name);
            if is_known && (!is_repeated || repeatable.contains(&name)) {
                read.push((name, value));
            } else if !told.contains(&name) {
                told.push(name);
                let (code, detail) = if is_known {
                    ("duplicate", format!("{name} may be there once"))
                } else {
                    (
                        "unknown",
                        format!("no parameter is named \"{}\"", cut(name)),
                    )
                };
                self.found.push(mistake(name, code, detail));
            }
        }
        read
    }

    /// Returns the value that was read, or adds the mistake of this parameter. The text of the
    /// error continues a sentence that starts with the name of the parameter, such as `may be 1 to
    /// 100`.
    pub fn take<T>(&mut self, name: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|words| {
            let detail = format!("{name} {words}");
            self.found.push(mistake(name, "invalid", detail));
        })
        .ok()
    }

    /// Succeeds if there are no mistakes.
    ///
    /// # Errors
    ///
    /// One refusal with all mistakes.
    pub fn into_result(self) -> Result<(), Problem> {
        if self.found.is_empty() {
            return Ok(());
        }
        let are_unknown = self.found.iter().all(|found| found.code == "unknown");
        let details = self.found.iter().map(|found| found.detail.as_str());
        let mut detail = details.collect::<Vec<_>>().join("; ");
        if self.found.iter().any(|found| found.code == "unknown") {
            detail = format!("{detail}; there {}", self.known);
        }
        let code = if are_unknown {
            "unknown_parameter"
        } else {
            "invalid_parameter"
        };
        Err(Problem {
            errors: self.found,
            ..Problem::bad_request(code, detail)
        })
    }
}

fn mistake(name: &str, code: &'static str, detail: String) -> FieldError {
    let name = cut(name).replace('~', "~0").replace('/', "~1");
    FieldError::new(format!("/{name}"), code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> Problem {
        let fields = parse_query(query).expect("are fields");
        let mut mistakes = QueryMistakes::default();
        for (name, value) in mistakes.known_once(&fields, &["limit", "tag"], &["tag"]) {
            if name == "limit" {
                let read = value.parse::<u32>();
                mistakes.take(name, read.map_err(|_| "is a number".to_owned()));
            }
        }
        mistakes.into_result().expect_err("is refused")
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let problem = refused("limit=x&tag=a&tag=b&limit=2&q/=1&q/=2");
        assert_eq!(problem.code(), "invalid_parameter");
        let told = problem.errors().iter();
        let told: Vec<_> = told.map(|error| (&*error.pointer, &*error.code)).collect();
        let expected = [
            ("/limit", "duplicate"),
            ("/q~1", "unknown"),
            ("/limit", "invalid"),
        ];
        assert_eq!(told, expected);
        let detail = "limit may be there once; no parameter is named \"q/\"; limit is a number; \
            there are limit, tag";
        assert_eq!(problem.detail(), detail);
    }

    #[test]
    fn a_long_name_is_cut() {
        let problem = refused(&"x".repeat(10_000));
        assert_eq!(problem.code(), "unknown_parameter");
        assert!(problem.detail().len() < 200, "{}", problem.detail());
        assert_eq!(problem.errors()[0].pointer.chars().count(), 66);
    }
}
