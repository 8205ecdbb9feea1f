//! The demo on the screen: a live row a node on a terminal, and the summary in words.

use super::measure::{Measurement, Seen, Spread};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use rust_i18n::t;
use std::io::{self, IsTerminal};

/// The rows, or nothing when nobody sees them.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<ProgressBar>,
}

impl Table {
    /// A heading and a row for each node, if people can see them.
    pub(super) fn on_terminal(nodes: u32) -> Self {
        if !(io::stderr().is_terminal() && io::stdout().is_terminal()) {
            return Self::none();
        }
        let screen = MultiProgress::new();
        let style =
            ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let row = |_| screen.add(ProgressBar::new_spinner().with_style(style.clone()));
        let rows: Vec<_> = (0..=nodes).map(row).collect();
        rows[0].set_message(t!("demo.heading").into_owned());
        Self { rows }
    }

    /// No table, whoever looks.
    pub(super) fn none() -> Self {
        Self { rows: Vec::new() }
    }

    /// Shows what is known now; the terminal is drawn at most 20 times a second.
    pub(super) fn show(&self, measured: &Measurement) {
        for (number, (row, node)) in self.rows.iter().skip(1).zip(measured.nodes()).enumerate() {
            row.set_message(row_text(number, node));
        }
    }

    /// Takes the table off the screen.
    pub(super) fn clear(&mut self) {
        self.rows.drain(..).for_each(|row| row.finish_and_clear());
    }
}

fn row_text(number: usize, node: &Seen) -> String {
    let state = match (number, node.joined) {
        (0, _) => t!("demo.presents"),
        (_, true) => t!("demo.listens"),
        (_, false) => t!("demo.joins"),
    };
    let page = node.page.map_or_else(|| "–".to_owned(), |page| page.to_string());
    let offset = node.offset_ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms:+.1}"));
    let share = match (number, node.total) {
        (0, _) => "100 %".to_owned(),
        (_, 0) => "–".to_owned(),
        (_, total) => format!("{} %", node.have.saturating_mul(100) / total),
    };
    let (received, concealed) = (node.received, node.concealed);
    let number = number + 1;
    format!(
        "{number:>4}  {page:>5}  {offset:>9}  {received:>7}  {concealed:>9}  {share:>8}  {state}"
    )
}

/// The summary for people.
pub(super) fn summary_words(measured: &Measurement) -> String {
    let spread = |s: Spread| match (s.p50, s.p99) {
        (Some(p50), Some(p99)) => t!("demo.spread", p50 = p50, p99 = p99).into_owned(),
        _ => t!("demo.not_measured").into_owned(),
    };
    let (received, concealed) = measured.frames();
    let upload = measured.presenter_bytes_per_document_byte();
    let upload = upload.map_or_else(|| t!("demo.not_measured").into_owned(), |u| u.to_string());
    let agreed = if measured.digests_equal() { t!("demo.equal") } else { t!("demo.unequal") };
    let mut lines = vec![
        t!("demo.summary_offset", spread = spread(measured.offset_ms())).into_owned(),
        t!("demo.summary_delay", spread = spread(measured.page_delay_ms())).into_owned(),
        t!("demo.summary_frames", received = received, concealed = concealed).into_owned(),
        t!("demo.summary_upload", upload = upload).into_owned(),
        agreed.into_owned(),
    ];
    if !measured.succeeded() && measured.digests_equal() {
        lines.push(t!("demo.incomplete").into_owned());
    }
    for (number, text) in measured.troubles() {
        let text = moot_node::words::clean(text);
        lines.push(t!("demo.trouble", node = number + 1, text = text).into_owned());
    }
    lines.join("\n")
}

/// The keys of `locales/` that this demo chooses by value, for the test of locales.
#[cfg(test)]
pub(in super::super) fn composed_keys() -> Vec<String> {
    use super::network::Network;
    use super::stage::origin_key;
    use moot_node::props::Origin;
    let origins = [Origin::Given, Origin::Synthesiser, Origin::Generated].map(origin_key);
    let network = [Network::Loopback.word(), "demo.namespaces"];
    origins.into_iter().chain(network).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_below_their_heading() {
        let mut seen = Seen::default();
        (seen.joined, seen.page, seen.offset_ms) = (true, Some(3), Some(-1.25));
        (seen.have, seen.total, seen.received, seen.concealed) = (1, 4, 9, 2);
        let row = row_text(1, &seen);
        assert_eq!(row, "   2      3       -1.2        9          2      25 %  listens");
        let heading = t!("demo.heading", locale = "en");
        let end = |text: &str, word: &str| text.find(word).map(|at| at + word.len());
        assert_eq!(end(&heading, "page"), Some(11));
        assert_eq!(end(&heading, "document"), end(&row, "25 %"));
    }

    #[test]
    fn without_a_terminal_nothing_is_drawn() {
        let mut table = Table::none();
        table.show(&Measurement::new(2, 1));
        table.clear();
    }

    #[test]
    fn an_unmeasured_summary_says_so() {
        let words = summary_words(&Measurement::new(2, 1));
        assert!(words.contains(&*t!("demo.not_measured")), "{words}");
        assert!(words.contains(&*t!("demo.unequal")), "{words}");
    }
}
