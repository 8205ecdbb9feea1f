//! `convert`: a document into pages, without a meeting.

use super::args::Convert;
use super::library::{Failure, Unconverted};
use super::output::{Message, Output};
use super::signals::Stop;
use super::stdin::{self, Line};
use super::{Exit, library, meeting};
use moot_node::io::document::{Original, Password};
use moot_node::node::{Event, News};
use rust_i18n::t;
use std::path::{Path, PathBuf};

/// Converts one file, or a folder of pictures, into a folder, or says why it can't.
pub(crate) async fn convert(convert: Convert, output: &Output) -> Exit {
    let Convert { file, out } = convert;
    if !file.is_file() && !file.is_dir() {
        let text = t!("failure.no_file", file = file.display()).into_owned();
        output.trouble("not_found", text).await;
        return Exit::NotFound;
    }
    let Ok(mut stop) = Stop::listen() else { return Exit::Failed };
    let worker = match meeting::this_program() {
        Ok(worker) => worker,
        Err(problem) => {
            output.trouble("start", problem).await;
            return Exit::Failed;
        }
    };
    let converted = tokio::select! {
        biased;
        () = stop.asked() => return Exit::Failed,
        converted = unlocked(Original::from(&file), &out, worker, output) => converted,
    };
    match converted {
        Ok(library::Converted { document, name, pages, bytes }) => {
            let news = News::Document { document, name, pages, bytes };
            output.print(Message::Event(Event { at: output.now(), news })).await;
            Exit::Fine
        }
        Err(failure) => {
            output.trouble("document", failure.to_string()).await;
            Exit::Failed
        }
    }
}

/// Converts it; if it is locked, each line of standard input is a password to try. Not an argument:
/// those are everybody's to see.
async fn unlocked(
    mut original: Original,
    out: &Path,
    worker: PathBuf,
    output: &Output,
) -> Result<library::Converted, Failure> {
    let name = original.name();
    let mut lines = None;
    loop {
        let progress = progress(name.clone(), output);
        match library::convert(&original, out, worker.clone(), progress).await {
            Ok(converted) => return Ok(converted),
            Err(Unconverted::Failed(failure)) => return Err(failure),
            Err(Unconverted::Locked { wrong }) => {
                let news = News::PasswordNeeded { name: name.clone(), wrong };
                output.print(Message::Event(Event { at: output.now(), news })).await;
                let lines = lines.get_or_insert_with(stdin::lines);
                let Some(Line::Text(line)) = lines.recv().await else {
                    return Err(Failure(t!("failure.no_password").into_owned()));
                };
                original = original.with_password(Password::new(&line));
            }
        }
    }
}

/// Shows pages as they are done.
fn progress(name: String, output: &Output) -> impl FnMut(u32, u32) {
    let (sender, started) = (output.sender(), output.now());
    let began = std::time::Instant::now();
    move |done, pages| {
        let news = News::Converting { name: name.clone(), done, pages };
        // Progress that finds no place is old by the time there is one.
        let _ = sender.try_send(Message::Event(Event { at: started + began.elapsed(), news }));
    }
}
