//! Files to show, chosen in the system's dialog.

use super::carry::PICTURES;
use super::{Link, Report};
use rust_i18n::t;

/// Endings of what LibreOffice opens.
const OFFICE: [&str; 15] = [
    "pptx", "ppt", "docx", "doc", "xlsx", "xls", "odp", "odt", "ods", "rtf", "txt", "md",
    "markdown", "html", "htm",
];

impl Link {
    /// Asks the system for files, on a thread of its own.
    pub fn choose_files(&self) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn(async move {
            let all: Vec<_> = ["pdf"].into_iter().chain(OFFICE).chain(PICTURES).collect();
            let dialog = rfd::AsyncFileDialog::new()
                .add_filter(t!("stage.kinds"), &all)
                .add_filter("PDF", &["pdf"])
                .add_filter(t!("stage.kind_office"), &OFFICE)
                .add_filter(t!("stage.kind_pictures"), &PICTURES)
                .add_filter(t!("stage.kind_any"), &["*"]);
            let chosen = if can_ask() { dialog.pick_files().await } else { None };
            let report = match chosen {
                Some(chosen) => {
                    Report::Files(chosen.iter().map(|file| file.path().to_owned()).collect())
                }
                // Cancelled.
                None if has_zenity() => Report::Files(Vec::new()),
                None => Report::NoDialog,
            };
            let _ = sender.send(report).await;
            ctx.request_repaint();
        });
    }
}

/// Whether the system may have a dialog to ask with.
pub(super) fn can_ask() -> bool {
    has_bus() || has_zenity()
}

/// Whether there may be a desktop's portal, which shows dialogs. Linux asks it over the session's
/// bus; where the bus is and no portal, asking gives nothing at all.
fn has_bus() -> bool {
    !cfg!(target_os = "linux") || std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
}

/// Whether the program zenity is there, which Linux falls back to; with it, and on other systems,
/// nothing at all means that the person cancelled.
fn has_zenity() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    !cfg!(target_os = "linux")
        || std::env::split_paths(&path).any(|folder| folder.join("zenity").is_file())
}
