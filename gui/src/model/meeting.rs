//! The meeting this window is in.

use super::Seconds;
use super::chat::Chat;
use super::marks::Marks;
use super::people::People;
use super::sound::Ends;
use super::stage::Stage;
use super::tools::Tools;
use moot_node::node::RoomState;
use moot_node::room::id::{MeetingId, MemberId};
use moot_node::room::stanza::{Feeling, JoinPolicy, RoomName};
use std::collections::BTreeMap;

/// What the meeting screen shows.
#[derive(Clone, Debug, PartialEq)]
pub struct MeetingView {
    /// Which meeting.
    pub id: MeetingId,
    /// What people call it.
    pub title: String,
    /// How newcomers get in.
    pub join: JoinPolicy,
    /// The short code to tell them (policy *code*).
    pub code: Option<String>,
    /// A `moot://` link with addresses and secret.
    pub link: String,
    /// This device.
    pub me: MemberId,
    /// When this window entered it.
    pub entered: Seconds,
    /// Who is here.
    pub people: People,
    /// Raised hands, the first raised first.
    pub hands: Vec<MemberId>,
    /// Who holds the floor.
    pub presenter: Option<MemberId>,
    /// How things are in the room one sits in.
    pub room: RoomState,
    /// The room one may sit in, and with whom.
    pub room_suggested: Option<(RoomName, Vec<MemberId>)>,
    /// Documents and the page in view.
    pub stage: Stage,
    /// What is drawn.
    pub marks: Marks,
    /// What is said in writing.
    pub chat: Chat,
    /// What is in this person's hand.
    pub tools: Tools,
    /// Everybody may draw, not only the presenter.
    pub drawing_allowed: bool,
    /// Own microphone and loudspeaker.
    pub sound: OwnSound,
    /// Which microphone and loudspeaker they are.
    pub ends: Ends,
    /// Whether page and voice are in step.
    pub step: InStep,
    /// Reactions in view: who, which, until when.
    pub reactions: Vec<Reaction>,
    /// Six digits to compare with a member, by member.
    pub compare: BTreeMap<MemberId, String>,
    /// Which side panels and views are open.
    pub layout: Layout,
    /// It is a demonstration: the other members are simulated on this laptop.
    pub demo: bool,
}

/// Own microphone and loudspeaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OwnSound {
    /// There is a microphone (or another source).
    pub source: bool,
    /// There is a loudspeaker (or another sink).
    pub sink: bool,
    /// The microphone is closed.
    pub muted: bool,
    /// The microphone is held open, or held closed, by a key.
    pub held: bool,
    /// The loudspeaker is off.
    pub deafened: bool,
    /// Speaks into a closed microphone.
    pub muted_speech: bool,
    /// The microphone is set too loud.
    pub clips: bool,
    /// Keeps everybody's sound.
    pub recording: bool,
}

/// Whether page and voice are in step, as the pill above the page tells.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum InStep {
    /// There is no voice to be in step with.
    #[default]
    NoSound,
    /// The last action met its sound, with this offset in ms.
    InStep(f64),
    /// The last action was this many ms off.
    Off(f64),
}

/// Beyond this many ms people notice that sound and picture part (ITU-R BT.1359: +45 ms).
pub const NOTICEABLE_MS: f64 = 45.0;

impl InStep {
    /// What one more offset tells.
    #[must_use]
    pub fn of(offset_ms: Option<f64>) -> Self {
        match offset_ms {
            None => Self::NoSound,
            Some(ms) if ms.abs() <= NOTICEABLE_MS => Self::InStep(ms),
            Some(ms) => Self::Off(ms),
        }
    }
}

/// A reaction in view.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reaction {
    /// Whose.
    pub author: MemberId,
    /// Which.
    pub feeling: Feeling,
    /// When it goes.
    pub until: Seconds,
}

/// Which side panels and views are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The page strip on the left.
    pub strip: bool,
    /// People and chat on the right.
    pub side: bool,
    /// The presenter view: present and next page, notes, clock.
    pub presenter_view: bool,
    /// Only the page, nothing else.
    pub full_screen: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self { strip: true, side: true, presenter_view: false, full_screen: false }
    }
}

impl MeetingView {
    /// A meeting of which only this much is known.
    #[must_use]
    pub fn new(id: MeetingId, title: String, me: MemberId, entered: Seconds) -> Self {
        Self {
            id,
            title,
            join: JoinPolicy::Code,
            code: None,
            link: String::new(),
            me,
            entered,
            people: People::default(),
            hands: Vec::new(),
            presenter: None,
            room: RoomState::default(),
            room_suggested: None,
            stage: Stage::default(),
            marks: Marks::default(),
            chat: Chat::default(),
            tools: Tools::default(),
            drawing_allowed: true,
            sound: OwnSound::default(),
            ends: Ends::default(),
            step: InStep::default(),
            reactions: Vec::new(),
            compare: BTreeMap::new(),
            layout: Layout::default(),
            demo: false,
        }
    }

    /// Takes over what this person chose in the view that it replaces.
    pub fn take_place_of(&mut self, old: &Self) {
        self.layout = old.layout;
        self.tools = old.tools;
        let stage = &old.stage;
        (self.stage.fit, self.stage.zoom, self.stage.middle) =
            (stage.fit, stage.zoom, stage.middle);
        self.stage.search = stage.search.clone();
        self.stage.notes = stage.notes.clone();
        self.chat.in_view = old.chat.in_view;
    }

    /// This device holds the floor.
    #[must_use]
    pub fn presenting(&self) -> bool {
        self.presenter == Some(self.me)
    }

    /// This device may draw.
    #[must_use]
    pub fn may_draw(&self) -> bool {
        self.drawing_allowed || self.presenting()
    }

    /// There are other members, and none of them is within reach.
    #[must_use]
    pub fn cut_off(&self) -> bool {
        self.people.listed().len() > 1 && self.people.here() <= 1
    }

    /// Own hand is up.
    #[must_use]
    pub fn hand_up(&self) -> bool {
        self.hands.contains(&self.me)
    }

    /// Somebody keeps everybody's sound.
    #[must_use]
    pub fn recorded(&self) -> bool {
        self.sound.recording || self.people.everybody().any(|person| person.recording)
    }
}
