//! A visitor that writes as fast as it gets responses, and records what was acknowledged.

use std::io;

use tokio::time::Instant;

use super::{
    ledger::{Counts, Outcome, Person, Planned, Session},
    random::Random,
};
use crate::client::{Client, Reply};

/// Sends one request after the other, for records that no other visitor uses.
#[derive(Clone)]
pub(super) struct Visitor {
    number: u32,
    pub(super) random: Random,
    pub(super) people: Vec<Person>,
    pub(super) counts: Counts,
}

/// The kinds of requests of a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    SignUp,
    SignIn,
    Refresh,
    SignOut,
    CreateEvent,
    ChangeEvent,
    DeleteEvent,
}

/// The frequency of each act, in percent. Sign-up and sign-in each hash a password, which takes
/// most of the time.
const OFTEN: [(Act, u64); 7] = [
    (Act::SignUp, 1),
    (Act::SignIn, 3),
    (Act::Refresh, 26),
    (Act::SignOut, 3),
    (Act::CreateEvent, 31),
    (Act::ChangeEvent, 18),
    (Act::DeleteEvent, 18),
];

impl Visitor {
    pub(super) fn new(number: u32) -> Self {
        Self {
            number,
            random: Random::new(number.into()),
            people: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// Acts until the server does not answer any more.
    pub(super) fn visits(&mut self, address: &str) {
        let Ok(mut client) = Client::connect(address) else {
            return;
        };
        let ended = loop {
            if let Err(error) = self.acts(&mut client) {
                break error;
            }
        };
        assert!(!is_unavailable(&ended), "{ended:?}");
    }

    /// Does a random act. Fails if there is no response, or a 503.
    pub(super) fn acts(&mut self, client: &mut Client) -> io::Result<()> {
        let mut lot = self.random.within(0..100);
        let by_lot = OFTEN.iter().find(|(_, often)| {
            let falls = lot < *often;
            lot = lot.saturating_sub(*often);
            falls
        });
        let (act, _) = by_lot.expect("the frequencies add up to 100");
        if self.people.is_empty() {
            return self.does(client, Act::SignUp);
        }
        self.does(client, *act)
    }

    /// Does one act on a connection of its own. The server must answer.
    pub(super) fn does_alone(&mut self, address: &str, act: Act) {
        let mut client = Client::connect(address).expect("connects");
        self.does(&mut client, act).expect("is answered");
    }

    /// Does an act if there is a record for it, and returns whether it did. Fails if there is no
    /// response.
    fn does(&mut self, client: &mut Client, act: Act) -> io::Result<()> {
        let end = matches!(act, Act::Refresh | Act::SignOut | Act::DeleteEvent);
        let done = match act {
            Act::SignUp => self.sign_up(client),
            Act::SignIn => self.sign_in(client),
            Act::Refresh => self.refresh(client),
            Act::SignOut => self.sign_out(client),
            Act::CreateEvent => self.create_event(client),
            Act::ChangeEvent => self.change_event(client),
            Act::DeleteEvent => self.delete_event(client),
        };
        match &done {
            Ok(false) => {}
            Ok(true) => {
                self.counts.writes += 1;
                self.counts.ends += u64::from(end);
            }
            Err(_) => self.counts.unanswered += 1,
        }
        done.map(drop)
    }

    fn sign_up(&mut self, client: &mut Client) -> io::Result<bool> {
        let email = format!("{}.{}@example.com", self.people.len(), self.number);
        self.people.push(Person {
            email: email.clone(),
            signed_up: Outcome::Perhaps,
            sessions: Vec::new(),
            events: Vec::new(),
            checked: false,
        });
        answered(client.sign_up(&email), 201)?;
        let person = self.people.last_mut().expect("was just pushed");
        person.signed_up = Outcome::Done;
        Ok(true)
    }

    fn sign_in(&mut self, client: &mut Client) -> io::Result<bool> {
        let all = self.people.iter_mut();
        let known = all.filter(|person| person.signed_up == Outcome::Done);
        let Some(person) = self.random.one_of(known) else {
            return Ok(false);
        };
        let reply = answered(client.sign_in(&person.email), 201)?;
        person.sessions.push(Session::new(reply.tokens()));
        Ok(true)
    }

    fn refresh(&mut self, client: &mut Client) -> io::Result<bool> {
        let Some(session) = self.session() else {
            return Ok(false);
        };
        session.refreshing = Some(Instant::now());
        let reply = answered(client.refresh(&session.holds.refresh), 200)?;
        session.renewed(reply.tokens());
        Ok(true)
    }

    fn sign_out(&mut self, client: &mut Client) -> io::Result<bool> {
        let Some(session) = self.session() else {
            return Ok(false);
        };
        session.ended = Some(Outcome::Perhaps);
        answered(client.sign_out(&session.holds.access), 204)?;
        session.ended = Some(Outcome::Done);
        Ok(true)
    }

    fn create_event(&mut self, client: &mut Client) -> io::Result<bool> {
        let title = self.title();
        let Some((token, events)) = self.planning() else {
            return Ok(false);
        };
        let reply = answered(client.create_event(&token, &title), 201)?;
        let text = |name| reply.header(name).unwrap_or_default().to_owned();
        events.push(Planned {
            path: text("location"),
            etag: text("etag"),
            is: Some(title),
            may_be: None,
            checked: false,
        });
        Ok(true)
    }

    fn change_event(&mut self, client: &mut Client) -> io::Result<bool> {
        let title = self.title();
        let Some((token, event)) = self.event() else {
            return Ok(false);
        };
        event.may_be = Some(Some(title.clone()));
        let seen = (event.path.as_str(), event.etag.as_str());
        let reply = answered(client.change_event(&token, seen, &title), 200)?;
        event.etag = reply.header("etag").unwrap_or_default().to_owned();
        (event.is, event.may_be) = (Some(title), None);
        Ok(true)
    }

    fn delete_event(&mut self, client: &mut Client) -> io::Result<bool> {
        let Some((token, event)) = self.event() else {
            return Ok(false);
        };
        event.may_be = Some(None);
        let seen = (event.path.as_str(), event.etag.as_str());
        answered(client.delete_event(&token, seen), 204)?;
        (event.is, event.may_be) = (None, None);
        Ok(true)
    }

    /// Returns a random open session.
    fn session(&mut self) -> Option<&mut Session> {
        let all = self
            .people
            .iter_mut()
            .flat_map(|person| &mut person.sessions);
        let session = self
            .random
            .one_of(all.filter(|session| session.is_open()))?;
        session.checked = false;
        Some(session)
    }

    /// Returns the access token and the events of a random signed-in user.
    fn planning(&mut self) -> Option<(String, &mut Vec<Planned>)> {
        let all = self.people.iter_mut().filter_map(|person| {
            let open = person.sessions.iter().find(|session| session.is_open())?;
            Some((open.holds.access.clone(), &mut person.events))
        });
        self.random.one_of(all)
    }

    /// Returns a random event and a token of its creator.
    fn event(&mut self) -> Option<(String, &mut Planned)> {
        let Self { people, random, .. } = self;
        let theirs = people.iter_mut().filter_map(|person| {
            let open = person.sessions.iter().find(|session| session.is_open())?;
            let there = |event: &&mut Planned| event.is.is_some() && event.may_be.is_none();
            let event = random.one_of(person.events.iter_mut().filter(there))?;
            Some((open.holds.access.clone(), event))
        });
        let theirs: Vec<_> = theirs.collect();
        let (token, event) = random.one_of(theirs)?;
        event.checked = false;
        Some((token, event))
    }

    /// Returns a title that no other event has.
    fn title(&self) -> String {
        format!("{} of {}", self.counts.writes, self.number)
    }
}

/// Returns the response if it has the expected status. A 503 becomes an error. Any other status
/// fails the test.
fn answered(reply: io::Result<Reply>, status: u16) -> io::Result<Reply> {
    let reply = reply?;
    if reply.status == 503 {
        assert!(reply.header("retry-after").is_some(), "{reply:?}");
        return Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            format!("{reply:?}"),
        ));
    }
    assert_eq!(reply.status, status, "{reply:?}");
    Ok(reply)
}

/// Whether the response was a 503. The request may have been done or not.
pub(super) fn is_unavailable(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ResourceBusy
}
