//! Dates and lengths as people say them.

use rust_i18n::t;
use std::time::Duration;

/// The laptop's calendar at this moment, as the app reads it; panels ask no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Seconds since 1970, UTC.
    pub now: i64,
    /// Seconds that local time is ahead of UTC.
    pub ahead: i32,
}

/// Seconds of a day.
const DAY: i64 = 86_400;

impl Calendar {
    /// A moment in words: "Today, 14:20", "Yesterday, 09:05", "12 Oct, 14:20", "12 Oct 2024".
    #[must_use]
    pub fn words(&self, moment: i64) -> String {
        let local = moment.saturating_add(self.ahead.into());
        let today = self.now.saturating_add(self.ahead.into()).div_euclid(DAY);
        let (day, second) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let clock = format!("{:02}:{:02}", second / 3600, second / 60 % 60);
        if day == today {
            return t!("calendar.today", clock = clock).into_owned();
        }
        if day == today - 1 {
            return t!("calendar.yesterday", clock = clock).into_owned();
        }
        let (year, month, date) = civil(day);
        let month = t!(format!("calendar.month_{month}"));
        if year == civil(today).0 {
            t!("calendar.this_year", month = month, date = date, clock = clock).into_owned()
        } else {
            t!("calendar.other_year", year = year, month = month, date = date).into_owned()
        }
    }
}

/// A length as a clock shows it: "4:07", "1:04:07".
#[must_use]
pub fn clock(length: Duration) -> String {
    let s = length.as_secs();
    match s / 3600 {
        0 => format!("{}:{:02}", s / 60, s % 60),
        h => format!("{h}:{:02}:{:02}", s / 60 % 60, s % 60),
    }
}

/// A length in words: "40 s", "42 min", "1 h 04 min".
#[must_use]
pub fn length(length: Duration) -> String {
    let s = length.as_secs();
    match s {
        0..60 => t!("calendar.seconds", n = s),
        60..3600 => t!("calendar.minutes", n = s / 60),
        _ => t!("calendar.hours", h = s / 3600, m = format!("{:02}", s / 60 % 60)),
    }
    .into_owned()
}

/// Bytes in words: "640 kB", "18 MB", "1.2 GB" (powers of ten, as file managers count).
#[must_use]
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{} MB", (bytes + 500_000) / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar
/// (H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_their_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(-1), (1969, 12, 31));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_454), (2026, 1, 1));
    }

    #[test]
    fn near_days_are_called_by_name_in_local_time() {
        // 2026-01-01 20:30 UTC, with the clock of Beijing: 2 January, 04:30.
        let calendar = Calendar { now: 20_454 * DAY + 73_800, ahead: 8 * 3600 };
        assert_eq!(calendar.words(calendar.now), "Today, 04:30");
        assert_eq!(calendar.words(calendar.now - 5 * 3600), "Yesterday, 23:30");
        assert_eq!(calendar.words(calendar.now - 2 * DAY), "31 Dec 2025");
        assert_eq!(calendar.words(calendar.now + 40 * DAY), "11 Feb, 04:30");
    }

    #[test]
    fn lengths_and_sizes_in_words() {
        assert_eq!(clock(Duration::from_secs(247)), "4:07");
        assert_eq!(clock(Duration::from_secs(3847)), "1:04:07");
        assert_eq!(length(Duration::from_secs(3847)), "1 h 04 min");
        assert_eq!(
            [bytes(1), bytes(17_600_000), bytes(1_240_000_000)],
            ["1 kB", "18 MB", "1.2 GB"]
        );
    }
}
