//! What goes into the room's state and what comes out of it.

use super::JoinError;
use crate::arrival::{Arrival, WhyOut};
use crate::sentence::Sentence;
use crate::xep::stanza_error::Condition;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::presence::Presence;

/// What we ask of the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// What it is.
    Info,
    /// The form by which it is set up.
    Form,
    /// Taking the filled form.
    Configure,
    /// Whether we are in.
    Ping,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// An answer.
    Yes(Option<Element>),
    /// A refusal.
    No(Condition),
    /// Nothing in time.
    Silent,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Do {
    /// Send this.
    Presence(Presence),
    /// Ask this, and bring the answer.
    Ask(Question, Jid, bool, Element),
    /// Tell the bridge.
    Tell(Arrival),
    /// We could not get in.
    Refused(JoinError),
    /// We are out without being put out: begin again soon.
    Again(Sentence),
    /// We were put out.
    Out(WhyOut),
}
