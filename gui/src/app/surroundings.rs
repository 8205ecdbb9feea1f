//! What the laptop and its person are like: language, name, calendar, fonts.

use crate::fonts;
use crate::model::calendar::Calendar;
use crate::model::lobby::Interface;
use jiff::Zoned;

/// Looks for a Chinese face while the first frame is drawn already.
pub(super) fn look_for_chinese(ctx: &egui::Context) {
    let ctx = ctx.clone();
    let looked = std::thread::Builder::new().name("fonts".into()).spawn(move || {
        if fonts::install_chinese(&ctx) == fonts::ChineseFace::Missing {
            tracing::warn!("no Chinese font on this system: Chinese shows as boxes");
        }
    });
    // Without the thread Chinese shows as boxes; nothing else suffers.
    drop(looked);
}

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
