//! Fills a new database with a user and public events: `seed FILE COUNT`.

use std::sync::Arc;

use anyhow::Context;
use guestlist::{Email, Epoch, Role, SystemClock, Timestamp, User, UserId};
use guestlist_server::database::Stores;
use planner::{EventDraft, Planner, WhenFields};

/// How many events are created at the same time.
const AT_ONCE: u32 = 64;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("seed FILE COUNT")?;
    let count: u32 = arguments.next().context("seed FILE COUNT")?.parse()?;
    let stores = Stores::open(&format!("sqlite:{file}")).await?;
    let user = User {
        id: UserId::new(Timestamp::from_millis(0)),
        email: Email::parse("host@example.com")?,
        password_hash: None,
        name: None,
        created_at: Timestamp::from_millis(0),
        verified_at: None,
        disabled_at: None,
        role: Role::Member,
        approved_at: Some(Timestamp::from_millis(0)),
        epoch: Epoch::default(),
        token_epoch: Epoch::default(),
    };
    stores.accounts.insert_user(&user).await?;
    let planner = Planner::new(stores.planner, Arc::new(SystemClock::new()));
    let tasks = (0..AT_ONCE).map(|first| {
        let (planner, host) = (planner.clone(), user.id);
        tokio::spawn(async move {
            for number in (first..count).step_by(usize::try_from(AT_ONCE)?) {
                planner.create_event(host, &event(number)).await?;
            }
            anyhow::Ok(())
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await??;
    }
    Ok(())
}

fn event(number: u32) -> EventDraft {
    let (month, day, hour) = (1 + number % 12, 1 + number % 28, number % 24);
    EventDraft {
        title: format!("Event number {number}"),
        description: "Friends meet, eat, talk about their work, and stay until late.".into(),
        image: Some("https://example.com/image.png".into()),
        tags: vec!["dinner".into(), format!("tag{}", number % 50)],
        location: Some("Town hall".into()),
        when: WhenFields {
            starts_at: Some(format!("2027-{month:02}-{day:02}T{hour:02}:00")),
            time_zone: Some("Europe/Paris".into()),
            ..WhenFields::default()
        },
        capacity: Some(40),
        ..EventDraft::default()
    }
}
