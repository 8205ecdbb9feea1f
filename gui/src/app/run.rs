//! Opens the window and runs it until it is closed.

use super::{App, Options};
use eframe::NativeOptions;
use egui::{ViewportBuilder, vec2};

/// The window's least size, points: below it bars would overlap.
const LEAST: egui::Vec2 = vec2(720.0, 520.0);

/// Its size when it is opened for the first time, points.
const USUAL: egui::Vec2 = vec2(1280.0, 800.0);

/// Worker threads for the node: it waits most of the time, and a laptop has more to do.
const THREADS: usize = 2;

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system gives no threads.
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
    /// There is no display, or none that can be drawn on.
    #[error("{0}")]
    Display(String),
}

/// Opens the window; returns when it was closed and everything is on disk.
///
/// # Errors
/// [`OpenError`]: there is no display, no graphics driver, or no thread to be had.
pub fn run(options: Options) -> Result<(), OpenError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("node")
        .enable_all()
        .build()?;
    let viewport = ViewportBuilder::default()
        .with_title("Moot")
        .with_app_id("moot")
        .with_inner_size(USUAL)
        .with_min_inner_size(LEAST)
        .with_drag_and_drop(true);
    let native = NativeOptions { viewport, ..NativeOptions::default() };
    let handle = runtime.handle().clone();
    let ran = eframe::run_native(
        "moot",
        native,
        Box::new(move |cc| Ok(Box::new(App::new(&cc.egui_ctx, &handle, options)))),
    );
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ran.map_err(|error| OpenError::Display(error.to_string()))
}
