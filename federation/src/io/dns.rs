//! Where a company's server is: SRV records (RFC 6120 §3.2.1, XEP-0368), and what to try without them.

use crate::io::account::{Account, Server, Tls};
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use std::time::Duration;

/// How long DNS may take before the domain itself is tried: a laptop's resolver gives up after 5 s, asked twice.
const DNS_TAKES: Duration = Duration::from_secs(6);

/// Addresses tried at most; a company has a handful, and each may cost a timeout.
const CANDIDATES: usize = 8;

/// Where to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Name or address.
    pub(crate) host: String,
    /// TCP port.
    pub(crate) port: u16,
    /// Whether TLS begins before the stream.
    pub(crate) direct: bool,
}

/// One SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    priority: u16,
    weight: u16,
    at: Candidate,
}

/// Where to try, in this order. `chance` is from 0 to below 1.
pub(crate) async fn candidates(account: &Account, chance: f64) -> Vec<Candidate> {
    if let Some(server) = &account.server {
        return vec![given(server, account.tls)];
    }
    let domain = account.jid.domain().as_str();
    let ascii = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
    let mut records = Vec::new();
    for (service, direct) in [("_xmpps-client", true), ("_xmpp-client", false)] {
        let wanted = match account.tls {
            Tls::Either => true,
            Tls::Direct => direct,
            Tls::StartTls => !direct,
        };
        if wanted && ascii.parse::<std::net::IpAddr>().is_err() {
            records.extend(look_up(&format!("{service}._tcp.{ascii}."), direct).await);
        }
    }
    let mut found = in_order(records, chance);
    if found.is_empty() {
        found = without_records(&ascii, account.tls);
    }
    found
}

/// A server that was told: port 5223 is for direct TLS by custom.
fn given(server: &Server, tls: Tls) -> Candidate {
    let direct = match tls {
        Tls::Either => server.port == 5223,
        Tls::Direct => true,
        Tls::StartTls => false,
    };
    Candidate { host: server.host.clone(), port: server.port, direct }
}

/// What RFC 6120 §3.2.2 says where DNS says nothing.
fn without_records(domain: &str, tls: Tls) -> Vec<Candidate> {
    let at = |port, direct| Candidate { host: domain.to_owned(), port, direct };
    match tls {
        Tls::Either => vec![at(5222, false), at(5223, true)],
        Tls::StartTls => vec![at(5222, false)],
        Tls::Direct => vec![at(5223, true)],
    }
}

async fn look_up(name: &str, direct: bool) -> Vec<Record> {
    let Ok(resolver) = TokioResolver::builder_tokio().and_then(|builder| builder.build()) else {
        return Vec::new();
    };
    let Ok(Ok(found)) = tokio::time::timeout(DNS_TAKES, resolver.srv_lookup(name)).await else {
        return Vec::new();
    };
    let records = found.answers().iter().filter_map(|answer| match &answer.data {
        RData::SRV(srv) => Some(Record {
            priority: srv.priority,
            weight: srv.weight,
            at: Candidate {
                host: srv.target.to_ascii().trim_end_matches('.').to_owned(),
                port: srv.port,
                direct,
            },
        }),
        _ => None,
    });
    // A target of "." says that the service is not there (RFC 2782).
    records.filter(|record| !record.at.host.is_empty()).take(CANDIDATES).collect()
}

/// By priority; among equals a heavier one comes first more often (RFC 2782, simplified: one draw, then by weight).
fn in_order(mut records: Vec<Record>, chance: f64) -> Vec<Candidate> {
    records.sort_by_key(|record| (record.priority, std::cmp::Reverse(record.weight)));
    let mut begin = 0;
    while begin < records.len() {
        let priority = records[begin].priority;
        let equals = records[begin..].iter().take_while(|r| r.priority == priority).count();
        let group = &mut records[begin..begin + equals];
        let total: f64 = group.iter().map(|record| f64::from(record.weight)).sum();
        let (mut drawn, mut sum) = (0, 0.0);
        for (at, record) in group.iter().enumerate() {
            sum += f64::from(record.weight);
            if chance * total < sum {
                drawn = at;
                break;
            }
        }
        group[..=drawn].rotate_right(1);
        begin += equals;
    }
    records.into_iter().map(|record| record.at).take(CANDIDATES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(priority: u16, weight: u16, port: u16) -> Record {
        let at = Candidate { host: "xmpp.company.example".to_owned(), port, direct: false };
        Record { priority, weight, at }
    }

    fn ports(records: Vec<Record>, chance: f64) -> Vec<u16> {
        in_order(records, chance).into_iter().map(|candidate| candidate.port).collect()
    }

    #[test]
    fn lower_priority_comes_first_and_weight_decides_among_equals() {
        let records = || vec![record(20, 0, 3), record(10, 10, 1), record(10, 30, 2)];
        assert_eq!(ports(records(), 0.0), [2, 1, 3]);
        assert_eq!(ports(records(), 0.74), [2, 1, 3]);
        assert_eq!(ports(records(), 0.76), [1, 2, 3]);
        assert_eq!(ports(vec![record(0, 0, 1)], 0.5), [1], "no weight at all");
        assert_eq!(ports(Vec::new(), 0.5), [0; 0]);
    }

    #[test]
    fn never_more_than_a_handful() {
        let many = (0..100).map(|port| record(1, 1, port)).collect();
        assert_eq!(in_order(many, 0.3).len(), CANDIDATES);
    }

    #[test]
    fn a_given_server_is_the_only_one() {
        let server = |port| Server { host: "10.0.0.1".to_owned(), port };
        assert!(given(&server(5223), Tls::Either).direct);
        assert!(!given(&server(5222), Tls::Either).direct);
        assert!(given(&server(443), Tls::Direct).direct);
        assert!(!given(&server(5223), Tls::StartTls).direct);
    }
}
