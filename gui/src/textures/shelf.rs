//! Textures that were wanted lately, within a number of bytes.

use super::source::Order;
use egui::TextureHandle;
use std::collections::BTreeMap;

/// Keeps the textures wanted last. What was wanted in this frame or the one before is never thrown
/// out, so that a page too large for the shelf is still shown.
pub(super) struct Shelf {
    kept: BTreeMap<Order, (u64, TextureHandle)>,
    bytes: usize,
    budget: usize,
}

impl Shelf {
    pub(super) const fn new(budget: usize) -> Self {
        Self { kept: BTreeMap::new(), bytes: 0, budget }
    }

    /// The texture, marked as wanted in this frame.
    pub(super) fn get(&mut self, order: Order, frame: u64) -> Option<&TextureHandle> {
        let (used, texture) = self.kept.get_mut(&order)?;
        *used = frame;
        Some(texture)
    }

    pub(super) fn has(&self, order: Order) -> bool {
        self.kept.contains_key(&order)
    }

    /// Puts one in, and throws out those not wanted for longest.
    pub(super) fn put(&mut self, order: Order, texture: TextureHandle, frame: u64) {
        self.bytes += bytes(&texture);
        if let Some((_, old)) = self.kept.insert(order, (frame, texture)) {
            self.bytes -= bytes(&old);
        }
        while self.bytes > self.budget {
            let idle = self.kept.iter().filter(|(_, (used, _))| *used + 1 < frame);
            let Some(oldest) = idle.min_by_key(|(_, (used, _))| *used).map(|(order, _)| *order)
            else {
                return;
            };
            if let Some((_, gone)) = self.kept.remove(&oldest) {
                self.bytes -= bytes(&gone);
            }
        }
    }

    /// What is kept, the latest wanted last.
    pub(super) fn by_use(&self) -> Vec<(Order, &TextureHandle)> {
        let mut all: Vec<_> =
            self.kept.iter().map(|(order, (used, t))| (*used, *order, t)).collect();
        all.sort_by_key(|(used, order, _)| (*used, *order));
        all.into_iter().map(|(_, order, texture)| (order, texture)).collect()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }
}

/// On the graphics card; its smaller copies (mipmaps) take a third more.
fn bytes(texture: &TextureHandle) -> usize {
    let [width, height] = texture.size();
    width * height * 4 / 3 * 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Color32, ColorImage, Context, TextureOptions};
    use moot_node::room::id::BlobId;
    use moot_node::room::stanza::PageTurn;

    fn order(page: u32) -> Order {
        Order::Page(PageTurn { document: BlobId([1; 32]), page })
    }

    /// 6 × 2 pixels: 64 bytes with its copies.
    fn texture(ctx: &Context) -> TextureHandle {
        ctx.load_texture("t", ColorImage::filled([6, 2], Color32::WHITE), TextureOptions::LINEAR)
    }

    #[test]
    fn the_one_wanted_longest_ago_goes_first() {
        let ctx = Context::default();
        let mut shelf = Shelf::new(192);
        for page in 1..=3 {
            shelf.put(order(page), texture(&ctx), u64::from(page));
        }
        assert!(shelf.get(order(1), 10).is_some());
        shelf.put(order(4), texture(&ctx), 12);
        assert!(shelf.get(order(2), 12).is_none());
        assert!(shelf.get(order(1), 12).is_some() && shelf.get(order(4), 12).is_some());
        assert!(shelf.bytes() <= 192);
    }

    #[test]
    fn what_is_wanted_now_stays_whatever_it_takes() {
        let ctx = Context::default();
        let mut shelf = Shelf::new(1);
        shelf.put(order(1), texture(&ctx), 5);
        shelf.put(order(2), texture(&ctx), 5);
        assert!(shelf.get(order(1), 6).is_some() && shelf.get(order(2), 6).is_some());
        shelf.put(order(3), texture(&ctx), 9);
        assert!(shelf.get(order(1), 9).is_none());
    }

    #[test]
    fn the_same_picture_again_is_counted_once() {
        let ctx = Context::default();
        let mut shelf = Shelf::new(1000);
        shelf.put(order(1), texture(&ctx), 1);
        shelf.put(order(1), texture(&ctx), 2);
        assert_eq!(shelf.bytes(), 64);
    }
}
