//! The laptop's calendar, for showing dates to people.

use crate::model::calendar::Calendar;
use moot_node::io::clock;

/// Seconds that local time is ahead of UTC; 0 where the system does not tell.
///
/// To be called first of all in `main`: on Unix the C library reads the environment for it, which
/// is sound only while there is one thread, and refused otherwise.
#[must_use]
pub fn ahead_of_utc() -> i32 {
    time::UtcOffset::current_local_offset().map_or(0, time::UtcOffset::whole_seconds)
}

/// The date and time of day, in a zone that is `ahead` seconds ahead of UTC.
#[must_use]
pub fn calendar(ahead: i32) -> Calendar {
    Calendar { now: clock::wall().0.div_euclid(1000), ahead }
}
