//! Why a node was not let in, as its own person is told.

use crate::room::admission::Refused;

/// Why a node was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The code was wrong.
    WrongCode,
    /// A code is needed and none was given.
    CodeNeeded,
    /// A member said no.
    Declined,
    /// This member was removed.
    Removed,
    /// Too many wrong codes lately; try again later.
    TooManyTries,
}

impl From<Refused> for Refusal {
    fn from(reason: Refused) -> Self {
        match reason {
            Refused::WrongCode => Self::WrongCode,
            Refused::CodeNeeded => Self::CodeNeeded,
            Refused::Declined | Refused::OtherMeeting => Self::Declined,
            Refused::Removed => Self::Removed,
            Refused::TooManyTries => Self::TooManyTries,
        }
    }
}
