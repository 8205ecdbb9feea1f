//! Being in the room: a state machine without socket or clock.
//!
//! ```text
//! Away ─ begin ─► Looking ─ info ─► Entering ─ own presence ─► (SettingUp ─►) In ─ put out ─► Away
//!                    └── no such room, refused: Refused ◄────────┘
//! ```

use super::{Answer, Do, JoinError, OCCUPANTS, Question, RoomSettings, nick};
use crate::arrival::{Arrival, Occupant, WhyOut};
use crate::io::account::Password;
use crate::io::stanzas::weigh;
use crate::sentence::Sentence;
use crate::xep::muc::{self, User};
use crate::xep::stanza_error::Condition;
use crate::xep::{disco, ids, ns, ping, room_config};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use xmpp_parsers::jid::{BareJid, Jid};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::presence::{Presence, Type};

/// How long entering may take: a company's channel of a thousand sends a presence for each before ours.
const ENTERING_TAKES: Duration = Duration::from_secs(30);

/// How long is waited before a room that somebody else is creating is tried again: setting one up is a form and an answer.
const LOCKED_TAKES: Duration = Duration::from_millis(500);

/// How long after the last thing that came from the room it is asked whether we are still in (XEP-0410 advises 15 min, where
/// a phone's battery counts; a meeting wants to know sooner).
const QUIET: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Away,
    Looking,
    Entering(Instant),
    /// It is locked (XEP-0045 §10.1): tried again at the first instant, not after the second.
    Locked(Instant, Instant),
    SettingUp,
    In,
}

/// Our being in a room.
#[derive(Debug)]
pub(crate) struct Occupancy {
    settings: RoomSettings,
    phase: Phase,
    tries: u32,
    nick: String,
    creating: bool,
    occupant_id: Option<String>,
    occupants: BTreeMap<String, Occupant>,
    heard: Option<Instant>,
    asked: bool,
}

impl Occupancy {
    /// In no room yet.
    ///
    /// # Errors
    /// The wished name can't be one, or XML can't carry what is to be said.
    pub(crate) fn new(settings: RoomSettings) -> Result<Self, JoinError> {
        let nick = nick::variant(&settings.nick, 0)
            .ok_or_else(|| JoinError::Other(format!("“{}”", settings.nick)))?;
        let password = settings.password.as_ref().map(Password::reveal);
        if [&muc::join(password), &settings.presence_payload]
            .into_iter()
            .any(|p| weigh(p).is_none())
        {
            return Err(JoinError::Other("a character that XML can't carry".to_owned()));
        }
        Ok(Self {
            settings,
            phase: Phase::Away,
            tries: 0,
            nick,
            creating: false,
            occupant_id: None,
            occupants: BTreeMap::new(),
            heard: None,
            asked: false,
        })
    }

    /// The room.
    pub(crate) fn room(&self) -> &BareJid {
        &self.settings.room
    }

    /// Our name.
    pub(crate) fn nick(&self) -> &str {
        &self.nick
    }

    /// Who we are under any name.
    pub(crate) fn occupant_id(&self) -> Option<&str> {
        self.occupant_id.as_deref()
    }

    /// Whether we are in, so that what we say is heard.
    pub(crate) fn is_in(&self) -> bool {
        self.phase == Phase::In
    }

    /// When [`Self::tick`] is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        match self.phase {
            Phase::Entering(until) | Phase::Locked(until, _) => Some(until),
            Phase::In if !self.asked => self.heard.map(|heard| heard + QUIET),
            _ => None,
        }
    }

    /// Goes in, whatever was before.
    pub(crate) fn begin(&mut self) -> Vec<Do> {
        self.phase = Phase::Looking;
        (self.tries, self.creating, self.asked) = (0, false, false);
        self.occupants.clear();
        let room = Jid::from(self.settings.room.clone());
        vec![Do::Ask(Question::Info, room, false, disco::info())]
    }

    /// Whatever was before is lost with the connection.
    pub(crate) fn cut(&mut self) {
        self.phase = Phase::Away;
        self.occupants.clear();
    }

    /// Something else to say of ourselves.
    pub(crate) fn present(&mut self, payload: Element) -> Vec<Do> {
        self.settings.presence_payload = payload;
        let at = nick::at(&self.settings.room, &self.nick);
        match at.filter(|_| self.is_in()) {
            Some(at) => vec![Do::Presence(
                Presence::available()
                    .with_to(Jid::from(at))
                    .with_payloads(vec![self.settings.presence_payload.clone()]),
            )],
            None => Vec::new(),
        }
    }

    /// Says goodbye, when there is somebody to say it to.
    pub(crate) fn leave(&mut self) -> Option<Presence> {
        let at = nick::at(&self.settings.room, &self.nick)?;
        let was = std::mem::replace(&mut self.phase, Phase::Away);
        matches!(was, Phase::In | Phase::Entering(_) | Phase::SettingUp)
            .then(|| Presence::unavailable().with_to(Jid::from(at)))
    }

    /// Something came from the room.
    pub(crate) fn heard(&mut self, now: Instant) {
        self.heard = Some(now);
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Instant) -> Vec<Do> {
        match self.phase {
            Phase::Entering(until) if now >= until => self.refuse(JoinError::Silent),
            Phase::Locked(at, until) if now >= at => self.enter_until(until),
            Phase::In if !self.asked && self.due().is_some_and(|due| now >= due) => {
                self.asked = true;
                let me = nick::at(&self.settings.room, &self.nick).map(Jid::from);
                me.map(|me| Do::Ask(Question::Ping, me, false, ping::element()))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The answer to a question.
    pub(crate) fn answered(&mut self, question: Question, answer: Answer, now: Instant) -> Vec<Do> {
        match (question, self.phase) {
            (Question::Info, Phase::Looking) => self.looked(answer, now),
            (Question::Form, Phase::SettingUp) => self.got_form(&answer),
            (Question::Configure, Phase::SettingUp) => match answer {
                Answer::Yes(_) => self.arrived(now),
                Answer::No(condition) => self.refuse(JoinError::NotConfigured(condition.words())),
                Answer::Silent => self.refuse(JoinError::Silent),
            },
            (Question::Ping, Phase::In) => {
                (self.asked, self.heard) = (false, Some(now));
                let still = match &answer {
                    Answer::Yes(_) => ping::still_in(Ok(())),
                    Answer::No(condition) => ping::still_in(Err(condition)),
                    Answer::Silent => None,
                };
                if still == Some(false) { self.fell_out() } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    fn looked(&mut self, answer: Answer, now: Instant) -> Vec<Do> {
        match answer {
            Answer::Yes(Some(info))
                if disco::is(&info, "conference") || disco::can(&info, ns::MUC) =>
            {
                self.enter(now)
            }
            Answer::Yes(_) => self.refuse(JoinError::NotARoom),
            Answer::Silent => self.refuse(JoinError::Silent),
            Answer::No(condition) => match condition.name.as_str() {
                "item-not-found" if self.settings.create.is_some() => {
                    self.creating = true;
                    self.enter(now)
                }
                "item-not-found" => self.refuse(JoinError::NoSuchRoom),
                // The last is Prosody's answer for another domain when it is not federated.
                "remote-server-not-found"
                | "remote-server-timeout"
                | "service-unavailable"
                | "not-allowed" => self.refuse(JoinError::NoService),
                // A hidden room does not show itself to strangers; entering will tell.
                _ => self.enter(now),
            },
        }
    }

    fn enter(&mut self, now: Instant) -> Vec<Do> {
        self.enter_until(now + ENTERING_TAKES)
    }

    fn enter_until(&mut self, until: Instant) -> Vec<Do> {
        let Some(nick) = nick::variant(&self.settings.nick, self.tries) else {
            return self.refuse(JoinError::NickTaken);
        };
        self.nick = nick;
        let Some(at) = nick::at(&self.settings.room, &self.nick) else {
            return self.refuse(JoinError::Other(self.nick.clone()));
        };
        self.phase = Phase::Entering(until);
        self.occupants.clear();
        let password = self.settings.password.as_ref().map(Password::reveal);
        let payloads = vec![muc::join(password), self.settings.presence_payload.clone()];
        vec![Do::Presence(Presence::available().with_to(Jid::from(at)).with_payloads(payloads))]
    }

    /// A presence from the room.
    pub(crate) fn presence(&mut self, presence: &Presence, now: Instant) -> Vec<Do> {
        let Some(from) = &presence.from else {
            return Vec::new();
        };
        if from.to_bare() != self.settings.room || self.phase == Phase::Away {
            return Vec::new();
        }
        self.heard(now);
        let nick = from.resource().map(|nick| nick.as_str().to_owned());
        if presence.type_ == Type::Error {
            let condition = Condition::in_payloads(&presence.payloads);
            return match self.phase {
                Phase::Entering(until) => self.not_entered(&condition, now, until),
                _ => Vec::new(),
            };
        }
        let Some(nick) = nick else {
            return Vec::new();
        };
        let user = User::in_payloads(&presence.payloads);
        let mine = user.has(110) || nick == self.nick;
        match presence.type_ {
            Type::None if mine => self.my_presence(nick, &user, presence, now),
            Type::None => self.theirs(occupant(nick, &user, presence, true)),
            Type::Unavailable if mine => self.my_absence(&user),
            Type::Unavailable => match user.nick.clone().filter(|_| user.has(303)) {
                Some(to) => {
                    self.occupants.remove(&nick);
                    self.when_in(Arrival::Renamed { from: nick, to })
                }
                None => self.theirs(occupant(nick, &user, presence, false)),
            },
            _ => Vec::new(),
        }
    }

    fn theirs(&mut self, occupant: Occupant) -> Vec<Do> {
        let known = self.occupants.contains_key(&occupant.nick);
        if !occupant.available {
            self.occupants.remove(&occupant.nick);
        } else if known || self.occupants.len() < OCCUPANTS {
            self.occupants.insert(occupant.nick.clone(), occupant.clone());
        } else {
            return Vec::new();
        }
        self.when_in(Arrival::Occupant(occupant))
    }

    fn when_in(&self, arrival: Arrival) -> Vec<Do> {
        if self.is_in() { vec![Do::Tell(arrival)] } else { Vec::new() }
    }

    fn my_presence(
        &mut self,
        nick: String,
        user: &User,
        presence: &Presence,
        now: Instant,
    ) -> Vec<Do> {
        self.occupants.remove(&nick);
        self.nick = nick;
        self.occupant_id = ids::occupant_of(&presence.payloads).map(str::to_owned);
        if !matches!(self.phase, Phase::Entering(_)) {
            return Vec::new();
        }
        let owner = user.affiliation.as_deref() == Some("owner");
        if self.settings.create.is_some() && (user.has(201) || (self.creating && owner)) {
            self.phase = Phase::SettingUp;
            let room = Jid::from(self.settings.room.clone());
            return vec![Do::Ask(Question::Form, room, false, room_config::ask())];
        }
        self.arrived(now)
    }

    fn got_form(&mut self, answer: &Answer) -> Vec<Do> {
        let config = self.settings.create.clone().unwrap_or_default();
        let filled = match answer {
            Answer::Yes(Some(query)) => room_config::fill(query, &config),
            Answer::Yes(None) => None,
            Answer::No(condition) => {
                return self.refuse(JoinError::NotConfigured(condition.words()));
            }
            Answer::Silent => return self.refuse(JoinError::Silent),
        };
        let room = Jid::from(self.settings.room.clone());
        match filled {
            Some(filled) => vec![Do::Ask(Question::Configure, room, true, filled)],
            None => self.refuse(JoinError::NotConfigured("no form".to_owned())),
        }
    }

    fn arrived(&mut self, now: Instant) -> Vec<Do> {
        (self.phase, self.heard, self.asked) = (Phase::In, Some(now), false);
        let occupants = self.occupants.values().cloned().collect();
        vec![Do::Tell(Arrival::Joined { nick: self.nick.clone(), occupants })]
    }

    fn not_entered(&mut self, condition: &Condition, now: Instant, until: Instant) -> Vec<Do> {
        if condition.name == "conflict" && self.settings.other_names {
            self.tries += 1;
            return self.enter(now);
        }
        match JoinError::of(condition) {
            // Of two bridges that start at once, one finds the other at it.
            JoinError::Locked if now + LOCKED_TAKES < until => {
                self.phase = Phase::Locked(now + LOCKED_TAKES, until);
                Vec::new()
            }
            error => self.refuse(error),
        }
    }

    fn refuse(&mut self, error: JoinError) -> Vec<Do> {
        let leave = self.leave().map(Do::Presence);
        leave.into_iter().chain([Do::Refused(error)]).collect()
    }

    /// XEP-0045 §8.2, §9.1, §10.9, and the registrar's status codes.
    fn my_absence(&mut self, user: &User) -> Vec<Do> {
        if let Some(nick) = user.nick.clone().filter(|_| user.has(303)) {
            self.nick = nick;
            return Vec::new();
        }
        let why = if let Some(reason) = &user.destroyed {
            WhyOut::Destroyed(reason.clone())
        } else if user.has(301) {
            WhyOut::Banned(user.reason.clone())
        } else if user.has(321) || user.has(322) {
            WhyOut::MembersOnly
        } else if user.has(307) && !user.has(333) {
            WhyOut::Kicked(user.reason.clone())
        } else {
            // 332: the service stops; 333: an error of the connection; nothing: it does not say.
            return self.fell_out();
        };
        self.cut();
        vec![Do::Out(why)]
    }

    /// We are out, and nobody put us out.
    pub(crate) fn fell_out(&mut self) -> Vec<Do> {
        self.cut();
        let why = Sentence::new("The room closed its connection to us", "聊天室断开了与我们的连接");
        vec![Do::Again(why)]
    }
}

fn occupant(nick: String, user: &User, presence: &Presence, available: bool) -> Occupant {
    let rooms =
        |payload: &&Element| !payload.has_ns(ns::MUC_USER) && !payload.has_ns(ns::OCCUPANT_ID);
    Occupant {
        nick,
        payloads: presence.payloads.iter().filter(rooms).take(16).cloned().collect(),
        available,
        real_jid: user.jid.as_deref().and_then(|jid| jid.parse().ok()),
        occupant_id: ids::occupant_of(&presence.payloads).map(str::to_owned),
    }
}
