//! `verify`: whether a meeting's folder is whole and unaltered.

use super::args::Verify;
use super::output::{Message, Output};
use super::print_json::{Line, fields};
use super::words::clean;
use super::{Exit, library};
use rust_i18n::t;

/// Checks everything in the folder; names the first thing that is wrong.
pub(crate) async fn verify(verify: Verify, output: &Output) -> Exit {
    let folder = verify.folder;
    if !folder.is_dir() {
        let text = t!("failure.no_folder", folder = folder.display()).into_owned();
        output.trouble("not_found", text).await;
        return Exit::NotFound;
    }
    let checked = tokio::task::spawn_blocking(move || library::verify(&folder)).await;
    match checked {
        Ok(Ok(Ok(whole))) => {
            let line = Line::new(
                "verified",
                output.now(),
                fields! {
                    "entries": whole.entries, "authors": whole.authors,
                    "sound_pages": whole.sound_pages,
                },
            );
            let (entries, authors, pages) = (whole.entries, whole.authors, whole.sound_pages);
            let words = t!("text.verified", entries = entries, authors = authors, pages = pages);
            output.print(Message::Told { line, words: words.into_owned() }).await;
            Exit::Fine
        }
        Ok(Ok(Err(damage))) => {
            let words = t!("text.damaged", what = clean(&damage)).into_owned();
            let line = Line::new("damaged", output.now(), fields! { "message": damage });
            output.print(Message::Told { line, words }).await;
            Exit::Failed
        }
        Ok(Err(failure)) => {
            output.trouble("recording", failure.to_string()).await;
            Exit::Failed
        }
        Err(panic) => {
            output.trouble("recording", panic.to_string()).await;
            Exit::Failed
        }
    }
}
