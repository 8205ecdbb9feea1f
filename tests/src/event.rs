//! A line that a node printed with `--json`, and the moment it came.

use serde_json::Value;
use std::time::Instant;

/// One event, with the rig's own clock beside it.
#[derive(Clone, Debug)]
pub struct Line {
    /// When the rig read it (CLOCK_MONOTONIC, the same for all nodes of one machine).
    pub at: Instant,
    /// The printed object.
    pub body: Value,
}

impl Line {
    /// Whether its `event` is `name`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.body["event"] == name
    }

    /// Whether it tells something that is shown in step with its author's sound.
    #[must_use]
    pub fn is_timed(&self) -> bool {
        ["page", "stroke", "laser"].iter().any(|name| self.is(name))
    }

    /// The text of a field; empty when there is none.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    /// The number in a field; not a number when there is none.
    #[must_use]
    pub fn number(&self, field: &str) -> f64 {
        self.body[field].as_f64().unwrap_or(f64::NAN)
    }

    /// The whole number in a field.
    #[must_use]
    pub fn count(&self, field: &str) -> Option<u64> {
        self.body[field].as_u64()
    }

    /// Which entry made it happen: author and number.
    #[must_use]
    pub fn entry(&self) -> Option<(String, u64)> {
        Some((self.body["author"].as_str()?.to_owned(), self.count("seq")?))
    }
}
