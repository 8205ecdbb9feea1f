//! Where what a carrier tells goes.

use super::pipe::{Bytes, Shared};
use super::{Carrier, MESSAGES};
use crate::room::carrier::{FromCarrier, Pipe, PipeId, ToCarrier};
use crate::room::id::{EntryRef, MemberId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::mpsc;
use tokio_util::sync::PollSender;

/// Pipes at one time: two for each of a hall's remote members.
const PIPES: usize = 128;

/// A pipe that somebody opened to this node.
pub(crate) struct Incoming {
    /// Who, as the carrier has it.
    pub(crate) from: MemberId,
    /// The pipe.
    pub(crate) bytes: Bytes,
}

/// What concerns the mesh.
#[derive(Debug)]
pub(crate) enum ToMesh {
    /// This member can be dialled by the carrier.
    Met(MemberId),
    /// They can't any more.
    Parted(MemberId),
    /// An entry was said: gossip.
    Said { entry: EntryRef, sealed: Vec<u8> },
}

/// The pipes there are.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    orders: mpsc::Sender<ToCarrier>,
    pipes: Arc<Mutex<BTreeMap<PipeId, Weak<Shared>>>>,
}

impl Opener {
    /// A pipe to a member whom the carrier has met; `id` is random.
    pub(crate) async fn open(&self, to: MemberId, id: PipeId) -> std::io::Result<Bytes> {
        let bytes = self.add(id).ok_or(std::io::ErrorKind::QuotaExceeded)?;
        let open = ToCarrier::Pipe(id, Pipe::Open(to));
        self.orders.send(open).await.map_err(|_| std::io::ErrorKind::BrokenPipe)?;
        Ok(bytes)
    }

    fn add(&self, id: PipeId) -> Option<Bytes> {
        let mut pipes = self.pipes();
        pipes.retain(|_, pipe| pipe.strong_count() > 0);
        if pipes.len() >= PIPES || pipes.contains_key(&id) {
            return None;
        }
        let shared = Shared::new();
        pipes.insert(id, Arc::downgrade(&shared));
        Some(Bytes::new(id, shared, PollSender::new(self.orders.clone())))
    }

    fn pipes(&self) -> std::sync::MutexGuard<'_, BTreeMap<PipeId, Weak<Shared>>> {
        self.pipes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sorts what a carrier tells.
pub(crate) struct Switch {
    told: mpsc::Receiver<FromCarrier>,
    opener: Opener,
    incoming: mpsc::Sender<Incoming>,
    mesh: mpsc::Sender<ToMesh>,
    node: mpsc::Sender<FromCarrier>,
}

/// The ends that [`Switch::new`] leads to.
pub(crate) struct Ends {
    pub(crate) opener: Opener,
    pub(crate) incoming: mpsc::Receiver<Incoming>,
    pub(crate) mesh: mpsc::Receiver<ToMesh>,
    pub(crate) node: mpsc::Receiver<FromCarrier>,
}

impl Switch {
    pub(crate) fn new(carrier: Carrier) -> (Self, Ends) {
        let opener = Opener { orders: carrier.orders, pipes: Arc::default() };
        let (incoming, pipes) = mpsc::channel(MESSAGES);
        let (mesh, for_mesh) = mpsc::channel(MESSAGES);
        let (node, for_node) = mpsc::channel(MESSAGES);
        let switch = Self { told: carrier.told, opener: opener.clone(), incoming, mesh, node };
        (switch, Ends { opener, incoming: pipes, mesh: for_mesh, node: for_node })
    }

    /// Runs until the carrier ends; then all pipes do.
    pub(crate) async fn run(mut self) {
        while let Some(message) = self.told.recv().await {
            match message {
                FromCarrier::Pipe(id, pipe) => self.on_pipe(id, &pipe).await,
                FromCarrier::Said { entry, sealed, .. } => {
                    let said = ToMesh::Said { entry, sealed: sealed.into_vec() };
                    let _ = self.mesh.send(said).await;
                }
                FromCarrier::Met(carried) => {
                    let _ = self.mesh.send(ToMesh::Met(carried.member)).await;
                    let _ = self.node.send(FromCarrier::Met(carried)).await;
                }
                FromCarrier::Parted(member) => {
                    let _ = self.mesh.send(ToMesh::Parted(member)).await;
                    let _ = self.node.send(FromCarrier::Parted(member)).await;
                }
                message => {
                    let _ = self.node.send(message).await;
                }
            }
        }
        for pipe in self.opener.pipes().values().filter_map(Weak::upgrade) {
            pipe.close();
        }
    }

    async fn on_pipe(&self, id: PipeId, what: &Pipe) {
        if let Pipe::Open(from) = what {
            let Some(bytes) = self.opener.add(id) else { return self.refuse(id).await };
            // Full: whoever dials that often finds it closed.
            let _ = self.incoming.try_send(Incoming { from: *from, bytes });
            return;
        }
        let pipe = self.opener.pipes().get(&id).and_then(Weak::upgrade);
        let known = pipe.is_some_and(|pipe| pipe.take(what));
        if !known && !matches!(what, Pipe::Close) {
            self.refuse(id).await;
        }
    }

    async fn refuse(&self, id: PipeId) {
        let _ = self.opener.orders.send(ToCarrier::Pipe(id, Pipe::Close)).await;
    }
}
