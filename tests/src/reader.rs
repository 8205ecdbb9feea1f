//! What a screen reader is told of a window: names, roles and places of everything in it (AT-SPI 2).
//!
//! The rig drives real windows by it: a button is found by its name, as a person finds it by its
//! words, and not by a place that the next change of layout moves. It plays the screen reader on a
//! bus of its own, so that nothing of the machine's session is needed or touched.

use crate::{shell, wait};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, Proxy};
use zbus::zvariant::OwnedObjectPath;

/// The program that carries the messages.
pub const NEEDS: &str = "dbus-daemon";

/// How long it may take to come up on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a window may take to answer: it does so beside drawing.
const ANSWER: Duration = Duration::from_secs(5);

/// A window's tree is read no deeper than this.
const DEEP: usize = 40;

/// Where every program's tree, and the registry of programs, begin (AT-SPI 2).
const ROOT: &str = "/org/a11y/atspi/accessible/root";

/// `ATSPI_COORD_TYPE_WINDOW`: places are told from the window's corner.
const IN_WINDOW: u32 = 1;

/// An object: the bus name of its program, and its path there.
type Object = (String, OwnedObjectPath);

/// A screen reader with a bus of its own.
#[derive(Debug)]
pub struct Reader {
    daemon: Child,
    bus: Connection,
    address: String,
    newest: Arc<Mutex<Option<Object>>>,
}

/// Something in a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What it is called.
    pub name: String,
    /// What it is (`AtspiRole`).
    pub role: u32,
    /// Left, top, width and height in pixels of the window.
    pub place: (i32, i32, i32, i32),
}

impl Thing {
    /// `ATSPI_ROLE_CHECK_BOX`, `PUSH_BUTTON`, `RADIO_BUTTON` and `TOGGLE_BUTTON`.
    const PRESSED: [u32; 4] = [7, 43, 44, 62];

    /// `ATSPI_ROLE_COMBO_BOX`, `PASSWORD_TEXT`, `SLIDER`, `SPIN_BUTTON`, `ENTRY` and `LINK`.
    const MOVED: [u32; 6] = [11, 40, 51, 52, 79, 88];

    /// Whether it is something to press.
    #[must_use]
    pub fn is_pressed(&self) -> bool {
        Self::PRESSED.contains(&self.role)
    }

    /// Its middle.
    #[must_use]
    pub fn middle(&self) -> (u32, u32) {
        let (x, y, wide, high) = self.place;
        let middle = |from: i32, length: i32| u32::try_from(from + length / 2).unwrap_or_default();
        (middle(x, wide), middle(y, high))
    }

    /// Its inner half: of a canvas, what is on the page and not what is said around it.
    #[must_use]
    pub fn inner(&self) -> (i32, i32, i32, i32) {
        let (x, y, wide, high) = self.place;
        (x + wide / 4, y + high / 4, wide / 2, high / 2)
    }

    /// Whether both cover some place.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let ((ax, ay, aw, ah), (bx, by, bw, bh)) = (self.place, other.place);
        ax + aw > bx && bx + bw > ax && ay + ah > by && by + bh > ay
    }
}

impl Reader {
    /// A reader whose bus lies in `folder`.
    ///
    /// # Panics
    /// When the bus does not come up.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).expect("temporary folder is writable");
        let address = format!("unix:path={}", folder.join("bus").display());
        let settings = folder.join("bus.conf");
        std::fs::write(&settings, bus_settings(&address)).expect("temporary folder is writable");
        let daemon = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", NEEDS, "--nofork", "--config-file"])
            .arg(&settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon starts");
        let newest = Arc::new(Mutex::new(None));
        let bus = wait::find(PATIENCE, || play(&address, &newest).ok());
        let bus = bus.unwrap_or_else(|| panic!("no bus at {address}"));
        Self { daemon, bus, address, newest }
    }

    /// What a window finds its session's bus by.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Everything that is in the window now, in its order; what goes while it is read is left out.
    #[must_use]
    pub fn things(&self) -> Vec<Thing> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut things = Vec::new();
        if let Some(program) = newest {
            self.collect(&program, 0, &mut |name| !name.is_empty(), &mut things);
        }
        things
    }

    /// The first thing that is called so.
    #[must_use]
    pub fn find(&self, wanted: impl Fn(&str) -> bool) -> Option<Thing> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut things = Vec::new();
        self.collect(&newest?, 0, &mut |name| !name.is_empty() && wanted(name), &mut things);
        things.into_iter().next()
    }

    /// What stands in the first field that is called so.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        self.text_below(&newest, 0, name)
    }

    fn text_below(&self, object: &Object, depth: usize, name: &str) -> Option<String> {
        let one = self.proxy(object, "org.a11y.atspi.Accessible").ok()?;
        let called: String = one.get_property("Name").unwrap_or_default();
        let field = self.proxy(object, "org.a11y.atspi.Text").ok().filter(|_| called == name);
        // From the first letter to the last.
        if let Some(text) = field.and_then(|field| field.call("GetText", &(0_i32, -1_i32)).ok()) {
            return Some(text);
        }
        let children: Vec<Object> = one.call("GetChildren", &()).unwrap_or_default();
        let mut children = children.iter().filter(|_| depth < DEEP);
        children.find_map(|child| self.text_below(child, depth + 1, name))
    }

    /// What can be pressed, moved or written in and has no name: by role and place.
    #[must_use]
    pub fn nameless(&self) -> Vec<Thing> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut things = Vec::new();
        if let Some(program) = newest {
            self.collect(&program, 0, &mut |name| name.is_empty(), &mut things);
        }
        things.retain(|thing| thing.is_pressed() || Thing::MOVED.contains(&thing.role));
        things
    }

    fn collect(
        &self,
        object: &Object,
        depth: usize,
        wanted: &mut dyn FnMut(&str) -> bool,
        things: &mut Vec<Thing>,
    ) {
        let Ok(one) = self.proxy(object, "org.a11y.atspi.Accessible") else { return };
        let name: String = one.get_property("Name").unwrap_or_default();
        if depth > 1 && wanted(&name) {
            things.extend(self.thing(object, &one, name));
        }
        let children: Vec<Object> = one.call("GetChildren", &()).unwrap_or_default();
        for child in children.iter().filter(|_| depth < DEEP) {
            self.collect(child, depth + 1, wanted, things);
        }
    }

    fn thing(&self, object: &Object, one: &Proxy<'_>, name: String) -> Option<Thing> {
        let role = one.call("GetRole", &()).ok()?;
        let body = self.proxy(object, "org.a11y.atspi.Component").ok()?;
        let (place,) = body.call("GetExtents", &IN_WINDOW).ok()?;
        Some(Thing { name, role, place })
    }

    fn proxy<'a>(
        &self,
        (program, path): &'a Object,
        interface: &'a str,
    ) -> zbus::Result<Proxy<'a>> {
        zbus::blocking::proxy::Builder::new(&self.bus)
            .destination(program.as_str())?
            .path(path)?
            .interface(interface)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _gone = self.daemon.kill();
        let _gone = self.daemon.wait();
    }
}

/// A bus without services of its own: everybody on it may own and say everything.
fn bus_settings(address: &str) -> String {
    format!(
        "<busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>\
         <policy context=\"default\"><allow send_destination=\"*\"/>\
         <allow receive_sender=\"*\"/><allow own=\"*\"/><allow user=\"*\"/></policy></busconfig>"
    )
}

/// Takes the names under which windows look for a screen reader.
fn play(address: &str, newest: &Arc<Mutex<Option<Object>>>) -> zbus::Result<Connection> {
    Builder::address(address)?
        .serve_at("/org/a11y/bus", Bus { address: address.to_owned() })?
        .serve_at("/org/a11y/bus", Status)?
        .serve_at(ROOT, Registry { newest: Arc::clone(newest) })?
        .name("org.a11y.Bus")?
        .name("org.a11y.atspi.Registry")?
        .method_timeout(ANSWER)
        .build()
}

/// Where the bus for such messages is: here.
struct Bus {
    address: String,
}

#[zbus::interface(name = "org.a11y.Bus")]
impl Bus {
    fn get_address(&self) -> String {
        self.address.clone()
    }
}

/// Somebody listens.
struct Status;

#[zbus::interface(name = "org.a11y.Status")]
impl Status {
    #[zbus(property)]
    fn is_enabled(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn screen_reader_enabled(&self) -> bool {
        true
    }
}

/// Where programs put their trees.
struct Registry {
    newest: Arc<Mutex<Option<Object>>>,
}

#[zbus::interface(name = "org.a11y.atspi.Socket")]
impl Registry {
    fn embed(&self, program: Object, #[zbus(connection)] bus: &zbus::Connection) -> (Object,) {
        let path = OwnedObjectPath::try_from(ROOT).expect("it is a path");
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(program);
        let name = bus.unique_name().map(ToString::to_string);
        ((name.unwrap_or_default(), path),)
    }
}

/// Whether a bus can be had here.
#[must_use]
pub fn possible() -> bool {
    shell::find(NEEDS).is_some()
}
