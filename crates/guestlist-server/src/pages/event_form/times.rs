//! The time fields of the form: days and times of day, and the moments they mean in the event's
//! zone.

use jiff::civil::{Date, DateTime};
use planner::{LocalTime, Moment, When, WhenChanges, WhenFields, Zone};

use super::values::EventForm;
use crate::pages::filled::Wrong;

/// The fields that say when an event is.
pub(super) const FIELDS: [&str; 7] = [
    "start_date",
    "start_time",
    "start_offset",
    "end_date",
    "end_time",
    "end_offset",
    "time_zone",
];

/// The fields of one end of the event.
struct Side {
    date: &'static str,
    time: &'static str,
    /// The offset that selects one of two equal clock times.
    offset: &'static str,
    /// The fields with the two offsets that the page offers.
    choices: [&'static str; 2],
}

const START: Side = Side {
    date: "start_date",
    time: "start_time",
    offset: "start_offset",
    choices: ["start_first", "start_second"],
};
const END: Side = Side {
    date: "end_date",
    time: "end_time",
    offset: "end_offset",
    choices: ["end_first", "end_second"],
};

impl EventForm {
    /// Shows when an event is. The last day stays empty if it is the first day.
    pub(super) fn show_times(&mut self, when: &When) {
        if let Some(zone) = when.time_zone() {
            self.set("time_zone", zone);
        }
        match when {
            When::At { starts, ends, .. } => {
                self.show_time(&START, starts);
                if let Some(ends) = ends {
                    self.show_time(&END, ends);
                    // An empty last day would mean the next day, if the end is earlier than the
                    // beginning.
                    if ends.wall.date() == starts.wall.date()
                        && clock(ends.wall) >= clock(starts.wall)
                    {
                        self.set("end_date", "");
                    }
                }
            }
            When::Dates { first, last, .. } => {
                self.set("start_date", &first.to_string());
                if first != last {
                    self.set("end_date", &last.to_string());
                }
            }
            When::Undecided { .. } => {}
        }
    }

    fn show_time(&mut self, side: &Side, moment: &Moment) {
        let date = moment.wall.date().to_string();
        let time = clock(moment.wall);
        let text = format!("{date}T{time}");
        self.set(side.date, &date);
        self.set(side.time, &time);
        if let Some(LocalTime::Twice { first, second }) = self.local(&text) {
            // The offset between local time and instant tells which of the two it is.
            let is_first = self.instant_of(&text, &first) == Some(moment.at.as_millis() / 60_000);
            self.set(side.offset, if is_first { &first } else { &second });
        }
    }

    /// Returns the minute since 1970 that the text means with that offset.
    fn instant_of(&self, text: &str, offset: &str) -> Option<i64> {
        let at: jiff::Timestamp = format!("{text}{offset}").parse().ok()?;
        Some(at.as_millisecond() / 60_000)
    }

    /// Asks the zone in the form how often its clocks show that time.
    fn local(&self, text: &str) -> Option<LocalTime> {
        let zone = Zone::find(self.value("time_zone").trim())?;
        Some(zone.local(text))
    }

    /// Returns pairs of a field's name on the page and an offset. For each time that the clocks
    /// show twice, there are the two offsets to choose from, and also the proposed offset if the
    /// user has not chosen one of them.
    pub(super) fn choices(&self) -> Vec<(&'static str, String)> {
        let mut choices = Vec::new();
        let last = self.last_day(self.value("end_time"));
        for (side, date) in [(START, self.value("start_date")), (END, &last)] {
            let text = format!("{}T{}", date.trim(), self.value(side.time).trim());
            if let Some(LocalTime::Twice { first, second }) = self.local(&text) {
                let chosen = self.value(side.offset);
                if ![&first, &second].into_iter().any(|offset| offset == chosen) {
                    let likely = self.likely(&side, &text, &first, &second).to_owned();
                    choices.push((side.offset, likely));
                }
                choices.extend(side.choices.into_iter().zip([first, second]));
            }
        }
        choices
    }

    /// Returns the offset to propose for a time that clocks show twice. It is `first`, or `second`
    /// if the event would end before it begins with `first`.
    fn likely<'a>(&self, side: &Side, text: &str, first: &'a str, second: &'a str) -> &'a str {
        let is_end = side.date == END.date;
        let begins = self.begins_at().filter(|_| is_end);
        let ends = self.instant_of(text, first);
        let is_backwards = begins.zip(ends).is_some_and(|(begins, ends)| ends < begins);
        if is_backwards { second } else { first }
    }

    /// Returns the minute since 1970 at which the event begins by this form.
    fn begins_at(&self) -> Option<i64> {
        let (date, time) = (
            self.value("start_date").trim(),
            self.value("start_time").trim(),
        );
        let text = format!("{date}T{time}");
        let zone = Zone::find(self.value("time_zone").trim())?;
        if let LocalTime::Twice { first, second } = zone.local(&text) {
            let is_second = self.value(START.offset) == second;
            return self.instant_of(&text, if is_second { &second } else { &first });
        }
        let fields = WhenFields {
            starts_at: Some(text),
            time_zone: Some(zone.name().to_owned()),
            ..WhenFields::default()
        };
        let begins = When::parse(&fields, &zone).ok()?;
        Some(begins.sort_at() / 60_000)
    }

    /// Returns the day on which the event ends, if it ends at the time `end_time`. It is the typed
    /// last day. If the user typed none, it is the first day, or the day after the first if
    /// `end_time` is earlier than the beginning.
    fn last_day(&self, end_time: &str) -> String {
        let typed = self.value("end_date").trim();
        let first = self.value("start_date").trim();
        if !typed.is_empty() {
            return typed.to_owned();
        }
        // Both have the form HH:MM, so comparing the texts compares the times.
        let is_overnight = end_time.trim() < self.value("start_time").trim();
        let next = Date::strptime("%Y-%m-%d", first).and_then(Date::tomorrow);
        match next {
            Ok(next) if is_overnight => next.to_string(),
            _ => first.to_owned(),
        }
    }

    /// Writes the name of the zone with underscores, if it was typed as people read it:
    /// `America/New York`.
    fn spell_zone(&mut self) {
        let typed = self.value("time_zone").trim();
        let spelled = typed.replace(' ', "_");
        if Zone::find(typed).is_none() && Zone::find(&spelled).is_some() {
            self.set("time_zone", &spelled);
        }
    }

    /// Reads the times of the form. A day with a time is a moment; a day alone is a whole day;
    /// without a day the event is undecided. A time that is as it was shown keeps exactly the
    /// stored moment.
    ///
    /// # Errors
    ///
    /// Fields that contradict each other, and times that clocks skip or show twice. In the latter
    /// case the form holds what the time means afterwards.
    pub(super) fn when(
        &mut self,
        stored: Option<(&When, &EventForm)>,
    ) -> Result<WhenFields, Vec<Wrong>> {
        self.spell_zone();
        let given = |name| {
            let value = Some(self.value(name).trim());
            value.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (end_date, end_time) = (given("end_date"), given("end_time"));
        let fields = WhenFields {
            time_zone: given("time_zone"),
            ..WhenFields::default()
        };
        match (given("start_date"), given("start_time")) {
            (None, None) if end_date.is_none() && end_time.is_none() => Ok(fields),
            (None, _) => Err(wrong("start_date", "Enter the day it begins.")),
            (Some(_), None) if end_time.is_some() => {
                let words = "Enter the time it begins, or leave the end empty.";
                Err(wrong("start_time", words))
            }
            (Some(first), None) => Ok(WhenFields {
                start_date: Some(first),
                end_date,
                ..fields
            }),
            (Some(_), Some(_)) if end_date.is_some() && end_time.is_none() => {
                let words = "Enter the time it ends, or leave the last day empty.";
                Err(wrong("end_time", words))
            }
            (Some(date), Some(time)) => {
                let last = end_time.map(|end| (self.last_day(&end), end));
                let starts = self.time(&START, &date, &time, stored);
                let ends = last.map(|(day, end)| self.time(&END, &day, &end, stored));
                match (starts, ends.transpose()) {
                    (Ok(starts), Ok(ends)) => Ok(WhenFields {
                        starts_at: Some(starts),
                        ends_at: ends,
                        ..fields
                    }),
                    (starts, ends) => {
                        let wrongs = starts.err().into_iter().chain(ends.err());
                        Err(wrongs.flatten().collect())
                    }
                }
            }
        }
    }

    /// Reads one time on that day.
    fn time(
        &mut self,
        side: &Side,
        date: &str,
        time: &str,
        stored: Option<(&When, &EventForm)>,
    ) -> Result<String, Vec<Wrong>> {
        let mut text = format!("{date}T{time}");
        if let Some((when, shown)) = stored {
            let (moment, exact) = match (when, when.to_fields()) {
                (When::At { starts, .. }, texts) if side.date == START.date => {
                    (Some(*starts), texts.starts_at)
                }
                (When::At { ends, .. }, texts) => (*ends, texts.ends_at),
                _ => (None, None),
            };
            if let Some(moment) = moment.filter(|_| !self.differs(shown, &[side.time])) {
                let stays = moment.wall.date().to_string() == date
                    && !self.differs(shown, &[side.offset, "time_zone"]);
                match exact {
                    Some(exact) if stays => return Ok(exact),
                    // The field does not show milliseconds, so the time of day is the stored one.
                    _ => text = format!("{date}T{}", moment.wall.time()),
                }
            }
        }
        self.asked(side, text)
    }

    /// Returns the time if clocks show it once, or if the user chose one of two; asks otherwise.
    fn asked(&mut self, side: &Side, text: String) -> Result<String, Vec<Wrong>> {
        let day_of = |date: Date| date.strftime("%A %-d %B %Y").to_string();
        let (date, time) = text.split_once('T').unwrap_or((&text, ""));
        let date = Date::strptime("%Y-%m-%d", date).unwrap_or_default();
        let day = day_of(date);
        // The name as the list of zones spells it: it is what the field takes.
        let zone = Zone::find(self.value("time_zone").trim());
        let zone = zone.as_ref().map(Zone::name).unwrap_or_default();
        match self.local(&text) {
            Some(LocalTime::Twice { first, second }) => {
                let chosen = self.value(side.offset);
                if [&first, &second].into_iter().any(|offset| offset == chosen) {
                    return Ok(format!("{text}{chosen}"));
                }
                let likely = self.likely(side, &text, &first, &second);
                let proposed = if likely == first {
                    "The first is chosen now."
                } else {
                    "The second is chosen now, because the first is before the beginning."
                };
                let words = format!(
                    "On {day} the clocks in {zone} show {time} twice. Choose the one you mean. {proposed}"
                );
                let likely = likely.to_owned();
                self.set(side.offset, &likely);
                Err(wrong(side.offset, &words))
            }
            Some(LocalTime::Skipped { meant }) => {
                let clock = clock(meant);
                // A jump to the same clock time is one of whole days.
                let reason = if clock == time {
                    "because the calendar leaves that day out"
                } else {
                    "because clocks are put forward"
                };
                let means = if meant.date() == date {
                    clock.clone()
                } else {
                    format!("{clock} on {}", day_of(meant.date()))
                };
                let words = format!(
                    "There is no {time} on {day} in {zone}, {reason}. It means {means}, and the form has that \
                     now. Send it again if that is right."
                );
                let date = meant.date().to_string();
                self.set(side.time, &clock);
                if side.date == START.date || self.last_day(&clock) != date {
                    self.set(side.date, &date);
                }
                Err(wrong(side.time, &words))
            }
            Some(LocalTime::Once) | None => Ok(text),
        }
    }
}

fn wrong(field: &'static str, words: &str) -> Vec<Wrong> {
    vec![Wrong::new(field, words)]
}

/// Returns the difference between the stored time and these texts.
pub(super) fn changes(texts: WhenFields, stored: &When) -> WhenChanges {
    let before = stored.to_fields();
    let change = |after: Option<String>, before: Option<String>| (after != before).then_some(after);
    WhenChanges {
        starts_at: change(texts.starts_at, before.starts_at),
        ends_at: change(texts.ends_at, before.ends_at),
        time_zone: change(texts.time_zone, before.time_zone),
        start_date: change(texts.start_date, before.start_date),
        end_date: change(texts.end_date, before.end_date),
    }
}

/// Formats a time for a time field: with seconds only if there are any.
fn clock(wall: DateTime) -> String {
    let form = if wall.second() == 0 {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    wall.strftime(form).to_string()
}

#[cfg(test)]
mod tests;
