//! Reads a [`Tree`] as often as needed to find all mistakes.

use std::cell::RefCell;

use serde::Deserialize;

use super::{
    fault::FaultKind,
    reader::{Known, Reader, Run},
    tree::Tree,
};
use crate::{FieldError, body::details::NEEDED};

/// How often one body is read at most. Each reading finds one more fault that serde would stop at.
const MOST_READINGS: usize = 100;

/// The result of reading a body.
#[derive(Debug)]
pub(super) struct Reading<T> {
    /// Absent if the type refused the made-up values, too.
    pub(super) value: Option<T>,
    /// The names of the type's members, in their order.
    pub(super) names: &'static [&'static str],
    pub(super) mistakes: Vec<FieldError>,
}

/// Reads the tree again and again until one reading reaches the end. Each reading knows the faults
/// that ended the earlier ones.
pub(super) fn read_tree<'de, T: Deserialize<'de>>(tree: &Tree<'de>) -> Reading<T> {
    let mut known = Vec::new();
    loop {
        let run = RefCell::new(Run {
            known,
            ..Run::default()
        });
        let read = T::deserialize(Reader::new(tree, &run));
        let mut run = run.into_inner();
        let fault = match read {
            Ok(value) => {
                return Reading {
                    value: Some(value),
                    names: run.names,
                    mistakes: run.mistakes,
                };
            }
            Err(fault) => fault,
        };
        let (kind, pointer) = fault.into_parts();
        let (pointer, learned) = match kind {
            FaultKind::Missing(name) => (format!("{pointer}/{name}"), Known::Missing),
            FaultKind::Unknown => (pointer, Known::Strict),
            FaultKind::Refused(words) => (pointer, Known::Refused(words)),
        };
        let is_news = run.known.iter().all(|(other, _)| *other != pointer);
        if is_news && run.known.len() < MOST_READINGS && !run.is_full() {
            known = run.known;
            known.push((pointer, learned));
            continue;
        }
        if run.mistakes.iter().all(|found| found.pointer != pointer) {
            run.note(match learned {
                Known::Missing => FieldError::new(pointer, "required", NEEDED),
                Known::Strict => FieldError::new(pointer, "unknown", "there are unknown members"),
                Known::Refused(words) => FieldError::new(pointer, "type", words),
            });
        }
        return Reading {
            value: None,
            names: run.names,
            mistakes: run.mistakes,
        };
    }
}
