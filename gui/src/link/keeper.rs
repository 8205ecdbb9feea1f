//! The settings on their way to the disk: written by a task of their own, never by the one that draws.

use super::Report;
use crate::settings::Settings;
use std::path::PathBuf;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How long the end of the program waits for a disk: a file of a few hundred bytes takes
/// milliseconds where it can be written at all.
const PATIENCE: Duration = Duration::from_secs(2);

/// Keeps the newest settings it was given; those in between need not be kept.
pub(super) struct Keeper {
    wanted: watch::Sender<Settings>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Begins over what `path` holds; complains to `reports`.
    pub(super) fn start(
        runtime: &Handle,
        path: PathBuf,
        known: Settings,
        reports: mpsc::Sender<Report>,
        ctx: egui::Context,
    ) -> Self {
        let (wanted, mut changes) = watch::channel(known);
        let task = runtime.spawn(async move {
            while changes.changed().await.is_ok() {
                let (settings, path) = (changes.borrow_and_update().clone(), path.clone());
                let kept = tokio::task::spawn_blocking(move || settings.keep(&path)).await;
                if let Ok(Err(error)) = kept {
                    let _ = reports.send(Report::SettingsUnkept(error)).await;
                    ctx.request_repaint();
                }
            }
        });
        Self { wanted, task }
    }

    /// Keeps these, if they differ.
    pub(super) fn keep(&self, settings: &Settings) {
        self.wanted.send_if_modified(|known| {
            let differ = known != settings;
            if differ {
                known.clone_from(settings);
            }
            differ
        });
    }

    /// Waits until what was given is on disk.
    pub(super) async fn finish(self) {
        drop(self.wanted);
        let _ = tokio::time::timeout(PATIENCE, self.task).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_many_is_on_disk_at_the_end_and_a_refusal_is_told() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (sender, mut reports) = mpsc::channel(4);
        let named = |name: &str| Settings { name: name.into(), ..Settings::default() };
        let keep = |path: PathBuf| {
            let ctx = egui::Context::default();
            let known = Settings::default();
            let keeper = Keeper::start(runtime.handle(), path, known, sender.clone(), ctx);
            for name in ["L", "Li", "Lin"] {
                keeper.keep(&named(name));
            }
            runtime.block_on(keeper.finish());
        };
        let path = folder.path().join("settings.toml");
        keep(path.clone());
        assert_eq!(Settings::load(&path).expect("kept"), named("Lin"));
        assert!(reports.try_recv().is_err());
        // A file where a folder is needed.
        keep(path.join("settings.toml"));
        assert!(matches!(reports.try_recv(), Ok(Report::SettingsUnkept(_))));
    }
}
