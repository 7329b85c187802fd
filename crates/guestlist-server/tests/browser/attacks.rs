//! What pages of somebody else's make a browser do whose user is signed in here: pages on another port of
//! this machine, which share our cookies, and pages of another site. The labels (CK12, CS01) are those of
//! the list of bad inputs that this project keeps.

mod eve;
mod evil;

mod forms;
mod frames;
mod planted_cookies;
mod scripts;
mod tokens;

use std::time::Duration;

use tokio::time::sleep;

use crate::{chromium::Chromium, server::EMAIL};

/// By these names somebody else's pages are reached: beside ours, and on another site.
const BESIDE: &str = "127.0.0.1";
const ELSEWHERE: &str = "localhost";

impl Chromium {
    /// Ada signs in, and has an event that is not over; its path.
    async fn as_ada(&self) -> String {
        let event = self.server.with_events();
        self.sign_in().await;
        event
    }

    /// Opens a page that is not ours.
    async fn visit(&self, url: &str) {
        self.driver.goto(url).await.expect("opens");
    }

    /// Waits until the page that is shown is one of ours, whatever it says.
    async fn is_back(&self) {
        for _ in 0..200 {
            let url = self.driver.current_url().await.expect("has an address");
            if url.as_str().starts_with(&self.server.url("/")) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("a form of somebody else's was not sent");
    }

    /// Fails unless Ada is signed in, has her password, and her event is there.
    async fn has_harmed_nobody(&self, event: &str) {
        self.open("/account").await;
        self.says("main", EMAIL).await;
        self.open(event).await;
        self.says("h1", "Long table in the courtyard").await;
        self.open("/events?q=Planted").await;
        self.says("main", "No events match.").await;
        self.server.token_of(EMAIL);
    }
}
