//! `guestlist keys rotate`

use std::io::{self, Write};

use anyhow::bail;
use guestlist::RotateKeysError;

use crate::app::App;

pub(super) async fn run(app: &App) -> anyhow::Result<()> {
    let key = match app.guestlist.rotate_keys().await {
        Ok(key) => key,
        Err(RotateKeysError::Derived) => bail!(
            "the key of HS256 is derived from the secret: change SECRET_KEY and set SECRET_KEY_PREVIOUS to the old one, \
             or set tokens.jwt.algorithm to another algorithm"
        ),
        Err(error) => return Err(error.into()),
    };
    let (kid, algorithm, signs_from) = (key.kid, key.algorithm, key.signs_from);
    writeln!(
        io::stdout().lock(),
        "created {kid} ({algorithm}): published from now on, signs from {signs_from}"
    )?;
    Ok(())
}
