//! A lock that a panic does not spoil.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks the mutex even if its holder panicked: each change to what it protects is a single step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
