//! Microphones and loudspeakers of this laptop.

/// A device that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What the system calls it, as [`crate::settings::DeviceChoice::Named`] keeps it.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// The devices that can be chosen, as they were when the settings were opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// Where sound comes from.
    pub microphones: Vec<Device>,
    /// Where it goes.
    pub loudspeakers: Vec<Device>,
}

/// One end of a meeting's sound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// None is wanted, or none was opened yet.
    #[default]
    None,
    /// It is in use; what people call it.
    Open(String),
    /// It can't be used; why, in words. It is sought.
    Missing(String),
}

impl End {
    /// What is to be told people when it becomes `next`: nothing as long as it is what they expect, one
    /// that opens when the meeting begins, or is not there on a machine that never had one.
    #[must_use]
    pub fn surprises(&self, next: &Self) -> bool {
        match (self, next) {
            (Self::None, _) | (_, Self::None) => false,
            (Self::Missing(_), Self::Missing(_)) => false,
            (before, after) => before != after,
        }
    }
}

/// Microphone and loudspeaker of a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// The microphone.
    pub microphone: End,
    /// The loudspeaker.
    pub loudspeaker: End,
}

#[cfg(test)]
mod tests {
    use super::End;

    #[test]
    fn only_what_was_not_expected_surprises() {
        let (open, other) = (End::Open("Headset".into()), End::Open("Camera".into()));
        let missing = End::Missing("none was found".into());
        assert!(!End::None.surprises(&open) && !End::None.surprises(&missing));
        assert!(!open.surprises(&open) && !missing.surprises(&End::Missing("still none".into())));
        assert!(open.surprises(&other) && open.surprises(&missing) && missing.surprises(&open));
        assert!(!open.surprises(&End::None));
    }
}
