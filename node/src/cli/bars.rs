//! Progress bars on standard error when it is a terminal, nothing otherwise.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal};

/// Bars shown at once; a meeting's 256 documents would fill the screen.
const AT_ONCE: usize = 8;

/// The bars that are on the screen, by what they measure.
#[derive(Debug)]
pub(crate) struct Bars {
    screen: Option<MultiProgress>,
    bars: BTreeMap<String, ProgressBar>,
}

impl Bars {
    /// Bars if people can see them.
    pub(crate) fn on_terminal() -> Self {
        let seen = io::stderr().is_terminal() && io::stdout().is_terminal();
        Self { screen: seen.then(MultiProgress::new), bars: BTreeMap::new() }
    }

    /// No bars, whoever looks.
    pub(crate) fn none() -> Self {
        Self { screen: None, bars: BTreeMap::new() }
    }

    /// `have` of `total` bytes of `name`, told apart by `key`.
    pub(crate) fn bytes(&mut self, key: &str, name: &str, have: u64, total: u64) {
        self.set(key, name, have, total, "{msg:30!} {bar:30} {bytes}/{total_bytes}");
    }

    /// `done` of `pages` pages of `name`.
    pub(crate) fn pages(&mut self, name: &str, done: u32, pages: u32) {
        self.set(name, name, done.into(), pages.into(), "{msg:30!} {bar:30} {pos}/{len}");
    }

    /// Writes beside the bars without tearing them.
    pub(crate) fn beside<R>(&self, write: impl FnOnce() -> R) -> R {
        match &self.screen {
            Some(screen) => screen.suspend(write),
            None => write(),
        }
    }

    /// Takes all bars off the screen.
    pub(crate) fn clear(&mut self) {
        self.bars.values().for_each(ProgressBar::finish_and_clear);
        self.bars.clear();
    }

    fn set(&mut self, key: &str, name: &str, have: u64, total: u64, template: &str) {
        let Some(screen) = &self.screen else { return };
        if have >= total {
            if let Some(bar) = self.bars.remove(key) {
                bar.finish_and_clear();
            }
            return;
        }
        if !self.bars.contains_key(key) && self.bars.len() >= AT_ONCE {
            return;
        }
        let bar = self.bars.entry(key.to_owned()).or_insert_with(|| {
            let style = ProgressStyle::with_template(template);
            let bar = screen.add(ProgressBar::new(total).with_message(name.to_owned()));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        bar.set_length(total);
        bar.set_position(have);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_nothing_is_kept_or_drawn() {
        let mut bars = Bars::none();
        bars.bytes("a", "talk.pdf", 1, 2);
        bars.pages("talk.pdf", 1, 2);
        assert!(bars.bars.is_empty());
        assert_eq!(bars.beside(|| 7), 7);
    }

    #[test]
    fn templates_are_well_formed_and_a_full_bar_goes() {
        let hidden = MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::hidden());
        let mut bars = Bars { screen: Some(hidden), bars: BTreeMap::new() };
        bars.bytes("a", "talk.pdf", 1, 2);
        bars.pages("other.pdf", 1, 2);
        assert_eq!(bars.bars.len(), 2);
        bars.bytes("a", "talk.pdf", 2, 2);
        assert_eq!(bars.bars.len(), 1);
        for number in 0..2 * AT_ONCE {
            bars.bytes(&number.to_string(), "x", 0, 1);
        }
        assert_eq!(bars.bars.len(), AT_ONCE);
    }
}
