//! A self-hosted event planner behind the guestlist door: configuration, API, pages, and the
//! planner's stores. The binary `guestlist` is all of it; nothing else depends on it.

pub mod app;
pub mod command;
pub mod config;
pub mod copy;
pub mod database;
pub mod logging;
pub mod metrics;
pub mod planner_store;
pub mod proxy;
pub mod serve;

mod answer;
mod api;
mod book;
mod docs;
pub mod exports;
mod head;
mod health;
mod id_in_path;
mod pages;
