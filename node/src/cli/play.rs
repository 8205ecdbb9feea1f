//! `play`: a recorded meeting again, page and sound together.

use super::args::Play;
use super::output::{Message, Output};
use super::signals::Stop;
use super::{Exit, library};
use moot_node::node::{News, ReplayNews};

/// Replays a meeting's folder to its end, or until Ctrl-C.
pub(crate) async fn play(play: Play, output: &Output) -> Exit {
    if !play.folder.is_dir() {
        let folder = play.folder.display();
        let text = rust_i18n::t!("failure.no_folder", folder = folder).into_owned();
        output.trouble("not_found", text).await;
        return Exit::NotFound;
    }
    let Ok(mut stop) = Stop::listen() else { return Exit::Failed };
    let ended = tokio::select! {
        biased;
        () = stop.asked() => Ok(()),
        () = output.closed() => Ok(()),
        ended = show(play, output) => ended,
    };
    match ended {
        Ok(()) => Exit::Fine,
        Err(failure) => {
            output.trouble("recording", failure.to_string()).await;
            Exit::Failed
        }
    }
}

async fn show(play: Play, output: &Output) -> Result<(), library::Failure> {
    let (replay, mut events) = library::replay(&play, output.clock()).await?;
    while let Some(event) = events.recv().await {
        let ended = event.news == News::Replay(ReplayNews::Ended);
        output.print(Message::Event(event)).await;
        if ended {
            break;
        }
    }
    replay.close().await;
    Ok(())
}
