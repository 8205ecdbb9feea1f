//! Short notices that go by themselves.

use super::Seconds;

/// How long a notice stays, seconds: long enough to read two lines aloud.
const STAYS: Seconds = 6.0;

/// How many are kept: more would cover the page.
const AT_ONCE: usize = 4;

/// What a notice is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Tone {
    /// Good to know.
    News,
    /// Something needs care; the meeting goes on.
    Warning,
    /// What was asked for did not happen.
    Error,
}

/// A short notice.
#[derive(Clone, PartialEq, Debug)]
pub struct Toast {
    /// What it is about.
    pub tone: Tone,
    /// One or two sentences: what happened, and what to do.
    pub text: String,
    /// When it goes.
    pub until: Seconds,
}

/// The notices in view, the oldest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Toasts {
    shown: Vec<Toast>,
}

impl Toasts {
    /// Shows a notice; the same words already in view only stay longer.
    pub fn add(&mut self, tone: Tone, text: impl Into<String>, now: Seconds) {
        let (text, until) = (text.into(), now + STAYS);
        if let Some(same) = self.shown.iter_mut().find(|toast| toast.text == text) {
            same.until = until;
            return;
        }
        self.shown.push(Toast { tone, text, until });
        if self.shown.len() > AT_ONCE {
            self.shown.remove(0);
        }
    }

    /// Takes away what has been there long enough; tells when to come back for the next.
    pub fn expire(&mut self, now: Seconds) -> Option<Seconds> {
        self.shown.retain(|toast| toast.until > now);
        self.shown.iter().map(|toast| toast.until).reduce(f64::min)
    }

    /// Takes one away by hand.
    pub fn dismiss(&mut self, text: &str) {
        self.shown.retain(|toast| toast.text != text);
    }

    /// What is in view, the oldest first.
    #[must_use]
    pub fn shown(&self) -> &[Toast] {
        &self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_goes_by_itself_and_is_not_doubled() {
        let mut toasts = Toasts::default();
        toasts.add(Tone::Error, "The disk is full.", 0.0);
        toasts.add(Tone::Error, "The disk is full.", 2.0);
        assert_eq!(toasts.shown().len(), 1);
        assert_eq!(toasts.expire(7.0), Some(8.0));
        assert_eq!(toasts.expire(8.0), None);
        assert!(toasts.shown().is_empty());
    }

    #[test]
    fn the_oldest_makes_room() {
        let mut toasts = Toasts::default();
        for n in 0..6 {
            toasts.add(Tone::News, n.to_string(), 0.0);
        }
        assert_eq!(toasts.shown().first().map(|t| t.text.as_str()), Some("2"));
    }
}
