//! Microphones and loudspeakers of this laptop: listed, tried, and told to the node.

use super::{Link, Report};
use crate::model::sound::Devices;
use crate::settings::{DeviceChoice, Settings};
use moot_node::node::{Rehearsing, SinkChoice, SourceChoice, VoiceChoice, rehearse};

impl Link {
    /// Looks which devices there are; [`Report::Devices`] brings them.
    pub fn list_devices(&self) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn_blocking(move || {
            // Without a sound system there are none; the meeting says so when it looks for one.
            let _ = sender.blocking_send(Report::Devices(list().unwrap_or_default()));
            ctx.request_repaint();
        });
    }

    /// Listens to the chosen microphone for three seconds, then plays what came to the chosen loudspeaker;
    /// [`Report::Rehearsal`] tells how it goes. Ends the one before.
    pub fn rehearse(&mut self, settings: &Settings) {
        self.end_rehearsal();
        let (reports, ctx) = (self.sender.clone(), self.ctx.clone());
        let tell = move |step: Rehearsing| {
            // What a window that stands still does not take is old by then.
            let _ = reports.try_send(Report::Rehearsal(step));
            ctx.request_repaint();
        };
        match rehearse(source(settings), sink(settings), self.clock, tell) {
            Ok(rehearsal) => self.rehearsal = Some(rehearsal),
            Err(error) => {
                let failed = Rehearsing::Failed(error.to_string());
                let _ = self.sender.try_send(Report::Rehearsal(failed));
            }
        }
    }

    /// Ends a rehearsal, and waits elsewhere for a device that is being opened.
    pub fn end_rehearsal(&mut self) {
        if let Some(rehearsal) = self.rehearsal.take() {
            self.runtime.spawn_blocking(move || drop(rehearsal));
        }
    }
}

/// Where one's own sound comes from.
#[must_use]
pub fn source(settings: &Settings) -> SourceChoice {
    match (&settings.source, &settings.microphone) {
        (Some(file), _) => SourceChoice::Wav(file.clone()),
        (None, DeviceChoice::Off) => SourceChoice::None,
        (None, DeviceChoice::System) => SourceChoice::Microphone(None),
        (None, DeviceChoice::Named(name)) => SourceChoice::Microphone(Some(name.clone())),
    }
}

/// Where the others' sound goes.
#[must_use]
pub fn sink(settings: &Settings) -> SinkChoice {
    match &settings.loudspeaker {
        DeviceChoice::Off => SinkChoice::None,
        DeviceChoice::System => SinkChoice::Loudspeaker(None),
        DeviceChoice::Named(name) => SinkChoice::Loudspeaker(Some(name.clone())),
    }
}

/// What is done to the microphone's sound.
#[must_use]
pub fn voice(settings: &Settings) -> VoiceChoice {
    VoiceChoice { noise: settings.suppress_noise, gain: settings.gentle_gain }
}

#[cfg(feature = "devices")]
fn list() -> Result<Devices, moot_node::io::devices::DeviceError> {
    use crate::model::sound::Device;
    use moot_node::io::devices;

    let listed = devices::list()?;
    let names = |listed: Vec<devices::Device>| {
        listed.into_iter().map(|device| Device { id: device.id, name: device.name }).collect()
    };
    Ok(Devices { microphones: names(listed.microphones), loudspeakers: names(listed.loudspeakers) })
}

/// A window that was built without sound devices has none.
#[cfg(not(feature = "devices"))]
fn list() -> Result<Devices, std::convert::Infallible> {
    Ok(Devices::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_file_speaks_instead_of_the_microphone() {
        let mut settings = Settings::default();
        assert_eq!(source(&settings), SourceChoice::Microphone(None));
        settings.microphone = DeviceChoice::Named("headset".into());
        assert_eq!(source(&settings), SourceChoice::Microphone(Some("headset".into())));
        settings.source = Some("talk.wav".into());
        assert_eq!(source(&settings), SourceChoice::Wav("talk.wav".into()));
        settings.loudspeaker = DeviceChoice::Off;
        assert_eq!(sink(&settings), SinkChoice::None);
    }
}
