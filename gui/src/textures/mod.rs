//! The real [`Pictures`]: a bounded set of textures, filled from a [`PageSource`] off the UI thread.
//!
//! ```text
//! panel ─ page(7)? ─→ Textures ─ request ─→ PageSource ─→ a worker decodes, and begins to upload
//!   ↑ texture, or nothing yet ←── inbox (bounded) ←───────┘ and asks for a frame
//! ```
//!
//! Whatever a panel asks for in a frame is wanted. Few orders are under way at once, pages before
//! thumbnails, so that a quick scroll through two hundred pages does not stand before the page in
//! view; what a panel no longer asks for is not ordered any more.

mod scripted;
mod shelf;
mod source;

pub use scripted::Scripted;
pub use source::{Missing, Order, PageSource, Part, Reply};

use crate::ink::layer::{InkLayer, InkPicture};
use crate::model::Seconds;
use crate::model::marks::Marks;
use crate::pictures::{Picture, Pictures};
use egui::{Context, Rect, TextureHandle};
use moot_node::room::stanza::PageTurn;
use shelf::Shelf;
use source::Delivery;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Bytes of page textures: three of 1920 × 1080 with their smaller copies, the page in view and its
/// neighbours. Those to leaf back to are kept packed by the node.
const PAGE_BYTES: usize = 36 << 20;

/// Bytes of thumbnails: 200 of 264 × 164.
const THUMBNAIL_BYTES: usize = 36 << 20;

/// Bytes of sharp details: one of a whole 4K display is 44 MB, and stays while it is in view.
const DETAIL_BYTES: usize = 32 << 20;

/// Orders under way at once: pages, thumbnails, details. A page is decoded in 15 to 60 ms.
const UNDER_WAY: [usize; 3] = [2, 4, 1];

/// How long to wait before asking again for what was not here yet, seconds.
const AGAIN: Seconds = 1.0;

/// Textures of pages, thumbnails, details and ink.
pub struct Textures<S> {
    ctx: Context,
    source: S,
    shelves: [Shelf; 3],
    under_way: BTreeSet<Order>,
    missing: BTreeMap<Order, (Seconds, Missing)>,
    inbox: Receiver<Delivery>,
    reply_to: SyncSender<Delivery>,
    ink: InkLayer,
    now: Seconds,
    frame: u64,
}

impl<S: PageSource> Textures<S> {
    /// Filled from this source.
    #[must_use]
    pub fn new(ctx: &Context, source: S) -> Self {
        let (reply_to, inbox) = sync_channel(UNDER_WAY.iter().sum());
        Self {
            ctx: ctx.clone(),
            source,
            shelves: [PAGE_BYTES, THUMBNAIL_BYTES, DETAIL_BYTES].map(Shelf::new),
            under_way: BTreeSet::new(),
            missing: BTreeMap::new(),
            inbox,
            reply_to,
            ink: InkLayer::new(ctx.clone()),
            now: 0.0,
            frame: 0,
        }
    }

    /// A frame begins: takes in what has come. Call it once a frame, before the panels.
    pub fn begin_frame(&mut self, now: Seconds) {
        self.now = now;
        self.frame += 1;
        while let Ok(Delivery { order, outcome }) = self.inbox.try_recv() {
            self.under_way.remove(&order);
            match outcome {
                Ok(texture) => {
                    self.missing.remove(&order);
                    self.shelves[kind(order)].put(order, texture, self.frame);
                }
                Err(why) => {
                    self.missing.insert(order, (now, why));
                }
            }
        }
    }

    /// More of the documents has come: what was missing may be asked for again at once.
    pub fn news(&mut self) {
        self.missing.retain(|_, (_, why)| *why != Missing::NotYet);
    }

    /// Forgets everything: the meeting is left.
    pub fn clear(&mut self) {
        self.shelves = [PAGE_BYTES, THUMBNAIL_BYTES, DETAIL_BYTES].map(Shelf::new);
        self.missing.clear();
        self.ink = InkLayer::new(self.ctx.clone());
    }

    /// Bytes of all textures but the ink's.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shelves.iter().map(Shelf::bytes).sum()
    }

    /// The page's picture is here.
    #[must_use]
    pub fn has(&self, page: PageTurn) -> bool {
        self.shelves[kind(Order::Page(page))].has(Order::Page(page))
    }

    /// Where the pictures come from.
    pub const fn source(&mut self) -> &mut S {
        &mut self.source
    }

    /// Everything that was asked for is here: for tests and measurements.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.under_way.is_empty() && self.ink.is_idle()
    }

    fn get(&mut self, order: Order) -> Option<Picture> {
        if let Some(texture) = self.shelves[kind(order)].get(order, self.frame) {
            return Some(picture(order, texture));
        }
        self.ask(order);
        None
    }

    fn ask(&mut self, order: Order) {
        match self.missing.get(&order) {
            Some((_, Missing::Never(_))) => return,
            Some((since, Missing::NotYet)) if self.now < since + AGAIN => {
                let wait = (since + AGAIN - self.now).max(0.0);
                return self.ctx.request_repaint_after(Duration::from_secs_f64(wait));
            }
            _ => {}
        }
        let alike = self.under_way.iter().filter(|other| kind(**other) == kind(order)).count();
        // Asked for again in the frame that the next delivery brings.
        if alike >= UNDER_WAY[kind(order)] || !self.under_way.insert(order) {
            return;
        }
        let (ctx, to) = (self.ctx.clone(), self.reply_to.clone());
        self.source.request(order, Reply { ctx, order, to, done: false });
    }
}

impl<S: PageSource> Pictures for Textures<S> {
    fn page(&mut self, page: PageTurn) -> Option<Picture> {
        self.get(Order::Page(page))
    }

    fn thumbnail(&mut self, page: PageTurn) -> Option<Picture> {
        self.get(Order::Thumbnail(page))
    }

    fn detail(&mut self, page: PageTurn, part: Rect, pixels: u32) -> Option<Picture> {
        let order = Order::Detail(page, Part::of(part), pixels);
        if let Some(exact) = self.get(order) {
            return Some(exact);
        }
        let kept = self.shelves[kind(order)].by_use();
        let near = kept
            .iter()
            .rev()
            .find(|(other, _)| other.page() == page && other.part().intersect(part).is_positive());
        let (other, _) = *near?;
        self.shelves[kind(other)].get(other, self.frame).map(|texture| picture(other, texture))
    }

    fn ink(
        &mut self,
        page: PageTurn,
        marks: &Marks,
        part: Rect,
        pixels: [u32; 2],
    ) -> Option<InkPicture> {
        self.ink.picture(page, marks, part, pixels)
    }

    fn problem(&self, page: PageTurn) -> Option<String> {
        match self.missing.get(&Order::Page(page)) {
            Some((_, Missing::Never(why))) => Some(why.clone()),
            _ => None,
        }
    }
}

impl<S> std::fmt::Debug for Textures<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Textures").field("under_way", &self.under_way).finish_non_exhaustive()
    }
}

/// Which shelf, and which of [`UNDER_WAY`].
const fn kind(order: Order) -> usize {
    match order {
        Order::Page(_) => 0,
        Order::Thumbnail(_) => 1,
        Order::Detail(..) => 2,
    }
}

fn picture(order: Order, texture: &TextureHandle) -> Picture {
    Picture { texture: texture.id(), pixels: texture.size_vec2(), part: order.part() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;
    use moot_node::room::id::BlobId;

    fn page(number: u32) -> PageTurn {
        PageTurn { document: BlobId([7; 32]), page: number }
    }

    fn textures() -> Textures<Scripted> {
        Textures::new(&Context::default(), Scripted::default())
    }

    #[test]
    fn a_page_comes_a_frame_after_it_was_asked_for() {
        let mut textures = textures();
        textures.begin_frame(0.0);
        assert!(textures.page(page(1)).is_none());
        assert!(textures.page(page(1)).is_none(), "asked for twice, ordered once");
        assert_eq!(textures.source().waiting(), [Order::Page(page(1))]);
        textures.source().deliver_all();
        textures.begin_frame(0.1);
        let picture = textures.page(page(1)).expect("delivered");
        assert_eq!(picture.part, crate::pictures::WHOLE);
        assert!(textures.is_idle());
    }

    #[test]
    fn few_are_under_way_and_pages_do_not_wait_for_thumbnails() {
        let mut textures = textures();
        textures.begin_frame(0.0);
        for number in 1..=50 {
            assert!(textures.thumbnail(page(number)).is_none());
        }
        assert!(textures.page(page(9)).is_none());
        let waiting = textures.source().waiting();
        assert_eq!(waiting.len(), 5, "four thumbnails and the page: {waiting:?}");
    }

    #[test]
    fn what_is_not_here_yet_is_asked_for_again_later_or_on_news() {
        let mut textures = textures();
        textures.begin_frame(0.0);
        assert!(textures.page(page(1)).is_none());
        textures.source().refuse_all(&Missing::NotYet);
        textures.begin_frame(0.1);
        assert!(textures.page(page(1)).is_none() && textures.source().waiting().is_empty());
        textures.news();
        assert!(textures.page(page(1)).is_none());
        assert_eq!(textures.source().waiting().len(), 1);
        textures.source().refuse_all(&Missing::NotYet);
        textures.begin_frame(0.2);
        assert!(textures.page(page(1)).is_none() && textures.source().waiting().is_empty());
        textures.begin_frame(1.3);
        assert!(textures.page(page(1)).is_none());
        assert_eq!(textures.source().waiting().len(), 1);
    }

    #[test]
    fn what_will_never_come_is_said_and_not_asked_for_again() {
        let mut textures = textures();
        textures.begin_frame(0.0);
        assert!(textures.page(page(1)).is_none());
        textures.source().refuse_all(&Missing::Never("damaged".into()));
        textures.begin_frame(9.0);
        assert!(textures.page(page(1)).is_none() && textures.source().waiting().is_empty());
        assert_eq!(textures.problem(page(1)).as_deref(), Some("damaged"));
    }

    #[test]
    fn an_order_that_was_lost_is_not_waited_for_for_ever() {
        let mut textures = textures();
        textures.begin_frame(0.0);
        assert!(textures.page(page(1)).is_none());
        textures.source().lose_all();
        textures.begin_frame(0.1);
        textures.begin_frame(2.0);
        assert!(textures.page(page(1)).is_none());
        assert_eq!(textures.source().waiting().len(), 1);
    }

    #[test]
    fn the_last_detail_stands_in_for_the_next() {
        let mut textures = textures();
        let left = Rect::from_min_max(pos2(0.0, 0.0), pos2(0.5, 0.5));
        let more = Rect::from_min_max(pos2(0.1, 0.1), pos2(0.6, 0.6));
        let far = Rect::from_min_max(pos2(0.8, 0.8), pos2(1.0, 1.0));
        textures.begin_frame(0.0);
        assert!(textures.detail(page(1), left, 800).is_none());
        textures.source().deliver_all();
        textures.begin_frame(0.1);
        assert_eq!(textures.detail(page(1), more, 800).map(|p| p.part), Some(left));
        assert!(textures.detail(page(1), far, 800).is_none());
        assert!(textures.detail(page(2), left, 800).is_none());
    }

    #[test]
    fn two_hundred_thumbnails_and_many_pages_stay_within_bounds() {
        let mut textures = textures();
        for number in 1..=200 {
            for _ in 0..2 {
                textures.begin_frame(f64::from(number));
                let _ = (textures.page(page(number)), textures.thumbnail(page(number)));
                textures.source().deliver_all();
            }
        }
        textures.begin_frame(300.0);
        assert!(textures.bytes() <= PAGE_BYTES + THUMBNAIL_BYTES, "{}", textures.bytes());
    }
}
