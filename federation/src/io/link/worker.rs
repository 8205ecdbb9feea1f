//! The task that owns the session: one `select!`, all state in one place.

use super::{ArchiveError, ArchivePage, PrivateToken};
use crate::arrival::{ArchiveId, Arrival, GroupMessage, Refusal, WhyOut};
use crate::io::archive::Gathering;
use crate::io::outbox::{Outbox, Outcome, Times};
use crate::io::questions::{Asker, Questions};
use crate::io::room::{Answer, Do, JoinError, Occupancy, Reader};
use crate::io::session::{Session, SessionEvent};
use crate::io::stanzas;
use crate::sentence::{Sentence, Told};
use crate::xep::archive::{self, Found};
use crate::xep::stanza_error::Condition;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::message::{Message, MessageType};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::stanza::Stanza;

/// How long we stay out before we try to come in again: a service for rooms restarts within seconds.
const STAY_OUT: Duration = Duration::from_secs(2);

/// The same when the room does not answer at all.
const STAY_OUT_LONG: Duration = Duration::from_secs(15);

/// How long a bridge that reads nothing is waited for at the end.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What the bridge wants.
#[derive(Debug)]
pub(crate) enum Command {
    Say(GroupMessage, Outcome),
    Whisper {
        nick: String,
        payloads: Vec<Element>,
        handed: oneshot::Sender<PrivateToken>,
    },
    Present(Element),
    Ask {
        of: Jid,
        set: bool,
        payload: Element,
        caller: oneshot::Sender<Answer>,
    },
    Archive {
        after: Option<ArchiveId>,
        page: usize,
        caller: oneshot::Sender<Result<ArchivePage, ArchiveError>>,
    },
}

/// How long reflections take, as the task last knew.
#[derive(Clone, Debug, Default)]
pub(crate) struct EchoTimes(Arc<Mutex<Times>>);

impl EchoTimes {
    pub(crate) fn now(&self, now: Instant) -> Option<Duration> {
        self.0.lock().expect("nobody panics holding it").now(now)
    }

    fn set(&self, times: Times) {
        *self.0.lock().expect("nobody panics holding it") = times;
    }
}

/// The task.
pub(crate) struct Worker {
    session: Session,
    room: Occupancy,
    commands: mpsc::Receiver<Command>,
    arrivals: mpsc::Sender<Arrival>,
    closing: watch::Receiver<bool>,
    echo: EchoTimes,
    /// Told once: whether we came in the first time.
    entered: Option<oneshot::Sender<Result<(), JoinError>>>,
    outbox: Outbox,
    questions: Questions,
    gathering: Option<Gathering>,
    /// What the bridge has not taken yet: while there is something, nothing is read from the server.
    pending: VecDeque<Arrival>,
    connected: bool,
    acknowledges: bool,
    again: Option<Instant>,
    over: Option<WhyOut>,
}

impl Worker {
    pub(crate) fn new(
        session: Session,
        room: Occupancy,
        commands: mpsc::Receiver<Command>,
        arrivals: mpsc::Sender<Arrival>,
        closing: watch::Receiver<bool>,
        echo: EchoTimes,
        entered: oneshot::Sender<Result<(), JoinError>>,
    ) -> Self {
        Self {
            session,
            room,
            commands,
            arrivals,
            closing,
            echo,
            entered: Some(entered),
            outbox: Outbox::default(),
            questions: Questions::default(),
            gathering: None,
            pending: VecDeque::new(),
            connected: false,
            acknowledges: false,
            again: None,
            over: None,
        }
    }

    pub(crate) async fn run(mut self) {
        let why = loop {
            if let Some(why) = self.over.take() {
                break why;
            }
            let due =
                [self.room.due(), self.questions.due(), self.again].into_iter().flatten().min();
            let hears = self.connected && self.room.is_in();
            let listens = hears && self.outbox.has_room() && self.questions.has_room();
            tokio::select! {
                () = closed(&mut self.closing) => break WhyOut::Closed,
                taken = has_room(&self.arrivals), if !self.pending.is_empty() => {
                    if !taken {
                        break WhyOut::Closed;
                    }
                    self.hand_on();
                }
                event = self.session.next(), if self.pending.is_empty() => self.event(event).await,
                Some(command) = self.commands.recv(), if listens => self.command(command).await,
                () = sleep_until(due), if due.is_some() => self.tick().await,
            }
            self.echo.set(self.outbox.times());
        };
        self.end(why).await;
    }

    /// Gives the bridge what it has room for.
    fn hand_on(&mut self) {
        while let Some(arrival) = self.pending.pop_front() {
            if let Err(mpsc::error::TrySendError::Full(arrival)) = self.arrivals.try_send(arrival) {
                self.pending.push_front(arrival);
                break;
            }
        }
    }

    async fn end(mut self, why: WhyOut) {
        self.commands.close();
        if let Some(goodbye) = self.room.leave() {
            self.session.send(goodbye.into()).await;
        }
        self.session.close().await;
        let patient = why != WhyOut::Closed;
        self.pending.push_back(Arrival::Out(why));
        for arrival in self.pending {
            // A bridge that closed, or reads no more, misses its last words.
            if patient {
                let _ = self.arrivals.send_timeout(arrival, LAST_WORDS).await;
            } else {
                let _ = self.arrivals.try_send(arrival);
            }
        }
    }

    async fn event(&mut self, event: SessionEvent) {
        let now = Instant::now();
        match event {
            SessionEvent::Reset { acknowledges } => {
                (self.connected, self.acknowledges) = (true, acknowledges);
                self.lose();
                self.pending.push_back(Arrival::Up { resumed: false });
                let begin = self.room.begin();
                self.carry_out(begin).await;
            }
            SessionEvent::Resumed => {
                self.connected = true;
                self.pending.push_back(Arrival::Up { resumed: true });
            }
            // Several connections may come and go before one can be used.
            SessionEvent::Suspended if !self.connected && self.entered.is_none() => {}
            SessionEvent::Suspended => {
                self.connected = false;
                self.down(Sentence::new(
                    "The connection to the server was lost",
                    "与服务器的连接已中断",
                ));
            }
            SessionEvent::StillDown(error) => self.down(error.told()),
            SessionEvent::Stopped(error) => {
                self.not_entered(JoinError::Lost);
                self.over = Some(WhyOut::Stopped(error.told()));
            }
            SessionEvent::Stanza(stanza) => self.stanza(*stanza, now).await,
        }
    }

    async fn stanza(&mut self, stanza: Stanza, now: Instant) {
        match stanza {
            Stanza::Presence(presence) => {
                let todo = self.room.presence(&presence, now);
                self.carry_out(todo).await;
            }
            Stanza::Message(message) => self.message(message, now).await,
            Stanza::Iq(iq) => self.iq(iq, now).await,
        }
    }

    fn down(&mut self, why: Sentence) {
        if self.entered.is_some() {
            self.not_entered(JoinError::Lost);
            self.over = Some(WhyOut::Closed);
        } else {
            self.pending.push_back(Arrival::Down { why });
        }
    }

    /// The server remembers nothing of what was before.
    fn lose(&mut self) {
        self.again = None;
        self.outbox.lost();
        self.room.cut();
        for asker in self.questions.lost() {
            if !matches!(asker, Asker::Room(_)) {
                self.unanswered(asker);
            }
        }
    }

    fn unanswered(&mut self, asker: Asker) {
        match asker {
            Asker::Room(_) => {}
            // Whoever asked may have gone.
            Asker::Caller(caller) => drop(caller.send(Answer::Silent)),
            Asker::Archive => self.gathered(Answer::Silent),
        }
    }

    fn gathered(&mut self, answer: Answer) {
        if let Some(gathering) = self.gathering.take() {
            gathering.ended(answer);
        }
    }

    async fn tick(&mut self) {
        let now = Instant::now();
        let mut todo = self.room.tick(now);
        for asker in self.questions.overdue(now) {
            match asker {
                Asker::Room(question) => {
                    todo.extend(self.room.answered(question, Answer::Silent, now));
                }
                other => self.unanswered(other),
            }
        }
        if self.again.is_some_and(|again| now >= again) {
            self.again = None;
            if self.connected {
                todo.extend(self.room.begin());
            }
        }
        self.carry_out(todo).await;
    }

    async fn carry_out(&mut self, todo: Vec<Do>) {
        for one in todo {
            match one {
                Do::Presence(presence) => drop(self.session.send(presence.into()).await),
                Do::Ask(question, of, set, payload) => {
                    self.ask(of, set, payload, Asker::Room(question)).await;
                }
                Do::Tell(arrival) => {
                    if let (Arrival::Joined { .. }, Some(entered)) = (&arrival, self.entered.take())
                    {
                        // Whoever opens the link may have gone.
                        let _ = entered.send(Ok(()));
                    }
                    self.pending.push_back(arrival);
                }
                Do::Refused(error) => self.refused(error),
                Do::Again(why) => {
                    self.outbox.lost();
                    self.down(why);
                    self.again = Some(Instant::now() + STAY_OUT);
                }
                Do::Out(why) => self.over = Some(why),
            }
        }
    }

    /// We did not get in: at the first time that is the answer; later it depends.
    fn refused(&mut self, error: JoinError) {
        if self.entered.is_some() {
            self.not_entered(error);
            self.over = Some(WhyOut::Closed);
        } else if error.may_pass() {
            self.down(error.told());
            self.again = Some(Instant::now() + STAY_OUT_LONG);
        } else {
            self.over = Some(WhyOut::NotBackIn(error.told()));
        }
    }

    fn not_entered(&mut self, error: JoinError) {
        if let Some(entered) = self.entered.take() {
            // Whoever opens the link may have gone.
            let _ = entered.send(Err(error));
        }
    }

    async fn ask(&mut self, of: Jid, set: bool, payload: Element, asker: Asker) {
        if stanzas::weigh(&payload).is_none() {
            return self.unanswered(asker);
        }
        let iq = self.questions.ask(of, set, payload, asker, Instant::now());
        self.session.send(iq.into()).await;
    }

    async fn command(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Say(message, outcome) => {
                let id = message.id.clone();
                match stanzas::to_all(self.room.room(), message) {
                    Some((stanza, bytes)) => {
                        self.outbox.sent(id, bytes, outcome, now);
                        self.session.send(stanza.into()).await;
                    }
                    None => self.pending.push_back(Arrival::Refused { id, why: Refusal::TooLarge }),
                }
            }
            Command::Whisper { nick, payloads, handed } => {
                // A name that can't be one, or too much, drops `handed`: the receipt says so.
                if let Some(stanza) = stanzas::to_one(self.room.room(), &nick, payloads) {
                    let token = self.session.send(stanza.into()).await;
                    let _ = handed.send(PrivateToken { token, acknowledges: self.acknowledges });
                }
            }
            Command::Present(payload) => {
                if stanzas::weigh(&payload).is_some() {
                    let todo = self.room.present(payload);
                    self.carry_out(todo).await;
                }
            }
            Command::Ask { of, set, payload, caller } => {
                self.ask(of, set, payload, Asker::Caller(caller)).await;
            }
            Command::Archive { after, page, caller } => {
                let question =
                    format!("a{:x}", getrandom::u64().expect("the system has randomness"));
                let query = archive::query(&question, after.as_ref(), page);
                self.gathering = Some(Gathering::new(question, page, caller));
                let room = Jid::from(self.room.room().clone());
                self.ask(room, true, query, Asker::Archive).await;
            }
        }
    }

    async fn iq(&mut self, iq: Iq, now: Instant) {
        if let Some(reply) = stanzas::reply(&iq) {
            self.session.send(reply.into()).await;
            return;
        }
        match self.questions.answered(iq) {
            Some((Asker::Room(question), answer)) => {
                let todo = self.room.answered(question, answer, now);
                self.carry_out(todo).await;
            }
            // Whoever asked may have gone.
            Some((Asker::Caller(caller), answer)) => drop(caller.send(answer)),
            Some((Asker::Archive, answer)) => self.gathered(answer),
            None => {}
        }
    }

    async fn message(&mut self, message: Message, now: Instant) {
        let Some(from) = message.from.clone().filter(|from| from.to_bare() == *self.room.room())
        else {
            return;
        };
        self.room.heard(now);
        let (nick, id) = (self.room.nick().to_owned(), self.room.occupant_id().map(str::to_owned));
        let reader = Reader { room: self.room.room(), nick: &nick, occupant_id: id.as_deref() };
        match message.type_ {
            MessageType::Error => self.message_refused(&message).await,
            MessageType::Groupchat if self.room.is_in() => {
                let message = reader.live(message);
                if message.mine {
                    let ids = [message.id.as_deref(), message.origin_id.as_deref()];
                    ids.into_iter().flatten().for_each(|id| self.outbox.reflected(id, now));
                }
                self.pending.push_back(Arrival::Message(message));
            }
            MessageType::Groupchat => {}
            _ => match from.resource() {
                Some(nick) => self.pending.push_back(Arrival::Whisper {
                    nick: nick.as_str().to_owned(),
                    body: message.bodies.into_values().next(),
                    payloads: message.payloads,
                }),
                None => {
                    if let Some(found) = Found::in_payloads(&message.payloads) {
                        let bytes = found.message.as_ref().and_then(stanzas::weigh).unwrap_or(0);
                        if let Some(gathering) = &mut self.gathering {
                            gathering.found(found, bytes, &reader);
                        }
                    }
                }
            },
        }
    }

    async fn message_refused(&mut self, message: &Message) {
        let Some(id) = message.id.as_ref().map(|id| id.0.clone()) else {
            return;
        };
        let condition = Condition::in_payloads(&message.payloads);
        let why = stanzas::refusal(&condition);
        let ours = self.outbox.refused(&id);
        let out = why == Refusal::NotInRoom && ours && self.room.is_in();
        self.pending.push_back(Arrival::Refused { id, why });
        if out {
            let todo = self.room.fell_out();
            self.carry_out(todo).await;
        }
    }
}

/// Until the last handle asks for the end, or was dropped.
async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
}

/// Whether the bridge, which has room for an arrival again, is still there.
async fn has_room(arrivals: &mpsc::Sender<Arrival>) -> bool {
    arrivals.reserve().await.is_ok()
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
