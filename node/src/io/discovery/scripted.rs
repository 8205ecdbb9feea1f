//! Discovery without a network: everyone on one [`Lan`] hears everyone, at once.

use super::{Announcement, DiscoveryEvent, EVENTS, Found};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// A network in memory; clones are the same one.
#[derive(Clone, Default)]
pub struct Lan(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    hosts: Vec<(u64, mpsc::Sender<DiscoveryEvent>)>,
    announced: Vec<(u64, Announcement)>,
    next: u64,
}

/// One host on a [`Lan`]; dropped, it is withdrawn.
pub struct Scripted {
    lan: Lan,
    host: u64,
}

impl Lan {
    /// Joins the network; what is announced already is heard at once.
    #[must_use]
    pub fn join(&self) -> (Scripted, mpsc::Receiver<DiscoveryEvent>) {
        let (outlet, events) = mpsc::channel(EVENTS);
        let mut state = self.state();
        for (_, announcement) in &state.announced {
            let _ = outlet.try_send(found(announcement));
        }
        state.next += 1;
        let host = state.next;
        state.hosts.push((host, outlet));
        drop(state);
        (Scripted { lan: self.clone(), host }, events)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&self, event: &DiscoveryEvent) {
        for (_, host) in &self.hosts {
            let _ = host.try_send(event.clone());
        }
    }

    fn withdraw(&mut self, host: u64) {
        let gone = |(whose, _): &mut (u64, Announcement)| *whose == host;
        let withdrawn: Vec<_> = self.announced.extract_if(.., gone).collect();
        for (_, Announcement { member, meeting, .. }) in withdrawn {
            self.tell(&DiscoveryEvent::Lost { member, meeting });
        }
    }
}

impl Scripted {
    /// As [`super::mdns::Mdns::announce`].
    pub fn announce(&self, announcement: &Announcement) {
        let mut state = self.lan.state();
        state.announced.retain(|(host, _)| *host != self.host);
        state.announced.push((self.host, announcement.clone()));
        state.tell(&found(announcement));
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let mut state = self.lan.state();
        state.hosts.retain(|(host, _)| *host != self.host);
        state.withdraw(self.host);
    }
}

/// Everyone is at home: all hosts of a scripted network are this machine.
fn found(announcement: &Announcement) -> DiscoveryEvent {
    let Announcement { member, meeting, title, name, join, ports } = announcement.clone();
    let addresses = ports.at(IpAddr::V4(Ipv4Addr::LOCALHOST), 0).collect();
    DiscoveryEvent::Found(Found { member, meeting, title, name, join, addresses })
}

#[cfg(test)]
mod tests {
    use super::super::Ports;
    use super::*;
    use crate::room::id::{MeetingId, MemberId};
    use crate::room::stanza::JoinPolicy;

    #[tokio::test]
    async fn who_comes_early_and_who_comes_late_hear_the_same() {
        let lan = Lan::default();
        let (host, _) = lan.join();
        let (_early, mut early) = lan.join();
        let member = MemberId([1; 32]);
        let meeting = MeetingId([2; 32]);
        host.announce(&Announcement {
            member,
            meeting,
            title: "Bau".into(),
            name: None,
            join: JoinPolicy::Open,
            ports: Ports { quic4: 9, ..Ports::default() },
        });
        let (_late, mut late) = lan.join();
        let (one, other) = (early.recv().await, late.recv().await);
        assert!(matches!(&one, Some(DiscoveryEvent::Found(found)) if found.addresses.len() == 1));
        assert_eq!(one, other);
        drop(host);
        assert_eq!(late.recv().await, Some(DiscoveryEvent::Lost { member, meeting }));
    }
}
