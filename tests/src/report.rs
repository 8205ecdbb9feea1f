//! What a scenario found: printed always, kept as JSON, and judged at the end, so that one figure out
//! of bounds does not hide the others.

use crate::launch;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::PathBuf;

/// The figures of one scenario.
#[derive(Debug)]
pub struct Report {
    scenario: String,
    figures: Map<String, Value>,
    faults: Vec<String>,
}

impl Report {
    /// A new one; `scenario` names the file it is kept in.
    #[must_use]
    pub fn new(scenario: &str) -> Self {
        println!("== {scenario} ({} build)", launch::build());
        Self { scenario: scenario.to_owned(), figures: Map::new(), faults: Vec::new() }
    }

    /// Notes a figure that the requirement puts no bound on.
    pub fn figure(&mut self, name: &str, value: f64, unit: &str) {
        self.note(name, value, unit, "");
    }

    /// Notes a figure that must not exceed `bound`.
    pub fn at_most(&mut self, name: &str, value: f64, bound: f64, unit: &str) {
        self.judge(name, value, unit, &format!("≤ {bound}"), value <= bound);
    }

    /// Notes a figure that must not fall below `bound`.
    pub fn at_least(&mut self, name: &str, value: f64, bound: f64, unit: &str) {
        self.judge(name, value, unit, &format!("≥ {bound}"), value >= bound);
    }

    /// Prints a table of details.
    pub fn table(&self, head: &[&str], rows: &[Vec<String>]) {
        print!("{}", crate::stats::table(head, rows));
    }

    /// Writes the figures to `target/rig/<scenario>.json`.
    ///
    /// # Panics
    /// When a figure was out of its bound and `MOOT_RIG_STRICT` is not `0`: that is a test's verdict.
    pub fn finish(self) {
        let strict = std::env::var("MOOT_RIG_STRICT").map_or(true, |value| value != "0");
        self.judged(strict);
    }

    fn judged(self, strict: bool) {
        let body = json!({ "scenario": self.scenario, "build": launch::build(), "figures": self.figures, "faults": self.faults });
        let text = serde_json::to_string_pretty(&body).expect("figures are plain data");
        let file = folder().join(format!("{}.json", self.scenario));
        fs::write(&file, text).expect("target folder is writable");
        assert!(!strict || self.faults.is_empty(), "{}: {}", self.scenario, self.faults.join("; "));
    }

    fn judge(&mut self, name: &str, value: f64, unit: &str, bound: &str, good: bool) {
        self.note(name, value, unit, bound);
        if !good {
            println!("      ^ out of bounds");
            self.faults.push(format!("{name} is {value:.3} {unit}, must be {bound}"));
        }
    }

    fn note(&mut self, name: &str, value: f64, unit: &str, bound: &str) {
        println!("  {name}: {value:.3} {unit} {bound}");
        let value = json!({ "value": value, "unit": unit, "bound": bound });
        self.figures.insert(name.to_owned(), value);
    }
}

/// `target/rig`, made when it is not there.
#[must_use]
pub fn folder() -> PathBuf {
    let exe = std::env::current_exe().expect("a test has a program file");
    let target = exe.ancestors().nth(3).expect("tests run from target/<profile>/deps");
    let folder = target.join("rig");
    fs::create_dir_all(&folder).expect("target folder is writable");
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "late is 5.000 ms, must be ≤ 4")]
    fn a_figure_out_of_bounds_fails_at_the_end() {
        let mut report = Report::new("self-test");
        report.at_most("late", 5.0, 4.0, "ms");
        report.at_least("heard", 5.0, 4.0, "");
        report.judged(true);
    }

    #[test]
    fn on_a_busy_machine_figures_are_only_printed() {
        let mut report = Report::new("self-test-printed");
        report.at_most("late", 5.0, 4.0, "ms");
        report.judged(false);
    }
}
