//! What the person chose and keeps: `settings.toml` in the system's folder for configuration.
//!
//! A file that can't be read costs the choices, never the start: the window opens with defaults and
//! says so.

use moot_node::node::{DelayChoice, VoiceChoice};
use moot_node::room::stanza::JoinPolicy;
use rust_i18n::t;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A language the window speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// The key in `locales/`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// What its speakers call it.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Zh => "简体中文",
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Who may join a meeting that this person starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Joining {
    /// Whoever knows the code.
    #[default]
    Code,
    /// Anyone on this network.
    Open,
    /// Whom a member lets in.
    Ask,
}

impl From<Joining> for JoinPolicy {
    fn from(joining: Joining) -> Self {
        match joining {
            Joining::Code => Self::Code,
            Joining::Open => Self::Open,
            Joining::Ask => Self::Ask,
        }
    }
}

/// Which microphone or loudspeaker.
#[derive(Clone, PartialEq, Eq, Debug, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// As the system has it.
    #[default]
    System,
    /// None.
    Off,
    /// The one that the system calls so.
    Named(String),
}

/// How soon the others are heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delay {
    /// Soon, with a gap now and then.
    Low,
    /// As network and laptop allow it.
    #[default]
    Usual,
    /// Later, and without gaps.
    Smooth,
}

impl From<Delay> for DelayChoice {
    fn from(delay: Delay) -> Self {
        match delay {
            Delay::Low => Self::Low,
            Delay::Usual => Self::Usual,
            Delay::Smooth => Self::Smooth,
        }
    }
}

/// What the person chose and keeps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What this person is called; empty until they say so.
    pub name: String,
    /// Which of [`crate::model::look::PEOPLE`] the person's picture is shown in; `None`: the one that
    /// belongs to their id.
    pub colour: Option<u8>,
    /// `None`: as the system has it.
    pub language: Option<Language>,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// Who may join a meeting that this person starts.
    pub joining: Joining,
    /// Keep meetings that this person starts.
    pub record: bool,
    /// Show one's name to the network in announcements.
    pub hide_name: bool,
    /// Folder of identity, meetings and documents; `None`: the system's.
    pub data: Option<PathBuf>,
    /// IP address of the network interface to use; `None`: all.
    pub interface: Option<String>,
    /// The microphone.
    pub microphone: DeviceChoice,
    /// The loudspeaker.
    pub loudspeaker: DeviceChoice,
    /// How soon the others are heard.
    pub delay: Delay,
    /// Take steady noise out of the microphone's sound.
    pub suppress_noise: bool,
    /// Bring one's voice to the loudness of others, slowly, where no loudspeaker is open.
    pub gentle_gain: bool,
    /// Begin meetings with the loudspeaker on. People in one room hear each other anyway, and what
    /// loudspeakers add to that is an echo: off until somebody turns it on.
    pub listening: bool,
    /// Sound file that plays the microphone's part; `None`: the microphone itself.
    pub source: Option<PathBuf>,
    /// Width of the right panel that the person dragged it to, points.
    pub side_width: Option<f32>,
}

impl Default for Settings {
    fn default() -> Self {
        let voice = VoiceChoice::default();
        Self {
            name: String::new(),
            colour: None,
            language: None,
            theme: ThemeChoice::default(),
            joining: Joining::default(),
            record: false,
            hide_name: false,
            data: None,
            interface: None,
            microphone: DeviceChoice::default(),
            loudspeaker: DeviceChoice::default(),
            delay: Delay::default(),
            suppress_noise: voice.noise,
            gentle_gain: voice.gain,
            listening: false,
            source: None,
            side_width: None,
        }
    }
}

/// Settings could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is there and can't be read.
    #[error("{path}: {problem}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What went wrong.
        problem: String,
    },
    /// The file can't be written.
    #[error("{path}: {problem}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// What went wrong.
        problem: String,
    },
}

impl Settings {
    /// Reads them; defaults when there is no file yet.
    ///
    /// # Errors
    /// [`SettingsError::Read`]: the file is there, and not readable or not understood.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let failed = |problem: String| SettingsError::Read { path: path.to_owned(), problem };
        match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).map_err(|e| failed(e.message().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// What a meeting that this person starts is called unless they say otherwise: "Lin Wei's
    /// meeting".
    #[must_use]
    pub fn usual_title(&self) -> String {
        match self.name.trim() {
            "" => t!("lobby.usual_title_nameless").into_owned(),
            name => t!("lobby.usual_title", name = name).into_owned(),
        }
    }

    /// Keeps them: written beside the old file and moved over it, so that a power cut leaves one of
    /// the two.
    ///
    /// # Errors
    /// [`SettingsError::Write`]: the folder or file can't be written.
    pub fn keep(&self, path: &Path) -> Result<(), SettingsError> {
        let failed = |problem: String| SettingsError::Write { path: path.to_owned(), problem };
        let text = toml::to_string_pretty(self).map_err(|e| failed(e.to_string()))?;
        let fresh = path.with_extension("toml.new");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|e| failed(e.to_string()))?;
        }
        std::fs::write(&fresh, text)
            .and_then(|()| std::fs::rename(&fresh, path))
            .map_err(|e| failed(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("deeper/settings.toml");
        assert_eq!(Settings::load(&path).expect("no file yet"), Settings::default());
        let chosen = Settings {
            name: "林伟".into(),
            language: Some(Language::Zh),
            theme: ThemeChoice::Dark,
            joining: Joining::Ask,
            microphone: DeviceChoice::Named("headset".into()),
            loudspeaker: DeviceChoice::Off,
            suppress_noise: false,
            ..Settings::default()
        };
        chosen.keep(&path).expect("kept");
        assert_eq!(Settings::load(&path).expect("read"), chosen);
    }

    #[test]
    fn a_damaged_file_is_told_with_its_path() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, "name = [").expect("written");
        let error = Settings::load(&path).expect_err("damaged");
        assert!(error.to_string().contains("settings.toml"), "{error}");
    }
}
