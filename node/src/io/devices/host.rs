//! Which devices there are, and how one is found and asked.

use super::DeviceError;
use crate::limits::SAMPLE_RATE;
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, Host, SampleFormat, Stream, StreamConfig, SupportedStreamConfigRange};
use std::time::Duration;

/// How long a system may take to open a stream.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

/// A device that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What the system calls it: stays the same.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether the system's settings name it.
    pub default: bool,
}

/// The devices that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// Where sound comes from.
    pub microphones: Vec<Device>,
    /// Where it goes.
    pub loudspeakers: Vec<Device>,
}

/// Lists microphones and loudspeakers. Blocks for some milliseconds.
///
/// # Errors
/// [`DeviceError::NoSystem`].
pub fn list() -> Result<Devices, DeviceError> {
    let host = host()?;
    Ok(Devices {
        microphones: of(&host, Kind::Microphone)?,
        loudspeakers: of(&host, Kind::Loudspeaker)?,
    })
}

/// Whether the device that was found by this name or id is still there. Sound systems move the streams of one
/// that was pulled out to another one, and say nothing. Blocks for some milliseconds.
///
/// # Errors
/// [`DeviceError::NotFound`], [`DeviceError::None`], [`DeviceError::NoSystem`].
pub fn is_there(kind: Kind, name: &str) -> Result<(), DeviceError> {
    named(&host()?, kind, name).map(drop)
}

/// A direction of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// From the air.
    Microphone,
    /// Into the air.
    Loudspeaker,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Microphone => "microphone",
            Self::Loudspeaker => "loudspeaker",
        })
    }
}

/// A device that was found, and how to speak with it.
pub(super) struct Found {
    pub(super) device: cpal::Device,
    pub(super) name: String,
    pub(super) config: StreamConfig,
    pub(super) format: SampleFormat,
}

/// Finds the device with this name or id, or with this in its name; the system's choice without one. Each stream
/// asks with a connection of its own: PulseAudio refuses a second sink on one (measured: “Invalid argument”). Its
/// callbacks are asked to move `piece` samples: a system that is left the choice takes seconds (measured: 1.96 s
/// from PulseAudio).
pub(super) fn find(kind: Kind, wanted: Option<&str>, piece: u32) -> Result<Found, DeviceError> {
    let host = host()?;
    let device = match wanted {
        None => default(&host, kind).ok_or(DeviceError::None { what: kind })?,
        Some(name) => named(&host, kind, name)?,
    };
    let name = people_call(&device);
    let (config, format) = form(kind, &device, &name, piece)?;
    Ok(Found { device, name, config, format })
}

/// Runs a stream that was built for a device, if it was.
pub(super) fn run(
    found: &Found,
    built: Result<Stream, cpal::Error>,
) -> Result<Stream, DeviceError> {
    let running = built.and_then(|stream| stream.play().map(|()| stream));
    running.map_err(|error| DeviceError::Open { name: found.name.clone(), why: error.to_string() })
}

/// PulseAudio (or PipeWire in its place) where it answers: it mixes, converts and knows people's choice.
fn host() -> Result<Host, DeviceError> {
    #[cfg(target_os = "linux")]
    if let Ok(host) = cpal::host_from_id(cpal::HostId::PulseAudio) {
        return Ok(host);
    }
    let host = cpal::default_host();
    match host.devices() {
        Ok(_) => Ok(host),
        Err(error) => Err(DeviceError::NoSystem(error.to_string())),
    }
}

fn default(host: &Host, kind: Kind) -> Option<cpal::Device> {
    // ALSA always names a default, even where there is no card for it.
    if is_alsa(host) && all(host, kind).is_ok_and(|cards| cards.is_empty()) {
        return None;
    }
    match kind {
        Kind::Microphone => host.default_input_device(),
        Kind::Loudspeaker => host.default_output_device(),
    }
}

fn all(host: &Host, kind: Kind) -> Result<Vec<cpal::Device>, DeviceError> {
    let silent = |error: cpal::Error| DeviceError::NoSystem(error.to_string());
    let (alsa, devices) = (is_alsa(host), host.devices().map_err(silent)?);
    // Asked of a card only: to ask a plugin opens it.
    let cards = devices.filter(|device| !alsa || is_card(device));
    let able = |device: &cpal::Device| match kind {
        Kind::Microphone => device.supports_input(),
        Kind::Loudspeaker => device.supports_output(),
    };
    Ok(cards.filter(able).collect())
}

fn is_alsa(host: &Host) -> bool {
    host.id().name() == "ALSA"
}

/// ALSA lists a card once for each of its plugins, and plugins without a card: of each card, the form that
/// several programs may have open at a time.
fn is_card(device: &cpal::Device) -> bool {
    device.id().is_ok_and(|id| id.id().starts_with("sysdefault:CARD="))
}

fn of(host: &Host, kind: Kind) -> Result<Vec<Device>, DeviceError> {
    let chosen = default(host, kind).and_then(|device| device.id().ok());
    let listed = all(host, kind)?.into_iter().filter_map(|device| {
        let id = device.id().ok()?;
        Some(Device {
            name: people_call(&device),
            default: Some(&id) == chosen.as_ref(),
            id: id.id().to_owned(),
        })
    });
    Ok(listed.collect())
}

fn named(host: &Host, kind: Kind, name: &str) -> Result<cpal::Device, DeviceError> {
    let devices = all(host, kind)?;
    let id_is = |device: &&cpal::Device| device.id().is_ok_and(|id| id.id() == name);
    let called =
        |device: &&cpal::Device| people_call(device).to_lowercase().contains(&name.to_lowercase());
    let found = devices.iter().find(id_is).or_else(|| devices.iter().find(called));
    found.cloned().ok_or_else(|| match devices.is_empty() {
        true => DeviceError::None { what: kind },
        false => DeviceError::NotFound {
            what: kind,
            name: name.to_owned(),
            have: devices.iter().map(people_call).collect::<Vec<_>>().join(", "),
        },
    })
}

fn people_call(device: &cpal::Device) -> String {
    let described = device.description().map(|description| description.name().to_owned());
    described.or_else(|_| device.id().map(|id| id.id().to_owned())).unwrap_or_default()
}

/// The form nearest to ours: 48 kHz if it can, few channels, floating point.
fn form(
    kind: Kind,
    device: &cpal::Device,
    name: &str,
    piece: u32,
) -> Result<(StreamConfig, SampleFormat), DeviceError> {
    let wrong = |why: String| DeviceError::Form { name: name.to_owned(), why };
    let offers: Vec<SupportedStreamConfigRange> = match kind {
        Kind::Microphone => device.supported_input_configs().map(Iterator::collect),
        Kind::Loudspeaker => device.supported_output_configs().map(Iterator::collect),
    }
    .map_err(|error| wrong(error.to_string()))?;
    let best = offers.iter().filter(|offer| spoken(offer.sample_format())).min_by_key(|offer| {
        let right = (offer.min_sample_rate()..=offer.max_sample_rate()).contains(&SAMPLE_RATE);
        // Loudspeakers come in pairs: one channel alone might be the left one.
        let channels = offer.channels().abs_diff(if kind == Kind::Microphone { 1 } else { 2 });
        (!right, offer.sample_format() != SampleFormat::F32, channels)
    });
    let best = best.ok_or_else(|| wrong(format!("{} forms", offers.len())))?;
    let config = StreamConfig {
        channels: best.channels(),
        sample_rate: SAMPLE_RATE.clamp(best.min_sample_rate(), best.max_sample_rate()),
        buffer_size: size(best, piece),
    };
    Ok((config, best.sample_format()))
}

/// Sample formats that callbacks are made for; every system offers one of them.
fn spoken(format: SampleFormat) -> bool {
    matches!(format, SampleFormat::F32 | SampleFormat::I16 | SampleFormat::I32)
}

fn size(offer: &SupportedStreamConfigRange, piece: u32) -> BufferSize {
    match offer.buffer_size() {
        cpal::SupportedBufferSize::Range { min, max } => BufferSize::Fixed(piece.clamp(*min, *max)),
        cpal::SupportedBufferSize::Unknown => BufferSize::Fixed(piece),
    }
}
