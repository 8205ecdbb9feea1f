//! What the laptop and its person are like: name, calendar, network.

use crate::model::calendar::Calendar;
use crate::model::lobby::Interface;
use jiff::Zoned;

/// What the system calls the person; nothing where that is no name.
pub(super) fn person() -> String {
    let named = ["USER", "USERNAME"].into_iter().find_map(|key| std::env::var(key).ok());
    named.filter(|name| name != "root").unwrap_or_default()
}

/// The time of day, and the date, as people here read them.
pub(super) fn calendar() -> (String, Calendar) {
    let now = Zoned::now();
    let clock = format!("{:02}:{:02}", now.hour(), now.minute());
    (clock, Calendar { now: now.timestamp().as_second(), ahead: now.offset().seconds() })
}

/// The network interfaces of this laptop, to choose from.
pub(super) fn interfaces() -> Vec<Interface> {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let useful = all.into_iter().filter(|one| !one.is_loopback() && !one.is_link_local());
    useful.map(|one| Interface { address: one.ip().to_string(), name: one.name }).collect()
}
