//! A sound card that is none: a PulseAudio server of one's own, with a cable from a mouth to an ear.
//!
//! The cable has two channels. What is said goes into the left one, where the microphone `mic` hears it;
//! the loudspeaker `ear` plays into the right one. Whoever records the cable has both by one clock, and so
//! the way from mouth to ear needs no other. What the loudspeaker `beside` plays, the microphone hears.

use crate::{shell, wait};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Programs without which there is no sound system to try.
const NEEDS: [&str; 4] = ["pulseaudio", "pactl", "paplay", "parec"];

/// How long a server may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// The cable, a microphone at its left channel, a loudspeaker at its right one and one beside the microphone.
const CARD: [&str; 4] =
    ["module-null-sink sink_name=cable rate=48000 channels=2", MICROPHONE, LOUDSPEAKER, BESIDE];

const MICROPHONE: &str = "module-remap-source source_name=mic master=cable.monitor channels=1 \
     channel_map=mono master_channel_map=front-left remix=no";

const LOUDSPEAKER: &str = "module-remap-sink sink_name=ear master=cable channels=1 \
     channel_map=mono master_channel_map=front-right remix=no";

const BESIDE: &str = "module-remap-sink sink_name=beside master=cable channels=1 \
     channel_map=mono master_channel_map=front-left remix=no";

/// A running server. Dropping it ends it.
#[derive(Debug)]
pub struct SoundCard {
    server: Child,
    folder: PathBuf,
}

/// Whether there can be one here; says what is missing when not.
#[must_use]
pub fn possible() -> bool {
    let missing: Vec<_> = NEEDS.into_iter().filter(|need| shell::find(need).is_none()).collect();
    if !missing.is_empty() {
        println!("skipped: sound devices need {}", missing.join(", "));
    }
    missing.is_empty()
}

impl SoundCard {
    /// Starts a server that keeps its things in `folder`.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let folder = folder.join("pulse");
        std::fs::create_dir_all(&folder).expect("temporary folder is writable");
        let socket =
            format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket(&folder));
        let log = std::fs::File::create(folder.join("log")).expect("temporary folder is writable");
        let mut server = Command::new("pulseaudio");
        server.args([
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "--high-priority=no",
        ]);
        server.args(["--load", &socket]);
        for module in CARD {
            server.args(["--load", module]);
        }
        server.env("XDG_RUNTIME_DIR", &folder).env("HOME", &folder).env_remove("PULSE_SERVER");
        let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let card = Self { server: server.expect("pulseaudio is installed"), folder };
        let has = |list: &str, name: &str| {
            card.ask(&["list", "short", list]).is_some_and(|listed| listed.contains(name))
        };
        let up = || (has("sources", "mic") && has("sinks", "ear")).then_some(());
        let up = wait::find(PATIENCE, up);
        assert!(up.is_some(), "no sound system: {}", card.log());
        card
    }

    /// What programs that should use it are told, as `PULSE_SERVER`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("unix:{}", socket(&self.folder))
    }

    /// Says what is in a WAV file; returns when it is said.
    ///
    /// # Panics
    /// When it can't be played.
    pub fn say(&self, file: &Path) {
        let mut mouth = self.program("paplay");
        mouth.args([
            "--device=cable",
            "--channel-map=front-left",
            "--no-remix",
            "--latency-msec=20",
        ]);
        let played = mouth.arg(file).status().expect("paplay is installed");
        assert!(played.success(), "paplay: {played}");
    }

    /// Records the cable into a raw file (two channels, 16 bit, 48 kHz) until it is dropped.
    #[must_use]
    pub fn tape(&self, file: &Path) -> Tape {
        let out = std::fs::File::create(file).expect("temporary folder is writable");
        let mut tape = self.program("parec");
        tape.args(["--device=cable.monitor", "--format=s16le", "--rate=48000", "--channels=2"]);
        tape.args(["--latency-msec=20", "--raw"]).stdout(out);
        Tape { process: tape.spawn().expect("parec is installed"), file: file.to_owned() }
    }

    /// Pulls the microphone out.
    pub fn unplug_microphone(&self) {
        self.pactl("unload-module module-remap-source");
    }

    /// Plugs it in again.
    pub fn plug_microphone(&self) {
        self.pactl(&format!("load-module {MICROPHONE}"));
    }

    /// Pulls the loudspeaker out.
    pub fn unplug_loudspeaker(&self) {
        self.pactl("unload-module module-remap-sink");
    }

    /// Plugs it in again.
    pub fn plug_loudspeaker(&self) {
        self.pactl(&format!("load-module {LOUDSPEAKER}"));
    }

    fn pactl(&self, words: &str) {
        let words: Vec<&str> = words.split_whitespace().collect();
        assert!(self.ask(&words).is_some(), "pactl {words:?}: {}", self.log());
    }

    fn ask(&self, words: &[&str]) -> Option<String> {
        let answer = self.program("pactl").args(words).output().ok()?;
        answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).into_owned())
    }

    fn program(&self, name: &str) -> Command {
        let mut program = Command::new(name);
        program.env("PULSE_SERVER", self.address()).env("XDG_RUNTIME_DIR", &self.folder);
        program.env("HOME", &self.folder).stdin(Stdio::null());
        program
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for SoundCard {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// A recording that runs.
#[derive(Debug)]
pub struct Tape {
    process: Child,
    file: PathBuf,
}

impl Tape {
    /// Ends it; gives the left channel (what was said) and the right one (what was heard).
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn finish(mut self) -> (Vec<f32>, Vec<f32>) {
        drop(self.process.kill());
        drop(self.process.wait());
        let bytes = std::fs::read(&self.file).expect("a tape");
        let sample = |bytes: &[u8]| f32::from(i16::from_le_bytes([bytes[0], bytes[1]])) / 32768.0;
        bytes.chunks_exact(4).map(|pair| (sample(pair), sample(&pair[2..]))).unzip()
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn socket(folder: &Path) -> String {
    folder.join("native").display().to_string()
}
