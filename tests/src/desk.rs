//! A laptop with a screen: a real window of `moot` on a virtual display, used as a person would,
//! by keyboard and mouse (`xdotool`), and looked at (`import` of ImageMagick).
//!
//! What the window did is never asked of the window: a headless node in the same meeting bears
//! witness, and screenshots are there to be looked at.

use crate::net::Network;
use crate::{launch, shell, wait};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Programs without which no window can be tried.
const NEEDS: [&str; 3] = ["Xvfb", "xdotool", "import"];

/// How long a screen or window may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// A virtual display with, at most, one window of `moot` on it.
#[derive(Debug)]
pub struct Desk {
    /// `:90` and so on.
    display: String,
    size: (u32, u32),
    enter: Vec<String>,
    screen: Child,
    window: Option<Child>,
    complaints: PathBuf,
}

/// Whether windows can be tried here; says what is missing when not.
#[must_use]
pub fn possible() -> bool {
    let missing: Vec<_> = NEEDS.into_iter().filter(|need| shell::find(need).is_none()).collect();
    if !missing.is_empty() {
        println!("skipped: a window needs {}", missing.join(", "));
    }
    missing.is_empty()
}

impl Desk {
    /// A display of this size on laptop `node`; `folder` takes what the window complains about.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn new(network: &Network, node: usize, size: (u32, u32), folder: &Path) -> Self {
        // Displays above those people use; two test programs at once differ by their process.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = 200 + std::process::id() % 700 + NEXT.fetch_add(1, Ordering::Relaxed);
        let display = format!(":{number}");
        let pixels = format!("{}x{}x24", size.0, size.1);
        let screen = dying_with_us(&[])
            .args(["Xvfb", &display, "-screen", "0", &pixels, "-nolisten", "tcp"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let complaints = folder.join(format!("window-{node}.log"));
        let enter = network.enter(node);
        let desk = Self { display, size, enter, screen, window: None, complaints };
        let up = wait::find(PATIENCE, || desk.xdotool(&["getdisplaygeometry"]).ok());
        assert!(up.is_some(), "no display {}", desk.display);
        desk
    }

    /// Opens the window: `moot WORDS…`.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn open(&mut self, words: &[&str]) {
        let complaints = File::create(&self.complaints).expect("temporary folder is writable");
        let child = dying_with_us(&self.enter)
            .args(["env", "-u", "WAYLAND_DISPLAY", &format!("DISPLAY={}", self.display)])
            .arg(format!("XDG_CONFIG_HOME={}", self.complaints.with_extension("config").display()))
            .arg(window_program())
            .args(words)
            .stdin(Stdio::null())
            .stdout(complaints.try_clone().expect("a file can be had twice"))
            .stderr(complaints)
            .spawn()
            .expect("the window's program starts");
        self.window = Some(child);
        let window = wait::find(PATIENCE, || self.window());
        let window = window.unwrap_or_else(|| panic!("no window: {}", self.complaints()));
        // Without a window manager nobody gives the window its place and the keyboard.
        let (wide, high) = (self.size.0.to_string(), self.size.1.to_string());
        self.must(&["windowsize", "--sync", &window, &wide, &high]);
        self.must(&["windowmove", &window, "0", "0"]);
        self.must(&["windowfocus", "--sync", &window]);
    }

    /// What its title bar says, if there is a window.
    #[must_use]
    pub fn title(&self) -> Option<String> {
        let title = self.xdotool(&["getwindowname", &self.window()?]).ok()?;
        Some(title.trim().to_owned())
    }

    fn window(&self) -> Option<String> {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", "Moot"]).ok()?;
        found.lines().last().map(str::to_owned)
    }

    /// Waits until the title bar says this.
    ///
    /// # Panics
    /// When it does not within `limit`.
    pub fn titled(&self, words: &str, limit: Duration) {
        let seen = wait::find(limit, || self.title().filter(|title| title.contains(words)));
        assert!(seen.is_some(), "{:?} instead of {words}: {}", self.title(), self.complaints());
    }

    /// Presses keys: "ctrl+k", "Return".
    pub fn key(&self, keys: &str) {
        self.must(&["key", "--clearmodifiers", keys]);
        wait::span(LOOK);
    }

    /// Types words.
    pub fn type_text(&self, words: &str) {
        self.must(&["type", "--delay", "20", words]);
        wait::span(LOOK);
    }

    /// Clicks at a place of the screen.
    pub fn click(&self, x: u32, y: u32) {
        self.must(&["mousemove", &x.to_string(), &y.to_string()]);
        wait::span(LOOK);
        self.must(&["click", "1"]);
        wait::span(LOOK);
    }

    /// Clicks at a place as soon as `ready`.
    ///
    /// # Panics
    /// When it does not get ready within `limit`.
    pub fn click_when(&self, place: (u32, u32), ready: impl Fn(&Self) -> bool, limit: Duration) {
        let waited = wait::find(limit, || ready(self).then_some(()));
        assert!(waited.is_some(), "nothing to click at {place:?}: {:?}", self.look("stuck"));
        self.click(place.0, place.1);
    }

    /// Whether the button around this place is in the accent's colour: the one thing to do there.
    #[must_use]
    pub fn shows_accent(&self, (x, y): (u32, u32)) -> bool {
        // Beside the words, which stand in the middle.
        let spot = format!("1x1+{}+{}", x.saturating_sub(34), y.saturating_sub(12));
        let line = [
            "import",
            "-display",
            &self.display,
            "-window",
            "root",
            "-crop",
            &spot,
            "-depth",
            "8",
            "txt:-",
        ];
        // Light and dark (the window's theme).
        shell::run(&line).is_ok_and(|text| text.contains("#3D5BD9") || text.contains("#8AA2FF"))
    }

    /// Keeps what is to be seen, under `target/rig/window/`.
    #[must_use]
    pub fn look(&self, name: &str) -> PathBuf {
        let folder = crate::report::folder().join("window");
        std::fs::create_dir_all(&folder).expect("target/rig is writable");
        let file = folder.join(format!("{name}.png"));
        let shown = Command::new("import")
            .args(["-display", &self.display, "-window", "root"])
            .arg(&file)
            .status();
        assert!(shown.is_ok_and(|status| status.success()), "no screenshot of {}", self.display);
        file
    }

    /// The power fails.
    pub fn kill(&mut self) {
        if let Some(mut window) = self.window.take() {
            let _ = window.kill();
            let _ = window.wait();
        }
    }

    /// What the window said on standard error.
    #[must_use]
    pub fn complaints(&self) -> String {
        std::fs::read_to_string(&self.complaints).unwrap_or_default()
    }

    fn must(&self, words: &[&str]) {
        self.xdotool(words).expect("xdotool can drive the window");
    }

    fn xdotool(&self, words: &[&str]) -> Result<String, shell::ShellError> {
        let display = format!("DISPLAY={}", self.display);
        let line: Vec<&str> = ["env", &display, "xdotool"].iter().chain(words).copied().collect();
        shell::run(&line)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.kill();
        let _ = self.screen.kill();
        let _ = self.screen.wait();
    }
}

/// A program that ends with the thread that started it.
fn dying_with_us(enter: &[String]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(enter);
    command
}

/// The window's program: beside the node's.
fn window_program() -> PathBuf {
    let program = std::env::var_os("MOOT_WINDOW")
        .map_or_else(|| launch::program().with_file_name("moot"), PathBuf::from);
    assert!(program.exists(), "{} is missing: cargo build -p moot-gui", program.display());
    program
}
