//! A laptop with a screen: a real window of `moot` on a virtual display, used as a person would,
//! by keyboard and mouse (`xdotool`), and looked at (`import` of ImageMagick).
//!
//! Where things are is told by the window's screen reader ([`crate::reader`]). What the window did is
//! not asked of the window alone: a headless node in the same meeting bears witness, and where only
//! the picture proves it, pixels are counted. Screenshots are kept, to be looked at.

use crate::net::Network;
use crate::reader::{Reader, Thing};
use crate::{launch, reader, shell, wait};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Programs without which no window can be tried.
const NEEDS: [&str; 4] = ["Xvfb", "xdotool", "import", reader::NEEDS];

/// How long a window may take to show something on a busy machine without a graphics card.
const SOON: Duration = Duration::from_secs(20);

/// How long a screen or window may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// The first ink, in both themes (red, green, blue; the window's `model::tools::INKS`).
const INK: [u8; 3] = [0xE5, 0x48, 0x4D];

/// How far from it a pixel still is its colour: screens smooth the edges of strokes.
const ALIKE: u8 = 24;

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
    reader: Reader,
    environment: Vec<String>,
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
            // A display that begins anew when its last window goes may miss the next one.
            .args(["Xvfb", &display, "-screen", "0", &pixels, "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts");
        let complaints = folder.join(format!("window-{node}.log"));
        let enter = network.enter(node);
        let reader = Reader::new(&folder.join(format!("reader-{node}")));
        let environment = vec![
            format!("DISPLAY={display}"),
            format!("DBUS_SESSION_BUS_ADDRESS={}", reader.address()),
            format!("XDG_CONFIG_HOME={}", complaints.with_extension("config").display()),
        ];
        let desk =
            Self { display, size, enter, screen, window: None, complaints, reader, environment };
        let up = wait::find(PATIENCE, || desk.xdotool(&["getdisplaygeometry"]).ok());
        assert!(up.is_some(), "no display {}", desk.display);
        desk
    }

    /// The same, with this in the window's environment: "WINIT_X11_SCALE_FACTOR=2".
    #[must_use]
    pub fn with(mut self, variable: impl Into<String>) -> Self {
        self.environment.push(variable.into());
        self
    }

    /// Opens the window: `moot WORDS…`.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn open(&mut self, words: &[&str]) {
        let complaints = File::create(&self.complaints).expect("temporary folder is writable");
        let child = dying_with_us(&self.enter)
            .args(["env", "-u", "WAYLAND_DISPLAY"])
            .args(&self.environment)
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

    /// Clicks what is called so, as soon as it is there.
    ///
    /// # Panics
    /// When it does not come.
    pub fn press(&self, name: &str) {
        let thing = self.sees(name);
        let (x, y) = thing.middle();
        self.click(x, y);
    }

    /// The same where something below is called so too.
    ///
    /// # Panics
    /// When it does not come.
    pub fn press_on_top(&self, name: &str) {
        let _ = self.sees(name);
        let top = self.things().into_iter().rfind(|thing| thing.name == name);
        let (x, y) = top.expect("just seen").middle();
        self.click(x, y);
    }

    /// Waits until something called so is in the window.
    ///
    /// # Panics
    /// When it does not come.
    pub fn sees(&self, name: &str) -> Thing {
        self.sees_some(name, SOON, |other| other == name)
    }

    /// Waits until something with these words in its name is in the window.
    ///
    /// # Panics
    /// When it does not come.
    pub fn reads(&self, words: &str) -> Thing {
        self.reads_within(words, SOON)
    }

    /// The same, when it may take this long.
    ///
    /// # Panics
    /// When it does not come.
    pub fn reads_within(&self, words: &str, limit: Duration) -> Thing {
        self.sees_some(words, limit, |name| name.contains(words))
    }

    /// The first thing with these words in its name that is in the window now.
    #[must_use]
    pub fn shows(&self, words: &str) -> Option<Thing> {
        self.reader.find(|name| name.contains(words))
    }

    /// Waits until something of which `wanted` holds is in the window.
    ///
    /// # Panics
    /// When it does not come.
    pub fn sees_some(&self, what: &str, limit: Duration, wanted: impl Fn(&str) -> bool) -> Thing {
        wait::find(limit, || self.reader.find(&wanted)).unwrap_or_else(|| {
            let names: Vec<String> = self.things().into_iter().map(|thing| thing.name).collect();
            let picture = self.look("stuck");
            panic!("no {what:?} in {picture:?}: {names:?}\n{}", self.complaints())
        })
    }

    /// Everything in the window that has a name.
    #[must_use]
    pub fn things(&self) -> Vec<Thing> {
        self.reader.things()
    }

    /// Waits until these words stand in the field called `name`.
    ///
    /// # Panics
    /// When they don't come.
    pub fn holds(&self, name: &str, words: &str) {
        let found = || self.reader.text(name).filter(|text| text.contains(words));
        let stands = wait::find(SOON, found);
        assert!(stands.is_some(), "{words:?} in {name}: {:?}", self.reader.text(name));
    }

    /// Controls that a screen reader could not name.
    #[must_use]
    pub fn nameless(&self) -> Vec<Thing> {
        self.reader.nameless()
    }

    /// Moves the mouse to a place.
    pub fn point(&self, (x, y): (u32, u32)) {
        self.must(&["mousemove", &x.to_string(), &y.to_string()]);
        wait::span(LOOK);
    }

    /// Drags the mouse along these places; `midway` is done before the button is let go.
    pub fn drag(&self, places: &[(u32, u32)], midway: impl FnOnce()) {
        self.point(places[0]);
        self.must(&["mousedown", "1"]);
        places[1..].iter().for_each(|place| self.point(*place));
        midway();
        self.must(&["mouseup", "1"]);
    }

    /// The pixels of a part of the screen (left, top, width, height): red, green, blue each.
    ///
    /// # Panics
    /// When no picture can be taken.
    #[must_use]
    pub fn pixels(&self, (x, y, wide, high): (i32, i32, i32, i32)) -> Vec<[u8; 3]> {
        let part = format!("{wide}x{high}+{x}+{y}");
        let taken = Command::new("import")
            .args(["-display", &self.display, "-window", "root", "-crop", &part])
            .args(["+repage", "-depth", "8", "rgb:-"])
            .output()
            .expect("ImageMagick runs");
        assert!(taken.status.success(), "no picture of {}", self.display);
        taken.stdout.chunks_exact(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
    }

    /// How many pixels of the first ink are in a part of the screen.
    #[must_use]
    pub fn ink(&self, place: (i32, i32, i32, i32)) -> usize {
        self.coloured(INK, place)
    }

    /// How many pixels of this colour (red, green, blue) are in a part of the screen.
    #[must_use]
    pub fn coloured(&self, colour: [u8; 3], place: (i32, i32, i32, i32)) -> usize {
        let near = |pixel: &[u8; 3]| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= ALIKE);
        self.pixels(place).iter().filter(|pixel| near(pixel)).count()
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

    /// The window's process, if it is open.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.window.as_ref().map(Child::id)
    }

    /// The power fails.
    pub fn kill(&mut self) {
        if let Some(mut window) = self.window.take() {
            let _ = window.kill();
            let _ = window.wait();
        }
    }

    /// Where the window's standard error goes.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.complaints
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
