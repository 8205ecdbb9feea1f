//! The task that owns the session: one `select!`, all state in one place.

use super::PrivateToken;
use super::recovery::{Page, Recovery};
use crate::arrival::{Arrival, GroupMessage, WhyOut};
use crate::io::archive::Gathering;
use crate::io::outbox::{Outbox, Outcome, Times};
use crate::io::questions::{Asker, Questions};
use crate::io::room::{Answer, Do, JoinError, Occupancy};
use crate::io::session::{Session, SessionEvent};
use crate::sentence::{Sentence, Told};
use crate::xep::archive::Part;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot, watch};
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;

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
    Whisper { nick: String, payloads: Vec<Element>, handed: oneshot::Sender<PrivateToken> },
    Present(Element),
    Ask { of: Jid, set: bool, payload: Element, caller: oneshot::Sender<Answer> },
    Archive { part: Part, page: usize, caller: oneshot::Sender<Page> },
}

/// How long reflections take, as the task last knew.
#[derive(Clone, Debug, Default)]
pub(crate) struct EchoTimes(Arc<Mutex<Times>>);

impl EchoTimes {
    pub(crate) fn now(&self, now: Instant) -> Option<Duration> {
        self.0.lock().expect("nobody panics holding it").now(now)
    }

    pub(crate) fn overdue(&self, now: Instant) -> Option<Duration> {
        self.0.lock().expect("nobody panics holding it").overdue(now)
    }

    fn set(&self, times: Times) {
        *self.0.lock().expect("nobody panics holding it") = times;
    }
}

/// The task.
pub(crate) struct Worker {
    pub(super) session: Session,
    pub(super) room: Occupancy,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) arrivals: mpsc::Sender<Arrival>,
    pub(super) closing: watch::Receiver<bool>,
    pub(super) echo: EchoTimes,
    /// Told once: whether we came in the first time.
    pub(super) entered: Option<oneshot::Sender<Result<(), JoinError>>>,
    pub(super) outbox: Outbox,
    pub(super) questions: Questions,
    pub(super) gathering: Option<Gathering>,
    pub(super) recovery: Recovery,
    /// What the bridge has not taken yet: while there is something, nothing is read from the server.
    pub(super) pending: VecDeque<Arrival>,
    pub(super) connected: bool,
    pub(super) acknowledges: bool,
    pub(super) again: Option<Instant>,
    pub(super) over: Option<WhyOut>,
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
            recovery: Recovery::default(),
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
            let listens = hears
                && !self.recovery.is_going_on()
                && self.outbox.has_room()
                && self.questions.has_room();
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
                page = self.recovery.page() => self.recover(page).await,
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

    pub(super) fn down(&mut self, why: Sentence) {
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
        self.outbox.cut();
        self.room.cut();
        self.recovery.stop();
        for asker in self.questions.lost() {
            if !matches!(asker, Asker::Room(_)) {
                self.unanswered(asker);
            }
        }
    }

    pub(super) fn unanswered(&mut self, asker: Asker) {
        match asker {
            Asker::Room(_) => {}
            // Whoever asked may have gone.
            Asker::Caller(caller) => drop(caller.send(Answer::Silent)),
            Asker::Archive => self.gathered(Answer::Silent),
        }
    }

    pub(super) fn gathered(&mut self, answer: Answer) {
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

    pub(super) async fn carry_out(&mut self, todo: Vec<Do>) {
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
                    let joined = matches!(arrival, Arrival::Joined { .. });
                    self.pending.push_back(arrival);
                    if joined && let Some((part, page)) = self.recovery.joined(&self.outbox) {
                        self.look_up(part, page).await;
                    }
                }
                Do::Refused(error) => self.refused(error),
                Do::Again(why) => {
                    self.outbox.cut();
                    self.recovery.stop();
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
