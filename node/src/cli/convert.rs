//! `convert`: a document into pages, without a meeting.

use super::args::Convert;
use super::output::{Message, Output};
use super::signals::Stop;
use super::{Exit, library, meeting};
use moot_node::node::{Event, News};
use rust_i18n::t;

/// Converts one file into a folder, or says why it can't.
pub(crate) async fn convert(convert: Convert, output: &Output) -> Exit {
    let Convert { file, out } = convert;
    if !file.is_file() {
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
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let (sender, started) = (output.sender(), output.now());
    let began = std::time::Instant::now();
    let progress = move |done, pages| {
        let news = News::Converting { name: name.clone(), done, pages };
        // Progress that finds no place is old by the time there is one.
        let _ = sender.try_send(Message::Event(Event { at: started + began.elapsed(), news }));
    };
    let converted = tokio::select! {
        biased;
        () = stop.asked() => return Exit::Failed,
        converted = library::convert(file, out, worker, progress) => converted,
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
