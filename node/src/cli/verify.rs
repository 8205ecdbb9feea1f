//! `verify`: whether a meeting's folder is whole and unaltered.

use super::Exit;
use super::args::Verify;
use super::library::{self, Verified};
use super::output::{Message, Output};
use super::print_json::{Line, fields};
use moot_node::room::time::LocalTime;
use moot_node::words::clean;
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
            let line = self::whole(whole, output.now());
            let (entries, authors, pages) = (whole.entries, whole.authors, whole.sound_pages);
            let words = t!("text.verified", entries = entries, authors = authors, pages = pages);
            output.print(Message::Told { line, words: words.into_owned() }).await;
            Exit::Fine
        }
        Ok(Ok(Err(damage))) => {
            let words = t!("text.damaged", what = clean(&damage)).into_owned();
            let line = damaged(&damage, output.now());
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

/// What is told of a folder in which nothing is wrong.
pub(super) fn whole(found: Verified, now: LocalTime) -> Line {
    let Verified { entries, authors, sound_pages } = found;
    let fields = fields! { "entries": entries, "authors": authors, "sound_pages": sound_pages };
    Line::new("verified", now, fields)
}

/// What is told of the first thing that is wrong.
pub(super) fn damaged(what: &str, now: LocalTime) -> Line {
    Line::new("damaged", now, fields! { "message": what })
}
