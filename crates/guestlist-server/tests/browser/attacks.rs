//! Attacks by foreign pages on a signed-in user's browser: by pages on another port of this
//! machine, which share our cookies, and by pages of another site. The labels (CK12, CS01) come
//! from the project's list of bad inputs.

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

/// The host names of the foreign pages: on our host, and on another site.
const BESIDE: &str = "127.0.0.1";
const ELSEWHERE: &str = "localhost";

impl Chromium {
    /// Signs Ada in, and returns the path of her upcoming event.
    async fn as_ada(&self) -> String {
        let event = self.server.with_events();
        self.sign_in().await;
        event
    }

    /// Opens a foreign page.
    async fn visit(&self, url: &str) {
        self.driver.goto(url).await.expect("opens");
    }

    /// Waits until the browser shows a page of ours, with any content.
    async fn is_back(&self) {
        for _ in 0..200 {
            let url = self.driver.current_url().await.expect("has an address");
            if url.as_str().starts_with(&self.server.url("/")) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("a form of a foreign page was not sent");
    }

    /// Asserts that Ada is signed in with her password, and that her event exists.
    async fn assert_no_harm(&self, event: &str) {
        self.open("/account").await;
        self.says("main", EMAIL).await;
        self.open(event).await;
        self.says("h1", "Long table in the courtyard").await;
        self.open("/events?q=Planted").await;
        self.says("main", "No events match.").await;
        self.server.token_of(EMAIL);
    }
}
