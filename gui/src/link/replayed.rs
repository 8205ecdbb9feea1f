//! Events of a recording become what the player shows. Pure.

use super::{Came, fold};
use crate::model::calendar::clock;
use crate::model::toasts::{Toasts, Tone};
use crate::model::{MeetingView, Player, Seconds};
use moot_node::node::{News, Notice, ReplayNews};
use moot_node::words;

/// How loud somebody is shown who speaks at this moment of it, of 100: a timeline knows no more than
/// that they do.
const SPOKE: u8 = 70;

/// Takes one event into the player. How the meeting stood elsewhere is put together out of sight,
/// and shown when it is whole.
pub fn fold_replay(player: &mut Player, toasts: &mut Toasts, news: News, now: Seconds) {
    match news {
        News::Replay(ReplayNews::Reset) => player.jump.view = Some(Box::new(blank(player))),
        News::Replay(ReplayNews::Position { at, playing, speed }) => {
            if let Some(mut view) = player.jump.view.take() {
                view.take_place_of(&player.meeting);
                player.meeting = *view;
                player.jump.to = None;
            }
            // While it is on its way elsewhere, the slider stays where it was let go.
            if player.jump.to.is_none() {
                player.position = at;
            }
            (player.playing, player.speed) = (playing, speed);
            let speakers: Vec<_> = player.timeline.speakers(player.position).collect();
            let levels: Vec<_> = speakers.into_iter().map(|who| (who, SPOKE)).collect();
            player.meeting.people.hear(&levels);
        }
        News::Replay(ReplayNews::Ended) => player.playing = false,
        // Who plays a recording wants to hear it, and would wonder.
        News::Warning(notice @ Notice::Sound { .. }) => {
            toasts.add(Tone::Warning, words::notice(&notice), now);
        }
        news => {
            let document = matches!(news, News::Document { .. } | News::Growing { .. });
            let view = player.jump.view.as_deref_mut().unwrap_or(&mut player.meeting);
            // A line of chat bears its moment in the recording.
            let lines = view.chat.lines.len();
            let written = player.timeline.lines.get(lines).copied().unwrap_or(player.position);
            fold(view, toasts, news, &Came { now, clock: Some(clock(written)) });
            if document && let Some(document) = view.stage.documents.last_mut() {
                // Nothing of it is on its way.
                document.have = document.total;
            }
        }
    }
}

/// The meeting with nothing said.
fn blank(player: &Player) -> MeetingView {
    let MeetingView { id, title, me, entered, marks, .. } = &player.meeting;
    let mut view = MeetingView::new(*id, title.clone(), *me, *entered);
    // So that what is drawn of them knows that they have changed.
    view.marks = marks.clone();
    view.marks.clear();
    view
}
