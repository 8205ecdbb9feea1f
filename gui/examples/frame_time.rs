//! Measures the window over a page with 1 000 finished strokes and a laser that moves all the time:
//!
//! ```text
//! cargo run --release -p moot-gui --example frame_time [STROKES] [FRAMES]
//! ```
//!
//! Prints the UI thread's processor time per frame (panels, tessellation, GL calls) and what it must
//! stay under; the same by the wall clock, which with a software renderer is mostly waiting for its
//! threads; how long the finished ink took on its thread; and the memory of the process.

mod desk;

use desk::Desk;
use eframe::egui;
use moot_gui::model::marks::Tool;
use moot_gui::model::sample;
use moot_gui::textures::Scripted;
use std::time::{Duration, Instant};

/// 4 ms: a quarter of a frame at 60 Hz (issue: the window).
const BOUND: Duration = Duration::from_millis(4);

/// Frames before measuring begins: fonts, textures, the first ink.
const WARM_UP: usize = 30;

struct Bench {
    desk: Desk<Scripted>,
    opened: Instant,
    ink_ready: Option<Duration>,
    first: Option<Duration>,
    /// Seconds of each frame by the wall clock: panels alone, and all of the UI thread.
    panels: Vec<f32>,
    all: Vec<f32>,
    /// Processor time of this thread, from one frame's beginning to the next's.
    processor: Vec<f32>,
    before: Option<Duration>,
    frames: usize,
}

impl eframe::App for Bench {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let (begun, used) = (Instant::now(), processor_time());
        let now = self.opened.elapsed();
        self.first.get_or_insert(now);
        if self.ink_ready.is_none() && self.frames > 2 && self.desk.pictures.is_idle() {
            self.ink_ready = Some(now);
        }
        desk::point(&mut self.desk, now.as_secs_f64(), true);
        self.desk.frame(ui, now.as_secs_f64());
        if self.ink_ready.is_some() {
            self.frames += 1;
            if self.frames > WARM_UP {
                self.panels.push(begun.elapsed().as_secs_f32());
                self.all.extend(frame.info().cpu_usage);
                let took = used.zip(self.before).map(|(now, before)| now.saturating_sub(before));
                self.processor.extend(took.map(|took| took.as_secs_f32()));
            }
        } else {
            self.frames = 3;
        }
        self.before = used;
        if self.all.len() >= self.all.capacity() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
        ui.ctx().request_repaint();
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        let words = |name: &str, at: Option<Duration>| {
            println!("{name}: {:.0} ms", at.unwrap_or_default().as_secs_f64() * 1e3);
        };
        words("first frame after the window was made", self.first);
        words("finished ink on the page", self.ink_ready);
        print("panels alone", &mut self.panels);
        print("UI thread per frame, wall clock", &mut self.all);
        let p95 = print("UI thread per frame, processor time", &mut self.processor);
        let verdict = if p95 <= BOUND.as_secs_f32() { "within" } else { "BEYOND" };
        println!("{verdict} the bound: p95 <= {} ms", BOUND.as_millis());
        if let Some(kib) = resident_kib() {
            println!("memory: {} MB", kib / 1024);
        }
    }
}

/// Prints median, p95 and worst; returns the p95, seconds.
fn print(name: &str, seconds: &mut [f32]) -> f32 {
    seconds.sort_by(f32::total_cmp);
    let at = |share: f32| {
        let n = ((seconds.len() as f32 * share) as usize).min(seconds.len().saturating_sub(1));
        seconds.get(n).copied().unwrap_or(f32::NAN)
    };
    let ms = [at(0.5), at(0.95), at(1.0)].map(|s| s * 1e3);
    let count = seconds.len();
    println!(
        "{name}: p50 {:.2} ms, p95 {:.2} ms, worst {:.2} ms ({count} frames)",
        ms[0], ms[1], ms[2]
    );
    at(0.95)
}

/// Processor time this thread has taken (Linux: the first number of its schedstat, ns).
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Resident memory of this process (Linux).
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn main() -> eframe::Result {
    let number = |n: usize, otherwise: usize| {
        std::env::args().nth(n).and_then(|word| word.parse().ok()).unwrap_or(otherwise)
    };
    let (strokes, frames) = (number(1, 1_000), number(2, 300));
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1440.0, 900.0]),
        ..Default::default()
    };
    let opened = Instant::now();
    let create = move |creation: &eframe::CreationContext<'_>| {
        let mut desk = Desk::new(&creation.egui_ctx, Scripted::prompt());
        desk::draw_as_designed(&mut desk);
        desk.meeting().stage.documents[0].pages = 200;
        for n in 0..strokes {
            desk.mark(sample::member((n % 6) as u8), scribble(n));
        }
        println!("{strokes} strokes of 60 points, 200 pages, 1440 × 900, a laser that moves");
        let bench = Bench {
            desk,
            opened,
            ink_ready: None,
            first: None,
            panels: Vec::with_capacity(frames),
            all: Vec::with_capacity(frames),
            processor: Vec::with_capacity(frames),
            before: None,
            frames: 0,
        };
        Ok(Box::new(bench) as Box<dyn eframe::App>)
    };
    eframe::run_native("Moot: frame time", options, Box::new(create))
}

/// A made-up stroke of 60 points, always the same for the same number.
fn scribble(n: usize) -> moot_gui::model::marks::MarkKind {
    let (column, row) = ((n % 32) as f64, (n / 32 % 32) as f64);
    let points: Vec<_> = (0..60)
        .map(|step| {
            let turn = f64::from(step) * 0.21 + n as f64;
            let x = 300.0 + column * 295.0 + f64::from(step) * 4.0 + 70.0 * turn.cos();
            let y = 300.0 + row * 290.0 + 150.0 * turn.sin();
            (x as i32, y as i32)
        })
        .collect();
    let colour = [(n % 200) as u8, 60, 190, 255];
    desk::ink(Tool::Pen, &points, colour, [14, 22, 45][n % 3])
}
