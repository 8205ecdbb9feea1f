//! What can go wrong with a sound device.

use super::Kind;

/// Why a microphone or a loudspeaker can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// There is no sound system to ask.
    #[error(
        "this computer's sound system does not answer ({0}); check that PulseAudio or PipeWire runs"
    )]
    NoSystem(String),
    /// None of this kind.
    #[error("no {what} was found; plug one in, or check the system's sound settings")]
    None {
        /// Which kind.
        what: Kind,
    },
    /// None of this name.
    #[error("no {what} is called “{name}”; there are: {have}")]
    NotFound {
        /// Which kind.
        what: Kind,
        /// What was asked for.
        name: String,
        /// Names of those that are there.
        have: String,
    },
    /// It does not speak any language that we do.
    #[error("“{name}” gives sound in a form that is not understood ({why})")]
    Form {
        /// The device.
        name: String,
        /// What it offers.
        why: String,
    },
    /// It is there, and can't be opened.
    #[error("“{name}” can't be used: {why}; perhaps another program has it")]
    Open {
        /// The device.
        name: String,
        /// The system's words.
        why: String,
    },
}
