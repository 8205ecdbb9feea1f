//! Sound on a connection of its own: servers limit each by itself (Prosody `limits`, ejabberd `shaper`), so a page turn never
//! queues behind sound there, and how long sound takes says nothing about the rest.
//!
//! The same account enters the room under the same name once more, which XEP-0045 leaves to the server and both of ours allow:
//! people see one occupant. Where it is refused, sound shares the one connection and stays small.

use crate::arrival::{Arrival, GroupMessage};
use crate::io::account::Account;
use crate::io::link::Link;
use crate::io::room::RoomSettings;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Bundles that wait for the server: what waits longer is late.
const WAITING: usize = 2;

/// While something is out for so long, nothing more is said: it could not be heard in time (actions wait 500 ms for
/// their sound) and would only make the queue longer.
const STALE: Duration = Duration::from_secs(1);

/// How long what was said took to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Echo {
    pub(crate) took: Duration,
    /// Whether the connection is for sound alone.
    pub(crate) alone: bool,
}

/// The way for sound. The connection ends when this is dropped.
#[derive(Debug)]
pub(crate) struct SoundLine {
    bundles: mpsc::Sender<GroupMessage>,
    echoes: watch::Receiver<Option<Echo>>,
}

impl SoundLine {
    /// Opens it beside `main`; what is said meanwhile is lost.
    pub(crate) fn open(main: Link, account: Account, room: RoomSettings) -> Self {
        let (bundles, say) = mpsc::channel(WAITING);
        let (tell, echoes) = watch::channel(None);
        tokio::spawn(run(main, account, room, say, tell));
        Self { bundles, echoes }
    }

    /// Says it now or not at all.
    pub(crate) fn say(&self, bundle: GroupMessage) {
        let _ = self.bundles.try_send(bundle);
    }

    /// The next measurement. Can be dropped and asked anew.
    pub(crate) async fn echo(&mut self) -> Echo {
        loop {
            if self.echoes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            if let Some(echo) = *self.echoes.borrow_and_update() {
                return echo;
            }
        }
    }
}

async fn run(
    main: Link,
    account: Account,
    room: RoomSettings,
    mut bundles: mpsc::Receiver<GroupMessage>,
    tell: watch::Sender<Option<Echo>>,
) {
    let (mut line, mut alone) = match Link::open(account, room).await {
        Ok((line, arrivals)) => {
            tokio::spawn(ignore(arrivals));
            (line, true)
        }
        Err(error) => {
            tracing::info!(%error, "sound shares the connection");
            (main.clone(), false)
        }
    };
    // What was said before is late.
    while bundles.try_recv().is_ok() {}
    while let Some(bundle) = bundles.recv().await {
        if line.overdue().is_none_or(|out| out < STALE) && line.say(bundle).await.is_err() {
            if !alone {
                return;
            }
            tracing::info!("the connection for sound ended; sound shares the other one");
            (line, alone) = (main.clone(), false);
        }
        if let Some(took) = line.echo() {
            let _ = tell.send(Some(Echo { took, alone }));
        }
    }
    if alone {
        line.close().await;
    }
}

/// The other connection hears all of it, too.
async fn ignore(mut arrivals: mpsc::Receiver<Arrival>) {
    while arrivals.recv().await.is_some() {}
}
