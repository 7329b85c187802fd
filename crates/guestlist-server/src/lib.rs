//! A self-hosted event planner that uses `guestlist` for accounts: configuration, API, pages, and
//! the databases of the planner. The binary `guestlist` is a thin wrapper around this crate; no
//! other crate depends on it.

pub mod app;
pub mod command;
pub mod config;
pub mod copy;
pub mod database;
pub mod logging;
pub mod metrics;
pub mod planner_store;
pub mod proxy;
pub mod router;
pub mod serve;

mod admin;
mod answer;
mod api;
mod area;
mod compat;
mod cursor;
mod data_export;
mod docs;
mod event_body;
mod event_errors;
mod event_in_path;
mod event_words;
mod examination;
pub mod exports;
mod head;
mod health;
mod id_in_path;
mod lock;
mod mail;
mod messages;
mod pages;
mod paging;
mod security_words;
mod time_limit;
