//! Forms of the type `application/x-www-form-urlencoded`, parsed strictly: each name occurs at most
//! once (RFC 6749, section 3.2), each escape has two digits, and all text is UTF-8.

use axum::{
    body::HttpBody,
    extract::{FromRequest, Request},
    http::header::CONTENT_TYPE,
};

use super::{BodyError, details::NEEDED, media_type, read_body};
use crate::{FieldError, Problem};

/// The most fields of a form. Our own forms have fewer.
const MAX_FIELDS: usize = 100;
pub(super) const MIME: &str = "application/x-www-form-urlencoded";

/// The fields of a form, each with a different name.
#[derive(Clone, Default)]
pub struct Form(Vec<(String, String)>);

/// Why a body is not a form.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The body could not be read.
    #[error("the form could not be read")]
    Body(BodyError),
    /// An escape is not `%` and two hexadecimal digits, or the text is not UTF-8.
    #[error("the form is not encoded as UTF-8 with %XX escapes")]
    Encoding,
    /// A field occurs twice.
    #[error("a field of the form is repeated")]
    Repeated,
    /// The form has more than 100 fields.
    #[error("the form has too many fields")]
    TooMany,
}

impl Form {
    /// Reads the body of a request.
    pub async fn read(request: Request) -> Result<Self, FormError> {
        match media_type(request.headers()) {
            Some((essence, true)) if essence == MIME => {}
            // A request without a body needs no content type.
            None if !request.headers().contains_key(CONTENT_TYPE)
                && request.body().is_end_stream() =>
            {
                return Ok(Self::default());
            }
            _ => return Err(FormError::Body(BodyError::MediaType(MIME))),
        }
        let body = read_body(request).await.map_err(FormError::Body)?;
        Self::parse(&body)
    }

    /// Parses the fields in `text`.
    pub fn parse(text: &[u8]) -> Result<Self, FormError> {
        let mut form = Self::default();
        for (name, value) in parse_fields(text)? {
            form.insert(name, value)?;
        }
        Ok(form)
    }

    /// Reads a text that [`parse`](Self::parse) refuses, and leaves out the parts that cannot be
    /// read. If `is_cut`, the end of the text is missing: then also returns the name of the field
    /// whose value ends too early, if that field was read.
    pub(super) fn readable(text: &[u8], is_cut: bool) -> (Self, Option<String>) {
        let mut form = Self::default();
        let mut cut = None;
        let mut fields = text.split(|b| *b == b'&').peekable();
        let mut many = 0;
        while let Some(field) = fields.next() {
            let at = field.iter().position(|b| *b == b'=');
            let is_last = is_cut && fields.peek().is_none();
            // The end of a name may be missing, too. Such a field is left out.
            if field.is_empty() || many == MAX_FIELDS || is_last && at.is_none() {
                continue;
            }
            many += 1;
            let (name, value) = field.split_at(at.unwrap_or(field.len()));
            let value = value.get(1..).unwrap_or_default();
            let name = readable(name);
            let value = if is_last {
                readable_beginning(value)
            } else {
                readable(value)
            };
            // A field that is repeated is left out.
            if form.insert(name.clone(), value).is_ok() && is_last {
                cut = Some(name);
            }
        }
        (form, cut)
    }

    /// Adds a field.
    pub fn insert(&mut self, name: String, value: String) -> Result<(), FormError> {
        if self.0.iter().any(|(other, _)| *other == name) {
            return Err(FormError::Repeated);
        }
        if self.0.len() == MAX_FIELDS {
            return Err(FormError::TooMany);
        }
        self.0.push((name, value));
        Ok(())
    }

    /// Returns all fields in their order, including empty ones.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Returns the field with this name. An empty field counts as missing (RFC 6749, section 3.2).
    pub fn get(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(other, _)| other == name);
        field
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Returns the fields with these names, which are all required.
    ///
    /// # Errors
    ///
    /// A 422 that lists every missing field.
    pub fn all_needed<const N: usize>(&self, names: [&str; N]) -> Result<[&str; N], Problem> {
        let missing = names.iter().filter_map(|name| self.needed(name).err());
        let missing: Vec<_> = missing.collect();
        if missing.is_empty() {
            Ok(names.map(|name| self.get(name).unwrap_or_default()))
        } else {
            Err(Problem::invalid(missing))
        }
    }

    /// Whether there is a field with this name, even an empty one.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }

    /// Returns the field with this name, which is required.
    ///
    /// # Errors
    ///
    /// The error to put into a 422 if the field is missing.
    pub fn needed(&self, name: &str) -> Result<&str, FieldError> {
        let missing = || FieldError::new(format!("/{name}"), "required", NEEDED);
        self.get(name).ok_or_else(missing)
    }
}

impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Form({} fields)", self.0.len())
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        Ok(Self::read(request).await?)
    }
}

/// Parses the names and values of a form or of a query string, in their order. Names may repeat.
pub fn parse_fields(text: &[u8]) -> Result<Vec<(String, String)>, FormError> {
    let fields = text.split(|b| *b == b'&').filter(|field| !field.is_empty());
    if fields.clone().nth(MAX_FIELDS).is_some() {
        return Err(FormError::TooMany);
    }
    fields
        .map(|field| {
            let at = field.iter().position(|b| *b == b'=');
            let (name, value) = field.split_at(at.unwrap_or(field.len()));
            Ok((decode(name)?, decode(value.get(1..).unwrap_or_default())?))
        })
        .collect()
}

fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| hex(digit.copied()));
                let [Some(high), Some(low)] = digits else {
                    return Err(FormError::Encoding);
                };
                high << 4 | low
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).map_err(|_| FormError::Encoding)
}

/// Decodes a text whose end is missing, as [`readable`] does. Leaves out an escape or a character
/// that is incomplete at the end.
fn readable_beginning(text: &[u8]) -> String {
    let from = text.len().saturating_sub(2);
    let escape = text[from..].iter().position(|b| *b == b'%');
    let text = &text[..escape.map_or(text.len(), |at| from + at)];
    let mut bytes = decoded(text);
    // Bytes that no next byte can complete are a mistake, and not the beginning of a character.
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Decodes the escapes of a text. Never fails: an invalid escape stays as it is, and bytes that are
/// not UTF-8 become U+FFFD.
fn readable(text: &[u8]) -> String {
    String::from_utf8_lossy(&decoded(text)).into_owned()
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        bytes.push(match (byte, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(Some(*high)), hex(Some(*low))) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => *byte,
        });
    }
    bytes
}

fn hex(digit: Option<u8>) -> Option<u8> {
    match digit? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded() {
        let form = Form::parse(b"username=a%40b.c&&password=+x%2By%C3%A9+&empty=&flag");
        let form = form.expect("parses");
        assert_eq!(form.get("username"), Some("a@b.c"));
        assert_eq!(form.get("password"), Some(" x+yé "));
        assert_eq!(
            (form.get("empty"), form.get("flag"), form.get("other")),
            (None, None, None)
        );
    }

    #[test]
    fn a_missing_or_empty_required_field_is_named_in_the_error() {
        let form = Form::parse(b"username=a%40b.c&password=").expect("parses");
        assert_eq!(form.needed("username").expect("is there"), "a@b.c");
        for name in ["password", "scope"] {
            let missing = form.needed(name).expect_err("is missing");
            let expected = (format!("/{name}"), "required");
            assert_eq!((missing.pointer, &*missing.code), expected);
        }
        let all = form.all_needed(["scope", "username", "password"]);
        let all = all.expect_err("two are missing");
        let pointers = all.errors().iter().map(|error| &*error.pointer);
        assert_eq!(pointers.collect::<Vec<_>>(), ["/scope", "/password"]);
        let [username] = form.all_needed(["username"]).expect("is there");
        assert_eq!(username, "a@b.c");
    }

    #[test]
    fn a_refused_form_is_read_as_far_as_possible() {
        let text = b"title=Tea&title=Coffee&tags=50%&place=caf%E9&a=%zz%41&b=x+y%";
        let (form, cut) = Form::readable(text, false);
        assert_eq!(cut, None);
        for (name, value) in [
            ("title", "Tea"),
            ("tags", "50%"),
            ("place", "caf\u{fffd}"),
            ("a", "%zzA"),
            ("b", "x y%"),
        ] {
            assert_eq!(form.get(name), Some(value), "{name}");
        }
        let many: String = (0..10_000).map(|n| format!("f{n}=x&")).collect();
        let (form, _) = Form::readable(many.as_bytes(), false);
        assert_eq!(form.0.len(), MAX_FIELDS);
    }

    #[test]
    fn the_last_field_of_a_cut_form_ends_with_a_whole_character() {
        for (text, field, value) in [
            ("title=Tea&place=Wien", Some("place"), "Wien"),
            ("title=Tea&place=Zo%C3%A9", Some("place"), "Zoé"),
            ("title=Tea&place=Zo%C3%A", Some("place"), "Zo"),
            ("title=Tea&place=Zo%C3%", Some("place"), "Zo"),
            ("title=Tea&place=Zo%C3", Some("place"), "Zo"),
            ("title=Tea&place=Zo%C", Some("place"), "Zo"),
            ("title=Tea&place=%E9+Zo%", Some("place"), "\u{fffd} Zo"),
            ("title=Tea&place=", Some("place"), ""),
            ("title=Tea&place", None, ""),
            ("title=Tea&", None, ""),
            ("title=Tea&title=Co", None, ""),
        ] {
            let (form, cut) = Form::readable(text.as_bytes(), true);
            assert_eq!(cut.as_deref(), field, "{text}");
            assert_eq!(form.get("title"), Some("Tea"), "{text}");
            assert_eq!(form.get("place").unwrap_or_default(), value, "{text}");
        }
    }

    #[test]
    fn invalid_escapes_and_repeated_or_too_many_fields_are_refused() {
        for form in ["a=%zz", "a=%", "a=%1", "a=%u0041", "a=%E9", "%=a", "a=%+1"] {
            assert!(
                matches!(Form::parse(form.as_bytes()), Err(FormError::Encoding)),
                "{form}"
            );
        }
        assert!(matches!(Form::parse(b"a=\xe9"), Err(FormError::Encoding)));
        for form in ["a=1&a=2", "a=1&a=1", "a&a", "a=1&%61=2"] {
            assert!(
                matches!(Form::parse(form.as_bytes()), Err(FormError::Repeated)),
                "{form}"
            );
        }
        let many: String = (0..10_000).map(|n| format!("f{n}=x&")).collect();
        assert!(matches!(
            Form::parse(many.as_bytes()),
            Err(FormError::TooMany)
        ));
    }
}
