//! A source that answers when told to: the twin of the real one, for tests and examples.

use super::source::{Missing, Order, PageSource, Reply};

/// Draws white pages with grey lines, as many as a page's number, when told to.
#[derive(Debug, Default)]
pub struct Scripted {
    waiting: Vec<(Order, Reply)>,
    /// Answers at once, without being told.
    pub prompt: bool,
}

impl Scripted {
    /// Answers at once, without being told.
    #[must_use]
    pub const fn prompt() -> Self {
        Self { waiting: Vec::new(), prompt: true }
    }

    /// What was asked for and not answered.
    #[must_use]
    pub fn waiting(&self) -> Vec<Order> {
        self.waiting.iter().map(|(order, _)| *order).collect()
    }

    /// Answers everything.
    pub fn deliver_all(&mut self) {
        for (order, reply) in self.waiting.drain(..) {
            deliver(order, reply);
        }
    }

    /// Has none of it.
    pub fn refuse_all(&mut self, why: &Missing) {
        for (_, reply) in self.waiting.drain(..) {
            reply.missing(why.clone());
        }
    }

    /// Forgets everything that was asked for.
    pub fn lose_all(&mut self) {
        self.waiting.clear();
    }
}

impl PageSource for Scripted {
    fn request(&mut self, order: Order, reply: Reply) {
        if self.prompt {
            deliver(order, reply);
        } else {
            self.waiting.push((order, reply));
        }
    }
}

fn deliver(order: Order, reply: Reply) {
    let (width, height) = match order {
        Order::Page(_) => (960, 540),
        Order::Thumbnail(_) => (264, 164),
        Order::Detail(_, part, pixels) => (pixels, pixels * part.height / part.width.max(1)),
    };
    let mut rgb = vec![255; width as usize * height as usize * 3];
    let line = |n: u32| (height * (n * 2 + 2) / 40).min(height.saturating_sub(1));
    for n in 0..order.page().page.min(18) {
        let from = (line(n) * width + width / 10) as usize * 3;
        let to = from + width as usize / 2 * 3;
        if let Some(row) = rgb.get_mut(from..to) {
            row.fill(0xB0);
        }
    }
    reply.deliver(width, height, &rgb);
}
