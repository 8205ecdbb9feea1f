//! What a demo measures: pure, from what nodes told and when.
//!
//! All nodes' lines come to one process, so its one clock compares them. The presenter is node 0.

use super::super::print_json::{Line, fields};
use super::child::Told;
use super::network;
use super::script::Cue;
use moot_node::room::time::LocalTime;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio::time::Instant;

/// One node as it was heard last.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// It is in the meeting.
    pub(super) joined: bool,
    /// Page on show.
    pub(super) page: Option<u64>,
    /// How far its last action was from its sound, in milliseconds.
    pub(super) offset_ms: Option<f64>,
    /// Frames of the presenter that came, and that had to be concealed.
    pub(super) received: u64,
    pub(super) concealed: u64,
    /// Bytes of the document that are there, and that there are.
    pub(super) have: u64,
    pub(super) total: u64,
    /// What it last complained about.
    trouble: Option<String>,
    digest: Option<String>,
    shown: BTreeMap<u64, Instant>,
    ended: bool,
}

/// Everything a summary needs.
#[derive(Debug)]
pub(super) struct Measurement {
    nodes: Vec<Seen>,
    seconds: u32,
    presenter: Option<String>,
    invitation: Option<(String, Option<String>)>,
    document: Option<Document>,
    turns: BTreeSet<u64>,
    cues: BTreeSet<u64>,
    offsets_ms: Vec<f64>,
    meter: Option<u32>,
    sent: Option<u64>,
}

#[derive(Clone, Debug)]
struct Document {
    id: String,
    pages: u32,
    bytes: u64,
}

impl Measurement {
    /// Of a demo of so many nodes and seconds of speech.
    pub(super) fn new(nodes: usize, seconds: u32) -> Self {
        Self {
            nodes: vec![Seen::default(); nodes],
            seconds,
            presenter: None,
            invitation: None,
            document: None,
            turns: BTreeSet::new(),
            cues: BTreeSet::new(),
            offsets_ms: Vec::new(),
            meter: None,
            sent: None,
        }
    }

    /// The nodes, the presenter first.
    pub(super) fn nodes(&self) -> &[Seen] {
        &self.nodes
    }

    /// The presenter's bytes can be read from this process's interfaces.
    pub(super) fn count_bytes_of(&mut self, process: u32) {
        self.meter = Some(process);
    }

    /// The actions that are going to happen.
    pub(super) fn expect(&mut self, script: &[Cue]) {
        self.cues = script.iter().map(|cue| cue.at).collect();
    }

    /// Link and code, once there is a meeting with its document.
    pub(super) fn invitation(&self) -> Option<(String, Option<String>)> {
        self.invitation.clone().filter(|_| self.document.is_some())
    }

    /// Pages of the document; 1 while there is none.
    pub(super) fn pages(&self) -> u32 {
        self.document.as_ref().map_or(1, |document| document.pages)
    }

    /// Whether every node is in the meeting.
    pub(super) fn all_joined(&self) -> bool {
        self.nodes.iter().skip(1).all(|node| node.joined)
    }

    /// Whether the presenter has done all of the script.
    pub(super) fn script_done(&self) -> bool {
        self.nodes[0].shown.len() >= self.cues.len()
    }

    /// Whether all actions were seen, and the document is, everywhere.
    pub(super) fn all_arrived(&self) -> bool {
        let whole = |node: &Seen| node.has_document() && node.shown.len() >= self.cues.len();
        self.nodes.iter().skip(1).all(whole)
    }

    /// Whether all nodes told the same state.
    pub(super) fn digests_equal(&self) -> bool {
        let first = &self.nodes[0].digest;
        first.is_some() && self.nodes.iter().all(|node| node.digest == *first)
    }

    /// Forgets the states that were told, before asking again.
    pub(super) fn forget_digests(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.digest = None);
    }

    /// The first node that ended though nobody told it to.
    pub(super) fn ended_early(&self) -> Option<usize> {
        self.nodes.iter().position(|node| node.ended)
    }

    /// What the nodes complained about last.
    pub(super) fn troubles(&self) -> impl Iterator<Item = (usize, &str)> {
        let told = self.nodes.iter().enumerate();
        told.filter_map(|(number, node)| Some((number, node.trouble.as_deref()?)))
    }

    /// Whether the demo showed what it is for.
    pub(super) fn succeeded(&self) -> bool {
        self.script_done() && self.all_arrived() && self.digests_equal()
    }

    /// Counts one line.
    pub(super) fn note(&mut self, told: &Told) {
        let Some(node) = self.nodes.get_mut(told.node) else { return };
        let Some(event) = &told.event else {
            node.ended = true;
            return;
        };
        let text = |name: &str| event[name].as_str().map(str::to_owned);
        match event["event"].as_str().unwrap_or_default() {
            "ready" if told.node == 0 => self.presenter = text("peer"),
            "meeting" if told.node == 0 => {
                self.invitation = text("link").map(|link| (link, text("code")));
            }
            "document" if told.node == 0 => self.document = document(event),
            "joined" => node.joined = true,
            "page" | "stroke" => self.note_action(told.node, told.when, event),
            "audio" if text("author") == self.presenter => {
                node.received = event["received"].as_u64().unwrap_or_default();
                node.concealed = event["concealed"].as_u64().unwrap_or_default();
            }
            "progress" => self.note_progress(told.node, event),
            "state" => node.digest = text("digest"),
            "error" | "refused" => node.trouble = text("message").or_else(|| text("reason")),
            _ => {}
        }
    }

    fn note_action(&mut self, number: usize, when: Instant, event: &Value) {
        let node = &mut self.nodes[number];
        let turn = event["event"] == "page";
        if turn {
            node.page = event["page"].as_u64();
        }
        let Some(at) = event["at"].as_u64().filter(|at| self.cues.contains(at)) else { return };
        let first = node.shown.insert(at, when).is_none();
        if turn {
            self.turns.insert(at);
        }
        if let Some(offset) = event["offset_ms"].as_f64().filter(|_| number > 0 && first) {
            node.offset_ms = Some(offset);
            self.offsets_ms.push(offset.abs());
        }
    }

    fn note_progress(&mut self, number: usize, event: &Value) {
        let known = self.document.as_ref().map(|document| document.id.as_str());
        if event["document"].as_str() != known {
            return;
        }
        let node = &mut self.nodes[number];
        node.have = event["have"].as_u64().unwrap_or_default();
        node.total = event["total"].as_u64().unwrap_or_default();
        if self.sent.is_none() && self.nodes.iter().skip(1).all(Seen::has_document) {
            self.sent = self.meter.and_then(network::sent_bytes);
        }
    }

    /// From a page at the presenter to the same page at each listener, in milliseconds.
    fn page_delays_ms(&self) -> Vec<f64> {
        let presenter = &self.nodes[0].shown;
        let delay = |at: &u64, when: &Instant| {
            let shown = presenter.get(at)?;
            let late = when.saturating_duration_since(*shown).as_secs_f64();
            let early = shown.saturating_duration_since(*when).as_secs_f64();
            Some((late - early) * 1000.0)
        };
        let listeners = self.nodes.iter().skip(1);
        let turns =
            listeners.flat_map(|node| node.shown.iter().filter(|(at, _)| self.turns.contains(at)));
        turns.filter_map(|(at, when)| delay(at, when)).collect()
    }

    /// Bytes the presenter sent for each byte of the document until all had it.
    pub(super) fn presenter_bytes_per_document_byte(&self) -> Option<f64> {
        let document = self.document.as_ref().filter(|document| document.bytes > 0)?;
        Some(rounded(self.sent? as f64 / document.bytes as f64))
    }

    /// Median and 99th percentile of |action − sound|.
    pub(super) fn offset_ms(&self) -> Spread {
        Spread::of(self.offsets_ms.clone())
    }

    /// Median and 99th percentile of the time from the presenter's page to a listener's.
    pub(super) fn page_delay_ms(&self) -> Spread {
        Spread::of(self.page_delays_ms())
    }

    /// Frames that came and that were concealed, at all listeners together.
    pub(super) fn frames(&self) -> (u64, u64) {
        let listeners = || self.nodes.iter().skip(1);
        (listeners().map(|n| n.received).sum(), listeners().map(|n| n.concealed).sum())
    }

    /// The summary as a line for scripts.
    pub(super) fn summary(&self, now: LocalTime) -> Line {
        let (received, concealed) = self.frames();
        let document = self.document.as_ref();
        let spread =
            |s: &Spread| serde_json::json!({ "p50": s.p50, "p99": s.p99, "count": s.count });
        Line::new(
            "summary",
            now,
            fields! {
                "nodes": self.nodes.len(), "seconds": self.seconds, "actions": self.cues.len(),
                "pages": document.map(|d| d.pages), "document_bytes": document.map(|d| d.bytes),
                "offset_ms": spread(&self.offset_ms()),
                "page_delay_ms": spread(&self.page_delay_ms()),
                "frames": serde_json::json!({ "received": received, "concealed": concealed }),
                "presenter_bytes_per_document_byte": self.presenter_bytes_per_document_byte(),
                "digests_equal": self.digests_equal(),
            },
        )
    }
}

impl Seen {
    fn has_document(&self) -> bool {
        self.total > 0 && self.have >= self.total
    }
}

/// How values are spread: nearest-rank percentiles, `None` of no values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spread {
    pub(super) p50: Option<f64>,
    pub(super) p99: Option<f64>,
    count: usize,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let rank = |part: f64| {
            let number = (part * values.len() as f64).ceil() as usize;
            values.get(number.saturating_sub(1)).map(|value| rounded(*value))
        };
        Self { p50: rank(0.5), p99: rank(0.99), count: values.len() }
    }
}

fn document(event: &Value) -> Option<Document> {
    Some(Document {
        id: event["id"].as_str()?.to_owned(),
        pages: u32::try_from(event["pages"].as_u64()?).ok()?,
        bytes: event["bytes"].as_u64()?,
    })
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// A summary, for the test of docs/CLI.md.
#[cfg(test)]
pub(in super::super) fn example_summary() -> Line {
    Measurement::new(2, 1).summary(LocalTime::START)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    /// A meeting of two with one turn and one stroke, told from `begin` on.
    fn meeting() -> (Measurement, Instant) {
        let mut measured = Measurement::new(2, 1);
        let begin = Instant::now();
        measured.expect(&super::super::script::script(1, 3, Duration::ZERO));
        for (node, event) in [
            (0, json!({"event": "ready", "peer": "aa"})),
            (0, json!({"event": "meeting", "link": "moot://x", "code": "1"})),
            (0, json!({"event": "document", "id": "dd", "pages": 3, "bytes": 100})),
            (1, json!({"event": "joined"})),
        ] {
            measured.note(&Told { node, when: begin, event: Some(event) });
        }
        (measured, begin)
    }

    fn told(measured: &mut Measurement, node: usize, when: Instant, event: Value) {
        measured.note(&Told { node, when, event: Some(event) });
    }

    #[test]
    fn a_whole_meeting_succeeds() {
        let (mut measured, begin) = meeting();
        assert_eq!(measured.invitation(), Some(("moot://x".into(), Some("1".into()))));
        assert!(measured.all_joined() && !measured.script_done());
        let stroke = measured.cues.iter().next_back().copied().unwrap();
        for (node, millis, offset) in [(0, 0, Value::Null), (1, 80, json!(-3.5))] {
            let when = begin + Duration::from_millis(millis);
            for (event, at) in [("page", 0), ("stroke", stroke)] {
                let line = json!({"event": event, "page": 2, "at": at, "offset_ms": offset});
                told(&mut measured, node, when, line);
            }
            told(&mut measured, node, when, json!({"event": "state", "digest": "ee"}));
        }
        assert!(measured.script_done() && !measured.all_arrived(), "the document is missing");
        let progress = json!({"event": "progress", "document": "dd", "have": 100, "total": 100});
        told(&mut measured, 1, begin, progress);
        let audio = json!({"event": "audio", "author": "aa", "received": 50, "concealed": 1});
        told(&mut measured, 1, begin, audio);
        assert!(measured.succeeded());
        assert_eq!(measured.offset_ms(), Spread { p50: Some(3.5), p99: Some(3.5), count: 2 });
        assert_eq!(measured.page_delay_ms(), Spread { p50: Some(80.0), p99: Some(80.0), count: 1 });
        assert_eq!(measured.frames(), (50, 1));
    }

    #[test]
    fn other_digests_fail_it() {
        let (mut measured, begin) = meeting();
        assert!(!measured.digests_equal(), "nobody told one");
        told(&mut measured, 0, begin, json!({"event": "state", "digest": "a"}));
        told(&mut measured, 1, begin, json!({"event": "state", "digest": "b"}));
        assert!(!measured.digests_equal());
    }

    #[test]
    fn an_action_from_before_the_script_is_not_counted() {
        let (mut measured, begin) = meeting();
        let line = json!({"event": "page", "page": 1, "at": 777, "offset_ms": 900.0});
        told(&mut measured, 1, begin, line);
        assert_eq!(measured.offset_ms().count, 0);
        assert_eq!(measured.nodes()[1].page, Some(1), "but it is on show");
    }

    #[test]
    fn a_node_that_ends_is_noticed() {
        let (mut measured, when) = meeting();
        measured.note(&Told { node: 1, when, event: None });
        assert_eq!(measured.ended_early(), Some(1));
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let spread = Spread::of((1..=200).rev().map(f64::from).collect());
        assert_eq!((spread.p50, spread.p99), (Some(100.0), Some(198.0)));
        assert_eq!(Spread::of(vec![]).p99, None);
    }
}
