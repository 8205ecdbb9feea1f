//! A node's carrier before there is a session: the mesh is told of it, and a meeting is looked for by it.

use super::event::{News, Notice};
use super::tell::Teller;
use crate::io::carrier::{Carrier, CarrierRole, Ends, Switch};
use crate::io::discovery::{DiscoveryEvent, Found};
use crate::io::mesh::{CarriedEnd, Mesh, MeshConfig, MeshError, MeshEvent, MeshHandle};
use crate::room::carrier::{Carried, FromCarrier, ToCarrier};
use tokio::sync::mpsc;

/// Events that wait for who looks for a meeting.
const FOUND: usize = 64;

/// What a carrier tells the node, and the way to tell it.
pub(super) struct CarrierInbox {
    pub(super) role: CarrierRole,
    pub(super) orders: mpsc::Sender<ToCarrier>,
    pub(super) told: mpsc::Receiver<FromCarrier>,
}

/// Starts the mesh, with a carrier beside the network if there is one.
pub(super) fn with_carrier(
    config: MeshConfig,
    carrier: Option<(Carrier, CarrierRole)>,
) -> Result<(MeshHandle, mpsc::Receiver<MeshEvent>, Option<CarrierInbox>), MeshError> {
    let Some((carrier, role)) = carrier else {
        let (mesh, events) = Mesh::start(config)?;
        return Ok((mesh, events, None));
    };
    let orders = carrier.orders.clone();
    let (switch, Ends { opener, incoming, mesh: told, node }) = Switch::new(carrier);
    tokio::spawn(switch.run());
    let end = CarriedEnd { opener, incoming, told };
    let (mesh, events) = Mesh::start_with(config, Some(end))?;
    Ok((mesh, events, Some(CarrierInbox { role, orders, told: node })))
}

impl CarrierInbox {
    /// Tells of whom the carrier meets as of whom the network announces; from here on both come by
    /// the same way. What else it tells before there is a session people are told.
    pub(super) fn discover(
        &mut self,
        mut network: mpsc::Receiver<DiscoveryEvent>,
        teller: Teller,
    ) -> mpsc::Receiver<DiscoveryEvent> {
        let (found, discovery) = mpsc::channel(FOUND);
        let (later, rest) = mpsc::channel(FOUND);
        let mut told = std::mem::replace(&mut self.told, rest);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    Some(event) = network.recv() => {
                        if found.send(event).await.is_err() {
                            break;
                        }
                    }
                    message = told.recv() => match message {
                        Some(FromCarrier::Met(carried)) => {
                            let _ = found.send(DiscoveryEvent::Found(as_found(carried))).await;
                        }
                        Some(FromCarrier::Waiting { problem }) => {
                            let notice = Notice::Carrier { problem };
                            teller.tell(News::Warning(notice)).await;
                        }
                        Some(message) => {
                            if let FromCarrier::Ended { problem } = &message {
                                let notice = Notice::Carrier { problem: problem.clone() };
                                teller.tell(News::Warning(notice)).await;
                            }
                            if later.send(message).await.is_err() {
                                break;
                            }
                        }
                        None => {
                            // What the network announces goes on.
                            while let Some(event) = network.recv().await {
                                if found.send(event).await.is_err() {
                                    break;
                                }
                            }
                            break;
                        }
                    }
                }
            }
        });
        discovery
    }
}

fn as_found(carried: Carried) -> Found {
    let Carried { member, name, meeting, title, join } = carried;
    Found { member, meeting, title, name: Some(name), join, addresses: Vec::new() }
}
