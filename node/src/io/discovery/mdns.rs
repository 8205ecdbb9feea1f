//! Discovery on the real network.

use super::txt;
use super::{Announcement, DiscoveryError, DiscoveryEvent, EVENTS};
use crate::room::address::is_unicast_link_local;
use crate::room::id::{MeetingId, MemberId};
use mdns_sd::{ResolvedService, ScopedIp, ServiceDaemon, ServiceEvent, ServiceInfo};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::mpsc;

const SERVICE: &str = "_moot._udp.local.";

/// How often changes of the machine's interfaces are looked for; the default of 5 s is long for
/// somebody who plugs in a cable (research: network §2).
const INTERFACE_CHECK_SECS: u32 = 2;

/// The same in a meeting, where others are known already and dialled wherever they were: each look
/// takes 0.3 ms.
const MEETING_CHECK_SECS: u32 = 5;

/// Announcements remembered, so that their end can be told.
const REMEMBERED: usize = 1024;

/// How long good-byes may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// Browses from the start, announces when told to.
pub struct Mdns {
    daemon: ServiceDaemon,
    /// Unique to this process: two records of one name, host and port take each other along when
    /// one is withdrawn (research: network §2).
    instance: String,
}

impl Mdns {
    /// Starts to browse. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`DiscoveryError`] when the operating system refuses.
    pub fn start() -> Result<(Self, mpsc::Receiver<DiscoveryEvent>), DiscoveryError> {
        let daemon = ServiceDaemon::new().map_err(unavailable)?;
        daemon.set_ip_check_interval(INTERFACE_CHECK_SECS).map_err(unavailable)?;
        let browsing = daemon.browse(SERVICE).map_err(unavailable)?;
        let (outlet, events) = mpsc::channel(EVENTS);
        tokio::spawn(listen(daemon.clone(), browsing, outlet));
        let random = getrandom::u64().map_err(unavailable)?;
        Ok((Self { daemon, instance: format!("moot-{random:016x}") }, events))
    }

    /// Announces from now on, in place of what was announced before.
    ///
    /// # Errors
    /// [`DiscoveryError`] when the daemon is gone.
    pub fn announce(&self, announcement: &Announcement) -> Result<(), DiscoveryError> {
        let record = txt::write(announcement);
        let host = format!("{}.local.", self.instance);
        let port = announcement.ports.any();
        let service = ServiceInfo::new(SERVICE, &self.instance, &host, "", port, &record[..])
            .map_err(unavailable)?
            .enable_addr_auto();
        self.daemon.set_ip_check_interval(MEETING_CHECK_SECS).map_err(unavailable)?;
        self.daemon.register(service).map_err(unavailable)
    }

    /// Asks the network again: somebody pressed "search".
    ///
    /// # Errors
    /// [`DiscoveryError`] when the daemon is gone.
    pub fn search_again(&self) -> Result<(), DiscoveryError> {
        // The listener browses again when its subscription ends.
        self.daemon.stop_browse(SERVICE).map_err(unavailable)
    }

    /// Withdraws the announcement and stops.
    pub async fn shutdown(self) {
        if let Ok(done) = self.daemon.shutdown() {
            let _ = tokio::time::timeout(GOODBYE, done.recv_async()).await;
        }
    }
}

/// Passes on what the daemon tells, until it or the node is gone.
async fn listen(
    daemon: ServiceDaemon,
    mut browsing: mdns_sd::Receiver<ServiceEvent>,
    outlet: mpsc::Sender<DiscoveryEvent>,
) {
    let mut known: BTreeMap<String, (MemberId, MeetingId)> = BTreeMap::new();
    loop {
        let event = tokio::select! {
            () = outlet.closed() => return,
            event = browsing.recv_async() => event,
        };
        let news = match event {
            Ok(ServiceEvent::ServiceResolved(service)) => found(&service).inspect(|event| {
                let DiscoveryEvent::Found(found) = event else { return };
                if known.len() < REMEMBERED {
                    known.insert(service.fullname.clone(), (found.member, found.meeting));
                }
            }),
            Ok(ServiceEvent::ServiceRemoved(_, name)) => known
                .remove(&name)
                .map(|(member, meeting)| DiscoveryEvent::Lost { member, meeting }),
            // The daemon drops who is too slow, and whom it was told to.
            Ok(ServiceEvent::SearchStopped(_)) | Err(_) => match daemon.browse(SERVICE) {
                Ok(again) => {
                    browsing = again;
                    None
                }
                Err(_) => return,
            },
            Ok(_) => None,
        };
        if let Some(news) = news
            && outlet.try_send(news).is_err()
        {
            tracing::debug!("the node is busy: a find was dropped");
        }
    }
}

fn found(service: &ResolvedService) -> Option<DiscoveryEvent> {
    let addresses = service.addresses.iter().filter_map(|address| match address {
        ScopedIp::V4(ip) => Some((IpAddr::V4(*ip.addr()), 0)),
        ScopedIp::V6(ip) if is_unicast_link_local(*ip.addr()) => {
            Some((IpAddr::V6(*ip.addr()), ip.scope_id().index))
        }
        ScopedIp::V6(ip) => Some((IpAddr::V6(*ip.addr()), 0)),
        _ => None,
    });
    txt::read(|key| service.get_property_val(key).flatten(), addresses).map(DiscoveryEvent::Found)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unavailable(error: impl ToString) -> DiscoveryError {
    DiscoveryError::Unavailable(error.to_string())
}
