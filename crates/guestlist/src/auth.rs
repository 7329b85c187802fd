//! The use cases of the door, one a file: the method, its outcome, its errors, its tests.

mod add_user;
mod change_password;
mod delete_user;
mod disable_user;
mod enable_user;
mod end_other_sessions;
mod end_session;
mod find_user;
mod fresh;
mod identify;
mod identify_service;
mod import_users;
mod introspect;
mod list_keys;
mod list_sessions;
mod list_tokens;
mod list_users;
mod live_session;
mod make_token;
mod new_password;
mod open_session;
mod prove;
mod refresh;
mod rehearse_import;
mod replace_session;
mod retire_token;
mod revoke;
mod rotate_keys;
mod service_tokens;
mod set_password;
mod sign_in;
mod sign_out;
mod sign_up;
mod signing_keys;
mod sweep;
mod tend_keys;

#[cfg(test)]
mod endings;
#[cfg(test)]
mod scene;

pub use change_password::ChangePasswordError;
pub use delete_user::DeleteUserError;
pub use disable_user::DisableUserError;
pub use enable_user::EnableUserError;
pub use end_other_sessions::EndOtherSessionsError;
pub use fresh::FreshError;
pub use identify::{By, IdentifyError, Identity};
pub use identify_service::KnownService;
pub use introspect::Introspection;
pub use list_keys::{KeyStanding, ListedKey};
pub use list_sessions::OpenSession;
pub use make_token::{MadeToken, MakeTokenError};
pub use new_password::NewPasswordError;
pub use open_session::{SignedIn, Strategy, Wanted};
pub use prove::ProveError;
pub use refresh::RefreshError;
pub use rehearse_import::ImportRehearsal;
pub use retire_token::RetireTokenError;
pub use revoke::RevokeError;
pub use rotate_keys::RotateKeysError;
pub use set_password::SetPasswordError;
pub use sign_in::SignInError;
pub use sign_out::SignOutError;
pub use sign_up::SignUpError;
pub use tend_keys::TendKeysError;
