//! `guestlist keys list`

use std::io::{self, Write};

use guestlist::{Algorithm, KeyStanding};

use crate::{app::App, command::listing::second};

pub(super) async fn run(app: &App) -> anyhow::Result<()> {
    let keys = app.guestlist.list_keys().await?;
    let mut out = io::stdout().lock();
    line(
        &mut out,
        [
            "KEY",
            "ALG",
            "CREATED",
            "SIGNS FROM",
            "SIGNS UNTIL",
            "VERIFIES UNTIL",
            "STANDING",
        ],
    )?;
    for listed in &keys {
        let key = &listed.key;
        let [created, from, until, over] = [
            key.created_at,
            key.signs_from,
            key.signs_until,
            key.verifies_until,
        ]
        .map(|instant| second(instant).to_string());
        let standing = words(&listed.standing);
        line(
            &mut out,
            [
                &key.kid,
                &key.algorithm,
                &created,
                &from,
                &until,
                &over,
                &standing,
            ],
        )?;
    }
    let signs = |standing: &KeyStanding| *standing == KeyStanding::Signs;
    if !keys.iter().any(|listed| signs(&listed.standing)) {
        writeln!(
            io::stderr().lock(),
            "{}",
            what_signs(app.guestlist.algorithm())
        )?;
    }
    Ok(())
}

fn words(standing: &KeyStanding) -> String {
    match standing {
        KeyStanding::Signs => "signs".to_owned(),
        KeyStanding::Verifies => "verifies".to_owned(),
        KeyStanding::Expired => "expired".to_owned(),
        KeyStanding::Unusable(why) => format!("unusable: {why}"),
    }
}

/// Says what signs if no key in the list does.
fn what_signs(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Hs256 => {
            "tokens are signed with HS256; its key is derived from the secret and changes with it"
        }
        Algorithm::EdDsa | Algorithm::Es256 | Algorithm::Rs256 => {
            "no key signs yet: a server creates one when it starts"
        }
    }
}

fn line(
    out: &mut impl Write,
    [kid, algorithm, created, from, until, over, standing]: [&str; 7],
) -> io::Result<()> {
    writeln!(
        out,
        "{kid:43}  {algorithm:5}  {created:20}  {from:20}  {until:20}  {over:20}  {standing}"
    )
}
