//! Checks the acknowledged writes of a visitor, and learns the outcome of the unanswered ones.

use super::{
    ledger::{Outcome, Person, Planned, Session, is_recent},
    visitor::Visitor,
};
use crate::client::{Client, Reply};

/// The differences between the expected and the actual state.
#[derive(Default)]
struct Losses(Vec<String>);

impl Losses {
    fn unless(&mut self, holds: bool, what: &str, seen: impl std::fmt::Debug) {
        if !holds {
            self.0.push(format!("{what}: {seen:?}"));
        }
    }
}

impl Visitor {
    /// Returns what is lost among the records changed since the last check, or among all records.
    pub(super) fn losses(&mut self, address: &str, of_everything: bool) -> Vec<String> {
        let mut client = Client::connect(address).expect("connects");
        let mut losses = Losses::default();
        for person in &mut self.people {
            if of_everything || !person.checked {
                check_person(&mut client, person, &mut losses);
            }
            for session in &mut person.sessions {
                if of_everything || !session.checked {
                    check_session(&mut client, session, &mut losses);
                }
            }
            for event in &mut person.events {
                if of_everything || !event.checked {
                    check_event(&mut client, event, &mut losses);
                }
            }
        }
        losses.0
    }
}

/// A user who signed up can sign in. An unanswered sign-up was done completely or not at all.
fn check_person(client: &mut Client, person: &mut Person, losses: &mut Losses) {
    if person.signed_up == Outcome::Perhaps {
        let again = client.sign_up(&person.email).expect("is answered");
        let is_one = [201, 409].contains(&again.status);
        losses.unless(is_one, "a sign-up cannot be tried again", &again);
    }
    let reply = client.sign_in(&person.email).expect("is answered");
    losses.unless(reply.status == 201, "a user who signed up is lost", &reply);
    (person.signed_up, person.checked) = (Outcome::Done, true);
}

fn check_session(client: &mut Client, session: &mut Session, losses: &mut Losses) {
    session.checked = true;
    if session.ended.is_some() {
        check_end(client, session, losses);
        return;
    }
    if let Some(since) = session.refreshing {
        let reply = refreshed(client, &session.holds.refresh);
        if reply.status != 200 {
            losses.unless(!is_recent(since), "a refresh cannot be tried again", &reply);
            // The restart took longer than the retry window. The next use of the old token rightly
            // ends the session.
            (session.ended, session.refreshing) = (Some(Outcome::Perhaps), None);
            return;
        }
        session.renewed(reply.tokens());
    }
    let me = opened(client, &session.holds.access);
    losses.unless(me.status == 200, "a session is lost", &me);
    check_old_tokens(client, session, losses);
}

/// A replaced access token is refused. A replaced refresh token gets the same response again within
/// the retry window. An older refresh token ends the session.
fn check_old_tokens(client: &mut Client, session: &mut Session, losses: &mut Losses) {
    let [last, before @ ..] = &session.held[..] else {
        return;
    };
    let me = opened(client, &last.access);
    losses.unless(me.status == 401, "a replaced token is accepted again", &me);
    if is_recent(session.holds.since) {
        let again = refreshed(client, &last.refresh);
        let tokens = again.tokens();
        let same = (tokens.access, tokens.refresh)
            == (session.holds.access.clone(), session.holds.refresh.clone());
        losses.unless(same, "a repeated refresh gets another response", &again);
    }
    let Some(older) = before.first() else {
        return;
    };
    let reply = refreshed(client, &older.refresh);
    losses.unless(
        reply.status == 400,
        "an old refresh token is accepted",
        &reply,
    );
    let me = opened(client, &session.holds.access);
    losses.unless(me.status == 401, "a copied session does not end", &me);
    session.ended = Some(Outcome::Done);
}

fn check_end(client: &mut Client, session: &mut Session, losses: &mut Losses) {
    if session.ended == Some(Outcome::Perhaps) {
        let again = client.sign_out(&session.holds.access).expect("is answered");
        let is_one = [204, 401].contains(&again.status);
        losses.unless(is_one, "a sign-out cannot be tried again", &again);
        session.ended = Some(Outcome::Done);
    }
    let me = opened(client, &session.holds.access);
    losses.unless(
        me.status == 401,
        "a session that was signed out is back",
        &me,
    );
    let reply = refreshed(client, &session.holds.refresh);
    losses.unless(
        reply.status == 400,
        "a session that was signed out is refreshed",
        &reply,
    );
}

fn check_event(client: &mut Client, event: &mut Planned, losses: &mut Losses) {
    let reply = client.show_event(&event.path).expect("is answered");
    let seen = match reply.status {
        200 => Some(
            reply.json()["title"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        ),
        _ => None,
    };
    losses.unless(
        [200, 404].contains(&reply.status),
        "an event is not shown",
        &reply,
    );
    if seen != event.is && Some(&seen) != event.may_be.as_ref() {
        let what = match (&seen, &event.is) {
            (Some(_), None) => "a deleted event is back",
            (None, _) => "an event is lost",
            (Some(_), Some(_)) => "an event differs from its last acknowledged state",
        };
        losses.unless(false, what, (&event.path, &event.is, &event.may_be, &seen));
    }
    event.etag = reply.header("etag").unwrap_or_default().to_owned();
    (event.is, event.may_be, event.checked) = (seen, None, true);
}

fn opened(client: &mut Client, access: &str) -> Reply {
    client.me(access).expect("is answered")
}

fn refreshed(client: &mut Client, refresh: &str) -> Reply {
    client.refresh(refresh).expect("is answered")
}
