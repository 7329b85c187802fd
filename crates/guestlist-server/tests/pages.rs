//! The pages, as a browser asks for them: by following links and submitting forms.

mod assets;
mod browser;
mod calendar;
mod home;
mod list_events;
mod refusal;
mod show_event;
