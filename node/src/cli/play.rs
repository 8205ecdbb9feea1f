//! `play`: a recorded meeting again, page and sound together.

use super::args::Play;
use super::output::{Message, Output};
use super::signals::Stop;
use super::{Exit, library};
use tokio::sync::mpsc;

/// Events on their way to the screen.
const WAITING: usize = 256;

/// Replays a meeting's folder to its end, or until Ctrl-C.
pub(crate) async fn play(play: Play, output: &Output) -> Exit {
    if !play.folder.is_dir() {
        let folder = play.folder.display();
        let text = rust_i18n::t!("failure.no_folder", folder = folder).into_owned();
        output.trouble("not_found", text).await;
        return Exit::NotFound;
    }
    let Ok(mut stop) = Stop::listen() else { return Exit::Failed };
    let (sender, mut events) = mpsc::channel(WAITING);
    let show = async {
        while let Some(event) = events.recv().await {
            output.print(Message::Event(event)).await;
        }
    };
    let ended = tokio::select! {
        biased;
        () = stop.asked() => Ok(()),
        () = output.closed() => Ok(()),
        // Both: what was told last is printed before the end.
        (ended, ()) = async { tokio::join!(library::replay(play.folder, play.sink, sender, output.clock()), show) }
            => ended,
    };
    match ended {
        Ok(()) => Exit::Fine,
        Err(failure) => {
            output.trouble("recording", failure.to_string()).await;
            Exit::Failed
        }
    }
}
