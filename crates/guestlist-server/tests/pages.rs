//! The pages, as a browser uses them: by following links and submitting forms.

mod account;
mod admin;
mod again;
mod assets;
mod browser;
mod calendar;
mod change_event;
mod create_event;
mod delete_event;
mod erasure;
mod home;
mod list_events;
mod refusal;
mod setup;
mod show_event;
mod sign_in;
mod sign_out;
mod sign_up;
mod signed_in;
mod times;
mod untouched;
