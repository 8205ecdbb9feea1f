//! `documents`: what is kept of documents on this machine, and removing it.

use super::args::Documents;
use super::library::{self, Failure};
use super::output::{Message, Output};
use super::print_json::{Line, fields};
use super::{Exit, meeting};
use moot_node::node::documents::{RemoveError, StoredDocument, named};
use moot_node::room::time::LocalTime;
use moot_node::words::clean;
use rust_i18n::t;
use serde_json::json;

/// Lists them, or removes the one that was named.
pub(crate) async fn documents(documents: Documents, output: &Output) -> Exit {
    match obey(documents, output).await {
        Ok(exit) => exit,
        Err(failure) => {
            output.trouble("storage", failure.to_string()).await;
            Exit::Failed
        }
    }
}

async fn obey(documents: Documents, output: &Output) -> Result<Exit, Failure> {
    let data = meeting::data_folder(documents.data).map_err(Failure)?;
    let all = library::stored_documents(&data).await?;
    let Some(what) = documents.remove else {
        list(&all, output).await;
        return Ok(Exit::Fine);
    };
    let document = match named(&all, &what)[..] {
        [one] => one,
        [] => {
            let text = t!("failure.no_document", name = clean(&what)).into_owned();
            output.trouble("not_found", text).await;
            return Ok(Exit::NotFound);
        }
        [..] => return Err(Failure(t!("failure.ambiguous", name = clean(&what)).into_owned())),
    };
    let freed = match library::remove_document(&data, &document.id).await {
        Ok(freed) => freed,
        Err(RemoveError::InUse(title)) => {
            let text = t!("failure.document_in_use", title = clean(&title)).into_owned();
            return Err(Failure(text));
        }
        Err(RemoveError::Disk(problem)) => return Err(Failure(problem.to_string())),
    };
    let words = t!("text.unstored", name = name(document), size = megabytes(freed)).into_owned();
    let line = unstored(document, freed, output.now());
    output.print(Message::Told { line, words }).await;
    Ok(Exit::Fine)
}

async fn list(all: &[StoredDocument], output: &Output) {
    for document in all {
        let titles = document.meetings.iter().map(|meeting| {
            let title = clean(&meeting.title);
            let open = meeting.open;
            if open { t!("text.open_meeting", title = title) } else { title.into() }.into_owned()
        });
        let titles = titles.collect::<Vec<_>>().join(", ");
        let (name, id, pages) = (name(document), document.id.short(), document.pages);
        let size = megabytes(document.bytes);
        let words = match titles.is_empty() {
            true => t!("text.stored_for_nobody", name = name, id = id, pages = pages, size = size),
            false => {
                t!("text.stored", name = name, id = id, pages = pages, size = size, titles = titles)
            }
        };
        let line = stored(document, output.now());
        output.print(Message::Told { line, words: words.into_owned() }).await;
    }
    if all.is_empty() {
        output.print(Message::Words(t!("text.none_stored").into_owned())).await;
    }
}

/// What is told of a document that is kept.
pub(super) fn stored(document: &StoredDocument, now: LocalTime) -> Line {
    let meetings = document.meetings.iter().map(|meeting| {
        json!({ "id": meeting.id.to_string(), "title": meeting.title, "open": meeting.open })
    });
    let fields = fields! {
        "document": document.id.to_string(), "name": document.name, "pages": document.pages,
        "bytes": document.bytes, "total": document.total,
        "meetings": meetings.collect::<Vec<_>>(),
    };
    Line::new("stored", now, fields)
}

/// What is told of a document that was removed.
pub(super) fn unstored(document: &StoredDocument, freed: u64, now: LocalTime) -> Line {
    let fields = fields! {
        "document": document.id.to_string(), "name": document.name, "bytes": freed,
    };
    Line::new("unstored", now, fields)
}

fn name(document: &StoredDocument) -> String {
    match &document.name {
        Some(name) => clean(name),
        None => t!("text.forgotten_document").into_owned(),
    }
}

/// With one digit behind the point: less than that is little.
fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
