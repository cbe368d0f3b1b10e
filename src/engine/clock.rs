//! The time, whatever the clock of this machine says.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// Now, in UTC. A clock that was never set may stand before 1970, where [`Utc::now`] panics.
pub fn now() -> DateTime<Utc> {
    DateTime::from(SystemTime::now())
}
