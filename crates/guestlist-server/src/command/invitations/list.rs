//! `guestlist invitations list`

use std::io::{self, Write};

use guestlist::{Clock, Invitation, SignUpRefusal, SystemClock, Timestamp};

use crate::{
    app::App,
    command::listing::{PAGE, second},
};

/// Prints the invitations, the newest first, a page at a time, so that the list is never in memory as a whole.
pub(super) async fn run(app: &App) -> anyhow::Result<()> {
    let now = SystemClock::new().now();
    let mut out = io::BufWriter::new(io::stdout().lock());
    line(
        &mut out,
        [
            "ID",
            "CREATED",
            "EXPIRES",
            "USES LEFT",
            "STATE",
            "E-MAIL",
            "NOTE",
        ],
    )?;
    let mut after = None;
    loop {
        let page = app.guestlist.list_invitations(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for invitation in &page {
            let text = |text: Option<&str>| text.unwrap_or("-").to_owned();
            let email = invitation.email.as_ref();
            let cells = [
                &invitation.id.to_string(),
                &second(invitation.created_at).to_string(),
                &second(invitation.expires_at).to_string(),
                &invitation.uses_left.to_string(),
                state(invitation, now),
                &text(email.map(|email| email.as_given())),
                &text(invitation.note.as_ref().map(|note| note.as_str())),
            ];
            line(&mut out, cells)?;
        }
    }
    Ok(out.flush()?)
}

fn state(invitation: &Invitation, now: Timestamp) -> &'static str {
    match invitation.is_over(now) {
        None => "open",
        Some(SignUpRefusal::InvitationRevoked) => "revoked",
        Some(SignUpRefusal::InvitationUsed) => "used",
        Some(_) => "expired",
    }
}

fn line(
    out: &mut impl Write,
    [id, created, expires, uses, state, email, note]: [&str; 7],
) -> io::Result<()> {
    writeln!(
        out,
        "{id:36}  {created:20}  {expires:20}  {uses:9}  {state:7}  {email}  {note}"
    )
}
