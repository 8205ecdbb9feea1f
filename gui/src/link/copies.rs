//! Copies of a document: where they go, and making them.

use super::files::can_ask;
use super::{Link, Report};
use crate::command::Copying;
use moot_node::io::document::ConvertError;
use moot_node::node::export::{Copy, Document, ExportError};
use moot_node::words;
use rust_i18n::t;
use std::path::{Path, PathBuf};

impl Link {
    /// Saves a copy of a document of the meeting in `folder`, where the person says; where the system has
    /// no dialog, in the folder for downloads. [`Report::Saved`] tells how it ended.
    pub fn save_copy(&self, folder: PathBuf, document: String, name: String, copying: Copying) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn(async move {
            let Some(path) = place(&name, copying).await else { return };
            let saved = save(folder, document, copying, &path).await;
            let _ = sender.send(Report::Saved(saved.map(|()| path))).await;
            ctx.request_repaint();
        });
    }
}

async fn save(
    folder: PathBuf,
    document: String,
    copying: Copying,
    path: &Path,
) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let opening = tokio::task::spawn_blocking(move || Document::open(&folder, Some(&document)));
    let opened = opening.await.map_err(|error| error.to_string())?;
    let opened = opened.map_err(|error| words::not_exported(&error))?;
    let copy = match copying {
        Copying::Drawn => Copy::Drawn(path.to_owned()),
        Copying::Original => Copy::Original(path.to_owned()),
        Copying::Pictures => Copy::Pictures(path.to_owned()),
    };
    match opened.save(&copy, &program, None).await {
        Ok(_) => Ok(()),
        Err(ExportError::Document(ConvertError::Password { .. })) => {
            Err(t!("sheet.copy_locked").into_owned())
        }
        Err(error) => Err(words::not_exported(&error)),
    }
}

/// Where it shall go; `None`: the person thought better of it.
async fn place(name: &str, copying: Copying) -> Option<PathBuf> {
    let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let stem = if stem.is_empty() { "document".to_owned() } else { stem };
    let file = match copying {
        Copying::Drawn => format!("{stem} ({}).pdf", t!("sheet.copy_drawn_suffix")),
        Copying::Original => format!("{stem}.pdf"),
        Copying::Pictures => stem,
    };
    if can_ask() {
        let dialog = rfd::AsyncFileDialog::new().set_file_name(&file);
        let chosen = match copying {
            // A folder is chosen, and one of the document's name made in it.
            Copying::Pictures => dialog.pick_folder().await.map(|c| c.path().join(&file)),
            _ => dialog.add_filter("PDF", &["pdf"]).save_file().await.map(|c| c.path().to_owned()),
        };
        return chosen;
    }
    let users = directories::UserDirs::new()?;
    let downloads = users.download_dir().filter(|folder| folder.is_dir());
    Some(free(downloads.unwrap_or_else(|| users.home_dir()), &file))
}

/// A name in `folder` that nothing has yet: without a dialog nobody could say that it may be replaced.
fn free(folder: &Path, file: &str) -> PathBuf {
    let (stem, ending) = match file.rsplit_once('.') {
        Some((stem, "pdf")) => (stem, ".pdf"),
        _ => (file, ""),
    };
    let numbered = (2..1000).map(|n| folder.join(format!("{stem} {n}{ending}")));
    let mut all = std::iter::once(folder.join(file)).chain(numbered);
    all.find(|path| !path.exists()).unwrap_or_else(|| folder.join(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_dialog_nothing_is_replaced() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let first = free(folder.path(), "Plan 2.0.pdf");
        assert_eq!(first, folder.path().join("Plan 2.0.pdf"));
        std::fs::write(&first, b"x").expect("written");
        assert_eq!(free(folder.path(), "Plan 2.0.pdf"), folder.path().join("Plan 2.0 2.pdf"));
        std::fs::create_dir(folder.path().join("v1.2")).expect("made");
        assert_eq!(free(folder.path(), "v1.2"), folder.path().join("v1.2 2"));
    }
}
