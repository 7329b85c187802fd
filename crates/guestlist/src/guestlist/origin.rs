//! Who acts through a [`Guestlist`], and from where: for the security log.

use crate::{Actor, Client};

/// Who acts, and from where. All of it may be unknown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    /// The one who acts, if it is not the usual one of a use case.
    pub(crate) actor: Option<Actor>,
    /// The origin of the request.
    pub(crate) client: Client,
    /// Whether the address of the client is that of a proxy that is not trusted.
    pub(crate) is_address_of_proxy: bool,
}
