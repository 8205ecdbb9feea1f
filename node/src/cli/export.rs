//! `export`: a document of a kept meeting as files, with what was drawn on it.

use super::args::Export;
use super::library::{self, Failure, Unconverted};
use super::output::{Message, Output};
use super::print_json::{Line, fields};
use super::signals::Stop;
use super::stdin::{self, Line as Typed};
use super::{Exit, meeting};
use moot_node::io::document::Password;
use moot_node::node::Event;
use moot_node::node::News;
use moot_node::node::export::{Copy, Document};
use moot_node::room::id::BlobId;
use moot_node::room::time::LocalTime;
use moot_node::words::clean;
use rust_i18n::t;

/// Writes the files that were asked for, or says why it can't.
pub(crate) async fn export(export: Export, output: &Output) -> Exit {
    if !export.folder.is_dir() {
        let folder = export.folder.display();
        let text = t!("failure.no_folder", folder = folder).into_owned();
        output.trouble("not_found", text).await;
        return Exit::NotFound;
    }
    let Ok(mut stop) = Stop::listen() else { return Exit::Failed };
    let ended = tokio::select! {
        biased;
        () = stop.asked() => return Exit::Failed,
        ended = write(&export, output) => ended,
    };
    match ended {
        Ok(document) => {
            let line = exported(document.id(), document.name(), document.pages(), output.now());
            let (name, pages) = (clean(document.name()), document.pages());
            let words = t!("text.exported", name = name, pages = pages).into_owned();
            output.print(Message::Told { line, words }).await;
            Exit::Fine
        }
        Err(failure) => {
            output.trouble("document", failure.to_string()).await;
            Exit::Failed
        }
    }
}

async fn write(export: &Export, output: &Output) -> Result<Document, Failure> {
    let program = meeting::this_program().map_err(Failure)?;
    let document = library::kept_document(&export.folder, export.document.as_deref()).await?;
    let file = match export.original {
        true => Copy::Original(export.out.clone()),
        false => Copy::Drawn(export.out.clone()),
    };
    let pictures = export.pages.clone().map(Copy::Pictures);
    let (mut password, mut lines) = (None, None);
    for copy in [Some(file), pictures].into_iter().flatten() {
        loop {
            match library::save(&document, &copy, &program, password.as_ref()).await {
                Ok(()) => break,
                Err(Unconverted::Failed(failure)) => return Err(failure),
                Err(Unconverted::Locked { wrong }) => {
                    let news = News::PasswordNeeded { name: document.name().to_owned(), wrong };
                    output.print(Message::Event(Event { at: output.now(), news })).await;
                    let lines = lines.get_or_insert_with(stdin::lines);
                    let Some(Typed::Text(line)) = lines.recv().await else {
                        return Err(Failure(t!("failure.no_password").into_owned()));
                    };
                    password = Some(Password::new(&line));
                }
            }
        }
    }
    Ok(document)
}

/// What is told of files that were written.
pub(super) fn exported(document: BlobId, name: &str, pages: u32, now: LocalTime) -> Line {
    Line::new(
        "exported",
        now,
        fields! { "document": document.to_string(), "name": name, "pages": pages },
    )
}
