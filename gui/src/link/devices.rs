//! Microphones and loudspeakers of this laptop: listed, tried, and told to the node.

use super::{Link, Report};
use crate::model::sound::{Devices, Rehearsal};
use crate::settings::{DeviceChoice, Settings};
use moot_node::node::{SinkChoice, SourceChoice};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A rehearsal that runs; dropping this ends it.
pub(super) struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Link {
    /// Looks which devices there are; [`Report::Devices`] brings them.
    pub fn list_devices(&self) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn_blocking(move || {
            // Without a sound system there are none; the meeting says so when it looks for one.
            let _ = sender.blocking_send(Report::Devices(system::list().unwrap_or_default()));
            ctx.request_repaint();
        });
    }

    /// Listens to the chosen microphone for three seconds, then plays what came to the chosen loudspeaker;
    /// [`Report::Rehearsal`] tells how it goes. Ends the one before.
    pub fn rehearse(&mut self, settings: &Settings) {
        let going = Arc::new(AtomicBool::new(true));
        self.rehearsal = Some(Running(Arc::clone(&going)));
        let (source, sink) = (source(settings), sink(settings));
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn_blocking(move || {
            let tell = |step: Rehearsal| {
                let going = going.load(Ordering::Relaxed);
                let told = going && sender.blocking_send(Report::Rehearsal(step)).is_ok();
                ctx.request_repaint();
                told
            };
            let last = match system::rehearse(&source, &sink, tell) {
                Ok(loudest) => Rehearsal::Over(loudest),
                Err(problem) => Rehearsal::Failed(problem),
            };
            tell(last);
        });
    }

    /// Ends a rehearsal.
    pub fn end_rehearsal(&mut self) {
        self.rehearsal = None;
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

#[cfg(feature = "devices")]
mod system {
    use super::{Devices, Rehearsal, SinkChoice, SourceChoice};
    use crate::model::sound::Device;
    use moot_node::io::audio::{Rehearsing, rehearse as rehearse_with};
    use moot_node::io::devices::{self, Loudspeaker, Microphone};
    use rust_i18n::t;
    use std::time::{Duration, Instant};

    /// How long a block lasts.
    const BLOCK: Duration = Duration::from_millis(20);

    pub(super) fn list() -> Result<Devices, String> {
        let listed = devices::list().map_err(|error| error.to_string())?;
        let names = |listed: Vec<devices::Device>| {
            listed.into_iter().map(|device| Device { id: device.id, name: device.name }).collect()
        };
        Ok(Devices {
            microphones: names(listed.microphones),
            loudspeakers: names(listed.loudspeakers),
        })
    }

    pub(super) fn rehearse(
        source: &SourceChoice,
        sink: &SinkChoice,
        mut tell: impl FnMut(Rehearsal) -> bool,
    ) -> Result<u8, String> {
        let SourceChoice::Microphone(microphone) = source else {
            return Err(t!("settings.no_source").into_owned());
        };
        let SinkChoice::Loudspeaker(loudspeaker) = sink else {
            return Err(t!("settings.no_loudspeaker").into_owned());
        };
        let opened = Microphone::open(microphone.as_deref());
        let mut microphone = opened.map_err(|error| error.to_string())?;
        let opened = Loudspeaker::open(loudspeaker.as_deref());
        let mut loudspeaker = opened.map_err(|error| error.to_string())?;
        let mut next = Instant::now();
        rehearse_with(&mut microphone, &mut loudspeaker, |step| {
            next += BLOCK;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            tell(match step {
                Rehearsing::Listening { level } => Rehearsal::Listening(level),
                Rehearsing::Playing => Rehearsal::Playing,
            })
        })
    }
}

/// A window that was built without sound devices has none.
#[cfg(not(feature = "devices"))]
mod system {
    use super::{Devices, Rehearsal, SinkChoice, SourceChoice};
    use rust_i18n::t;

    pub(super) fn list() -> Result<Devices, String> {
        Ok(Devices::default())
    }

    pub(super) fn rehearse(
        _: &SourceChoice,
        _: &SinkChoice,
        _: impl FnMut(Rehearsal) -> bool,
    ) -> Result<u8, String> {
        Err(t!("settings.no_source").into_owned())
    }
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
