//! The use cases of the door, one a file: the method, its outcome, its errors, its tests.

mod delete_user;
mod disable_user;
mod identify;
mod new_password;
mod sign_in;
mod sign_out;
mod sign_up;
mod sweep;

pub use delete_user::DeleteUserError;
pub use disable_user::DisableUserError;
pub use identify::{IdentifyError, Identity};
pub use new_password::NewPasswordError;
pub use sign_in::{SignInError, SignedIn};
pub use sign_out::SignOutError;
pub use sign_up::SignUpError;
