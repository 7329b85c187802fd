//! The form of an event: what stands in its fields, and what that says. Whether an event may say it is the
//! planner's rule.

use guestlist::without_unseen;
use guestlist_axum::Form;
use planner::{
    EventChanges, EventFields, FieldProblem, InvalidEvent, Moment, Visibility, When, WhenChanges,
    WhenFields,
};

use super::filled::{Filled, Wrong};
use crate::api::event::check_image;

/// The fields, in the order of the form, each with what people call it.
const FIELDS: [(&str, &str); 13] = [
    ("title", "The name"),
    ("description", "The description"),
    ("tags", "A tag"),
    ("start_date", "The first day"),
    ("start_time", "The beginning"),
    ("end_date", "The last day"),
    ("end_time", "The end"),
    ("time_zone", "The time zone"),
    ("location", "The place"),
    ("online_url", "The address online"),
    ("visibility", "Who may see it"),
    ("capacity", "The number of people"),
    ("image", "The picture"),
];

/// What was typed, or what is stored, as the form has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct EventForm([String; FIELDS.len()]);

/// A field in which what was typed is not what is stored.
pub(super) struct Difference {
    /// What people call the field.
    pub(super) label: &'static str,
    /// What was typed.
    pub(super) typed: String,
    /// What is stored.
    pub(super) stored: String,
}

impl EventForm {
    /// The form of somebody who begins.
    pub(super) fn empty() -> Self {
        let mut form = Self::default();
        form.set("time_zone", "UTC");
        form.set("visibility", Visibility::Public.as_str());
        form
    }

    /// What was typed. Browsers end lines as a network does (HTML, section 4.10.21.4); we do not. What nobody
    /// can see, and so nobody could take out again, is left out.
    pub(super) fn typed(form: &Form) -> Self {
        let typed = |(name, _): (&str, &str)| {
            let typed = form.get(name).unwrap_or_default();
            without_unseen(&typed.replace("\r\n", "\n")).into_owned()
        };
        Self(FIELDS.map(typed))
    }

    /// What is stored.
    pub(super) fn stored(fields: &EventFields) -> Self {
        let mut form = Self::empty();
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        form.set("title", &fields.title);
        form.set("description", &fields.description.replace("\r\n", "\n"));
        form.set("tags", &fields.tags.join(", "));
        form.set("location", &optional(&fields.location));
        form.set("online_url", &optional(&fields.online_url));
        form.set("image", &optional(&fields.image));
        form.set("visibility", fields.visibility.as_str());
        let capacity = fields.capacity.map(|places| places.to_string());
        form.set("capacity", &optional(&capacity));
        match &fields.when {
            When::At {
                starts,
                ends,
                time_zone,
            } => {
                form.set("start_date", &starts.wall.date().to_string());
                form.set("start_time", &clock(starts));
                if let Some(ends) = ends {
                    form.set("end_date", &ends.wall.date().to_string());
                    form.set("end_time", &clock(ends));
                }
                form.set("time_zone", time_zone);
            }
            When::Dates { first, last } => {
                form.set("start_date", &first.to_string());
                if first != last {
                    form.set("end_date", &last.to_string());
                }
            }
            When::Undecided => {}
        }
        form
    }

    /// The fields to be shown, with what is wrong.
    pub(super) fn filled(&self, wrongs: Vec<Wrong>) -> Filled {
        let mut filled = Filled::default();
        for ((name, _), value) in FIELDS.iter().zip(&self.0) {
            filled = filled.with(name, value);
        }
        filled.wrongs = wrongs;
        filled
    }

    /// What an event would say that is made of this.
    pub(super) fn fields(&self) -> Result<EventFields, Vec<Wrong>> {
        let (fields, wrongs) = self.read();
        if wrongs.is_empty() {
            Ok(fields)
        } else {
            Err(in_order(wrongs))
        }
    }

    /// The same with all that is wrong.
    fn read(&self) -> (EventFields, Vec<Wrong>) {
        let mut wrongs = Vec::new();
        let when = self.when();
        let when = when.and_then(|texts| When::parse(&texts).map_err(|error| said(&error)));
        let when = taken(when, &mut wrongs).unwrap_or(When::Undecided);
        let capacity = taken(self.capacity(), &mut wrongs).flatten();
        let visibility = taken(self.visibility(), &mut wrongs).unwrap_or(Visibility::Public);
        let optional = |name| Some(self.value(name).to_owned()).filter(|text| !text.is_empty());
        let fields = EventFields {
            title: self.value("title").to_owned(),
            description: self.value("description").to_owned(),
            image: optional("image"),
            tags: self.tags(),
            location: optional("location"),
            online_url: optional("online_url"),
            when,
            capacity,
            visibility,
        };
        for check in [fields.check(), check_image(fields.image.as_deref())] {
            wrongs.extend(check.err().iter().flat_map(said));
        }
        (fields, wrongs)
    }

    /// What is to change in an event that says that. A field that shows what is stored changes nothing, and
    /// nothing is wrong with it.
    pub(super) fn changes(&self, stored: &EventFields) -> Result<EventChanges, Vec<Wrong>> {
        let (fields, mut wrongs) = self.read();
        let shown = Self::stored(stored);
        let differs = |names: &[&str]| {
            names
                .iter()
                .any(|name| self.value(name) != shown.value(name))
        };
        let times = [
            "start_date",
            "start_time",
            "end_date",
            "end_time",
            "time_zone",
        ];
        wrongs.retain(|wrong| {
            let of_time = times.contains(&&*wrong.field);
            if of_time {
                differs(&times)
            } else {
                differs(&[&*wrong.field])
            }
        });
        if !wrongs.is_empty() {
            return Err(in_order(wrongs));
        }
        let when = if differs(&times) {
            let texts = fields.when.to_fields();
            WhenChanges {
                starts_at: Some(texts.starts_at),
                ends_at: Some(texts.ends_at),
                time_zone: Some(texts.time_zone),
                start_date: Some(texts.start_date),
                end_date: Some(texts.end_date),
            }
        } else {
            WhenChanges::default()
        };
        Ok(EventChanges {
            title: differs(&["title"]).then_some(fields.title),
            description: differs(&["description"]).then_some(fields.description),
            image: differs(&["image"]).then_some(fields.image),
            tags: differs(&["tags"]).then_some(fields.tags),
            location: differs(&["location"]).then_some(fields.location),
            online_url: differs(&["online_url"]).then_some(fields.online_url),
            when,
            capacity: differs(&["capacity"]).then_some(fields.capacity),
            visibility: differs(&["visibility"]).then_some(fields.visibility),
        })
    }

    /// Where this differs from what is stored.
    pub(super) fn differences(&self, stored: &Self) -> Vec<Difference> {
        let pairs = self.0.iter().zip(&stored.0);
        let fields = FIELDS.iter().zip(pairs);
        fields
            .filter(|(_, (typed, stored))| typed != stored)
            .map(|((_, label), (typed, stored))| Difference {
                label,
                typed: typed.clone(),
                stored: stored.clone(),
            })
            .collect()
    }

    fn value(&self, name: &str) -> &str {
        place(name).map_or("", |at| &self.0[at])
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Some(at) = place(name) {
            self.0[at] = without_unseen(value).into_owned();
        }
    }

    fn tags(&self) -> Vec<String> {
        let tags = self.value("tags").split(',').map(str::trim);
        tags.filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn capacity(&self) -> Result<Option<u32>, Vec<Wrong>> {
        match self.value("capacity").trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                wrong(
                    "capacity",
                    "The number of people is a whole number, such as 40.",
                )
            }),
        }
    }

    fn visibility(&self) -> Result<Visibility, Vec<Wrong>> {
        let visibility = self.value("visibility").parse();
        visibility.map_err(|_| wrong("visibility", "Say who may see it."))
    }

    /// A day with a time is a moment, a day alone a whole day; no day, and nobody knows yet.
    fn when(&self) -> Result<WhenFields, Vec<Wrong>> {
        let given = |name| Some(self.value(name).trim()).filter(|text| !text.is_empty());
        let (end_date, end_time) = (given("end_date"), given("end_time"));
        match (given("start_date"), given("start_time")) {
            (None, None) if end_date.is_none() && end_time.is_none() => Ok(WhenFields::default()),
            (None, _) => Err(wrong("start_date", "Say on which day it begins.")),
            (Some(_), None) if end_time.is_some() => {
                let words = "Say at what time it begins, or leave out when it ends.";
                Err(wrong("start_time", words))
            }
            (Some(first), None) => Ok(WhenFields {
                start_date: Some(first.to_owned()),
                end_date: end_date.map(str::to_owned),
                ..WhenFields::default()
            }),
            (Some(_), Some(_)) if end_date.is_some() && end_time.is_none() => {
                let words = "Say at what time it ends, or leave out the day.";
                Err(wrong("end_time", words))
            }
            (Some(date), Some(time)) => Ok(WhenFields {
                starts_at: Some(format!("{date}T{time}")),
                ends_at: end_time.map(|end| format!("{}T{end}", end_date.unwrap_or(date))),
                time_zone: Some(self.value("time_zone").trim().to_owned()),
                ..WhenFields::default()
            }),
        }
    }
}

fn place(name: &str) -> Option<usize> {
    FIELDS.iter().position(|(other, _)| *other == name)
}

/// As a field for a time of day has it: with seconds only where there are any.
fn clock(moment: &Moment) -> String {
    let form = if moment.wall.second() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    moment.wall.strftime(form).to_string()
}

fn wrong(field: &'static str, words: &str) -> Vec<Wrong> {
    vec![Wrong::new(field, words)]
}

fn taken<T>(read: Result<T, Vec<Wrong>>, wrongs: &mut Vec<Wrong>) -> Option<T> {
    read.map_err(|wrong| wrongs.extend(wrong)).ok()
}

fn in_order(mut wrongs: Vec<Wrong>) -> Vec<Wrong> {
    wrongs.sort_by_key(|wrong| place(&wrong.field));
    wrongs
}

/// What the planner says is wrong, at the fields of the form.
pub(super) fn said(invalid: &InvalidEvent) -> Vec<Wrong> {
    invalid.problems.iter().map(said_of_one).collect()
}

fn said_of_one(problem: &FieldProblem) -> Wrong {
    let name = problem.field.split('/').nth(1).unwrap_or_default();
    match (name, problem.code) {
        ("title", "required") => Wrong::new("title", "Say what it is called."),
        ("starts_at", "invalid") => {
            let words = "The beginning is a day such as 2026-12-01 and a time such as 18:00.";
            Wrong::new("start_date", words)
        }
        ("ends_at", "invalid") => {
            let words = "The end is a day such as 2026-12-01 and a time such as 20:00.";
            Wrong::new("end_time", words)
        }
        ("time_zone", "required") => Wrong::new("time_zone", "Say in which time zone."),
        ("starts_at", _) => Wrong::new("start_date", &sentence("start_date", &problem.detail)),
        ("ends_at", _) => Wrong::new("end_time", &sentence("end_time", &problem.detail)),
        (name, _) => {
            let at = place(name).unwrap_or_default();
            Wrong::new(FIELDS[at].0, &sentence(FIELDS[at].0, &problem.detail))
        }
    }
}

/// What people call the field, and the fragment that completes it, without the API's names.
fn sentence(field: &str, fragment: &str) -> String {
    let label = place(field).map_or("This", |at| FIELDS[at].1);
    let fragment = fragment
        .replace("starts_at", "the beginning")
        .replace("start_date", "the first day");
    format!("{label} {fragment}.")
}

#[cfg(test)]
mod tests;
