//! The use cases of the door, one a file: the method, its outcome, its errors, its tests.

mod add_user;
mod delete_user;
mod disable_user;
mod enable_user;
mod find_user;
mod identify;
mod import_users;
mod list_users;
mod new_password;
mod rehearse_import;
mod set_password;
mod sign_in;
mod sign_out;
mod sign_up;
mod signing_keys;
mod sweep;

pub use delete_user::DeleteUserError;
pub use disable_user::DisableUserError;
pub use enable_user::EnableUserError;
pub use identify::{IdentifyError, Identity};
pub use new_password::NewPasswordError;
pub use rehearse_import::ImportRehearsal;
pub use set_password::SetPasswordError;
pub use sign_in::{SignInError, SignedIn};
pub use sign_out::SignOutError;
pub use sign_up::SignUpError;
