//! `host` and `join`: from the command line to a running node.

use super::args::{Host, Join, Part, Processing};
use super::output::Output;
use super::signals::Stop;
use super::{Exit, elsewhere, library, run, stdin};
use moot_node::io::document::Original;
use moot_node::io::profile;
use moot_node::node::{Config, Entrance, VoiceChoice};
use rust_i18n::t;
use std::path::{Path, PathBuf};

/// Founds a meeting.
pub(crate) async fn host(host: Host, output: &Output) -> Exit {
    let Host { title, documents, join, part } = host;
    let entrance = |name: &str| {
        let title = title.unwrap_or_else(|| t!("text.default_title", name = name).into_owned());
        let documents = documents.into_iter().map(Original::from).collect();
        Entrance::Host { title, join: join.into(), documents }
    };
    take_part(part, None, entrance, output).await
}

/// Joins a meeting.
pub(crate) async fn join(join: Join, output: &Output) -> Exit {
    let Join { meeting, code, part } = join;
    // Which meeting is carried in that room is found there.
    let (room, meeting) = match elsewhere::room(meeting.as_deref()) {
        Some(room) => (Some(room), None),
        None => (None, meeting),
    };
    take_part(part, room, |_| Entrance::Join { meeting, code }, output).await
}

async fn take_part(
    part: Part,
    room: Option<String>,
    entrance: impl FnOnce(&str) -> Entrance,
    output: &Output,
) -> Exit {
    let prepared = || {
        let stop = Stop::listen().map_err(|problem| problem.to_string())?;
        Ok::<_, String>((stop, config(part, room, entrance)?))
    };
    let (mut stop, config) = match prepared() {
        Ok(prepared) => prepared,
        Err(problem) => return failed(problem, output).await,
    };
    let started = tokio::select! {
        biased;
        // Nothing was told to anybody yet, so there is nobody to take leave of.
        () = stop.asked() => return Exit::Fine,
        started = library::start(config, output.clock()) => started,
    };
    match started {
        Ok((node, events)) => {
            run::run(node, events, stdin::lines(), output, async || stop.asked().await).await
        }
        Err(failure) => failed(failure.to_string(), output).await,
    }
}

async fn failed(problem: String, output: &Output) -> Exit {
    output.trouble("start", problem).await;
    Exit::Failed
}

fn config(
    part: Part,
    room: Option<String>,
    entrance: impl FnOnce(&str) -> Entrance,
) -> Result<Config, String> {
    let data = data_folder(part.data)?;
    let name = part.name.unwrap_or_else(|| usual_name(&data));
    let worker = this_program()?;
    // Who comes in from elsewhere has no business on the network they are in.
    let remote = room.is_some();
    Ok(Config {
        entrance: entrance(&name),
        data,
        discovery: !remote,
        announce_name: !part.hide_name,
        processing: (part.processing == Processing::On).then(VoiceChoice::default),
        delay: part.delay,
        muted: part.muted,
        room: part.room,
        headphones: part.headphones,
        listen: part.listen.into_iter().flat_map(|listen| listen.0).collect(),
        source: part.source,
        sink: part.sink,
        record: part.record,
        carrier: part.elsewhere.carrier(room, &name, &worker)?,
        worker,
        name,
    })
}

/// The folder that was named, or the usual one.
pub(crate) fn data_folder(named: Option<PathBuf>) -> Result<PathBuf, String> {
    named.or_else(profile::default_root).ok_or_else(|| t!("failure.no_home").into_owned())
}

/// This program's own file: it starts itself to convert documents.
pub(crate) fn this_program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|p| t!("failure.no_program", problem = p).into_owned())
}

/// What this person was called last time, else what the system calls them.
fn usual_name(data: &Path) -> String {
    let login = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|v| std::env::var(v).ok());
    profile::remembered_name(data)
        .or_else(login)
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| t!("text.default_name").into_owned())
}
