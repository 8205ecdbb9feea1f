//! The finished ink of the page in view as one transparent picture, drawn on a thread of its own.
//!
//! The thread keeps its last picture: marks that were only added are painted onto it, and only the
//! box they touched is uploaded. Orders that have not been begun when a newer one comes are
//! dropped: while somebody zooms, the thread draws as often as it can, and no more.

use super::raster::{page_on, paint};
use crate::model::marks::{Ink, MarkKind, Marks};
use crate::pictures::Picture;
use egui::{ColorImage, Context, Rect, TextureHandle, TextureOptions, pos2, vec2};
use moot_node::room::id::EntryRef;
use moot_node::room::stanza::PageTurn;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tiny_skia::Pixmap;

/// Which picture of which page's ink.
#[derive(Clone, Copy, PartialEq, Debug)]
struct View {
    on: PageTurn,
    part: Rect,
    pixels: [u32; 2],
}

/// A picture of finished ink.
#[derive(Clone)]
pub struct InkPicture {
    /// What to paint, and over which part of the page.
    pub picture: Picture,
    /// The lines that are on it; later ones are not.
    pub drawn: Arc<BTreeSet<EntryRef>>,
    /// Of which version of the page's marks it has every line.
    pub version: u64,
}

struct Order {
    view: View,
    version: u64,
    lines: Vec<(EntryRef, Arc<Ink>)>,
}

struct Done {
    view: View,
    version: u64,
    texture: TextureHandle,
    drawn: Arc<BTreeSet<EntryRef>>,
}

#[derive(Default)]
struct Desk {
    order: Option<Order>,
    done: Option<Done>,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    desk: Mutex<Desk>,
    bell: Condvar,
}

/// The window's end of the thread; the thread ends when this is dropped.
pub struct InkLayer {
    ctx: Context,
    shared: Option<Arc<Shared>>,
    asked: Option<(View, u64)>,
}

impl InkLayer {
    /// Nothing is started before the first ink is to be seen.
    #[must_use]
    pub fn new(ctx: Context) -> Self {
        Self { ctx, shared: None, asked: None }
    }

    /// The ink on this part of a page, `pixels` large; the last one while it is being drawn.
    pub fn picture(
        &mut self,
        on: PageTurn,
        marks: &Marks,
        part: Rect,
        pixels: [u32; 2],
    ) -> Option<InkPicture> {
        if self.shared.is_none() && marks.on(on).is_empty() {
            return None;
        }
        let (view, version) = (View { on, part, pixels }, marks.version(on));
        let shared = Arc::clone(self.shared.get_or_insert_with(|| start(&self.ctx)));
        let mut desk = shared.lock();
        if self.asked != Some((view, version)) {
            self.asked = Some((view, version));
            desk.order = Some(Order { view, version, lines: lines(marks, on) });
            shared.bell.notify_one();
        }
        let done = desk.done.as_ref().filter(|done| done.view.on == on)?;
        Some(InkPicture {
            picture: Picture {
                texture: done.texture.id(),
                pixels: done.texture.size_vec2(),
                part: done.view.part,
            },
            drawn: Arc::clone(&done.drawn),
            version: done.version,
        })
    }

    /// The last order is carried out: for tests and measurements.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let Some(shared) = &self.shared else { return true };
        let desk = shared.lock();
        desk.done.as_ref().map(|done| (done.view, done.version)) == self.asked
    }
}

impl Drop for InkLayer {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.lock().closed = true;
            shared.bell.notify_one();
        }
    }
}

impl std::fmt::Debug for InkLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InkLayer").field("asked", &self.asked).finish_non_exhaustive()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        // Nothing is left half done under this lock, and a picture is not worth a panic.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next order; `None` when the window has gone.
    fn next(&self) -> Option<Order> {
        let mut desk = self.lock();
        loop {
            if desk.closed {
                return None;
            }
            if let Some(order) = desk.order.take() {
                return Some(order);
            }
            desk = self.bell.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn lines(marks: &Marks, on: PageTurn) -> Vec<(EntryRef, Arc<Ink>)> {
    let line = |mark: &crate::model::marks::Mark| match &mark.kind {
        MarkKind::Ink(ink) => Some((mark.entry, Arc::clone(ink))),
        MarkKind::Note(_) => None,
    };
    marks.on(on).iter().filter_map(line).collect()
}

fn start(ctx: &Context) -> Arc<Shared> {
    let shared = Arc::new(Shared::default());
    let (theirs, ctx) = (Arc::clone(&shared), ctx.clone());
    let thread = std::thread::Builder::new().name("ink".into());
    if let Err(error) = thread.spawn(move || work(&theirs, &ctx)) {
        // Strokes are then drawn as meshes, as many as fit.
        tracing::warn!(%error, "finished ink is drawn each frame");
    }
    shared
}

fn work(shared: &Shared, ctx: &Context) {
    let mut sheet: Option<Sheet> = None;
    while let Some(order) = shared.next() {
        let done = match sheet.as_mut().filter(|sheet| sheet.grows_into(&order)) {
            Some(sheet) => sheet.grow(&order),
            None => {
                // The old pixels go before the new ones come: there may be 30 MB of each.
                sheet = None;
                let Some(mut fresh) = Sheet::blank(&order) else { continue };
                let done = fresh.fill(ctx, &order);
                sheet = Some(fresh);
                done
            }
        };
        shared.lock().done = Some(done);
        ctx.request_repaint();
    }
}

/// The thread's last picture.
struct Sheet {
    view: View,
    entries: Vec<EntryRef>,
    pixmap: Pixmap,
    texture: Option<TextureHandle>,
}

impl Sheet {
    fn blank(order: &Order) -> Option<Self> {
        let pixmap = Pixmap::new(order.view.pixels[0], order.view.pixels[1])?;
        Some(Self { view: order.view, entries: Vec::new(), pixmap, texture: None })
    }

    /// The order only adds to what is here.
    fn grows_into(&self, order: &Order) -> bool {
        self.view == order.view
            && self.texture.is_some()
            && order.lines.len() >= self.entries.len()
            && self.entries.iter().zip(&order.lines).all(|(have, (want, _))| have == want)
    }

    fn grow(&mut self, order: &Order) -> Done {
        let touched = self.paint(order);
        let left = touched.left().floor().max(0.0) as usize;
        let top = touched.top().floor().max(0.0) as usize;
        let right = (touched.right().ceil() as usize).min(self.pixmap.width() as usize);
        let bottom = (touched.bottom().ceil() as usize).min(self.pixmap.height() as usize);
        if left < right && top < bottom {
            let patch = image(&self.pixmap, [left, top], [right - left, bottom - top]);
            if let Some(texture) = &mut self.texture {
                texture.set_partial([left, top], patch, TextureOptions::LINEAR);
            }
        }
        self.done(order)
    }

    fn fill(&mut self, ctx: &Context, order: &Order) -> Done {
        self.paint(order);
        let size = [self.pixmap.width() as usize, self.pixmap.height() as usize];
        let picture = image(&self.pixmap, [0, 0], size);
        self.texture = Some(ctx.load_texture("ink", picture, TextureOptions::LINEAR));
        self.done(order)
    }

    /// Paints the lines that are not here yet.
    fn paint(&mut self, order: &Order) -> Rect {
        let page = page_on(self.view.part, self.view.pixels);
        let mut touched = Rect::NOTHING;
        for (entry, ink) in &order.lines[self.entries.len()..] {
            let line = paint(&mut self.pixmap, ink, page);
            if line.is_positive() {
                touched = touched.union(line);
            }
            self.entries.push(*entry);
        }
        touched
    }

    fn done(&self, order: &Order) -> Done {
        Done {
            view: order.view,
            version: order.version,
            texture: self.texture.clone().expect("filled before it is shown"),
            drawn: Arc::new(self.entries.iter().copied().collect()),
        }
    }
}

/// A box of the picture as egui takes it: both are premultiplied.
fn image(pixmap: &Pixmap, [left, top]: [usize; 2], [width, height]: [usize; 2]) -> ColorImage {
    let stride = pixmap.width() as usize;
    let rows = (top..top + height).map(|y| y * stride + left);
    let pixels = rows
        .flat_map(|from| &pixmap.pixels()[from..from + width])
        .map(|p| egui::Color32::from_rgba_premultiplied(p.red(), p.green(), p.blue(), p.alpha()))
        .collect();
    ColorImage::new([width, height], pixels)
}

/// Longest side of an ink picture, pixels: 15 MB at 16:9, and again on the graphics card.
const LONGEST: f32 = 2560.0;

/// Which part of the page to draw, and how many pixels of it, for a page that takes `page` pixels
/// of the screen and of which `seen` (fractions) is in view. Rounded up in steps, so that zooming
/// and panning a little needs no new picture.
#[must_use]
pub fn cut(page: egui::Vec2, seen: Rect) -> (Rect, [u32; 2]) {
    let whole = crate::pictures::WHOLE;
    let longest = page.max_elem().max(1.0);
    if longest <= LONGEST {
        // Sizes in half octaves: at most 41 % more than is seen.
        let step = (longest.log2() * 2.0).ceil() / 2.0;
        let scale = step.exp2().min(LONGEST) / longest;
        return (whole, whole_pixels(page * scale));
    }
    // So near that a picture of all the page would be coarse: what is seen, and some air, on a
    // grid of eighths.
    let grid = |v: f32| (v * 8.0).floor() / 8.0;
    let min = pos2(grid(seen.min.x - 0.02), grid(seen.min.y - 0.02));
    let max = pos2(-grid(-seen.max.x - 0.02), -grid(-seen.max.y - 0.02));
    let part = Rect::from_min_max(min, max).intersect(whole);
    if !part.is_positive() {
        return (whole, [1, 1]);
    }
    let want = page * part.size();
    let scale = (LONGEST / want.max_elem().max(1.0)).min(1.0);
    (part, whole_pixels(want * scale))
}

fn whole_pixels(size: egui::Vec2) -> [u32; 2] {
    let size = size.max(vec2(1.0, 1.0));
    [size.x.round() as u32, size.y.round() as u32]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::marks::{Mark, Tool};
    use crate::model::sample::{self, ON};
    use moot_node::room::id::MemberId;
    use std::time::Duration;

    fn line(seq: u64) -> (EntryRef, Arc<Ink>) {
        let y = seq as i32 * 1_000;
        let ink = Ink { width: 200, ..sample::ink(Tool::Line, &[(1_000, y), (9_000, y)]) };
        (EntryRef { author: MemberId([1; 32]), seq }, Arc::new(ink))
    }

    fn order(count: u64) -> Order {
        let view = View { on: ON, part: crate::pictures::WHOLE, pixels: [100, 100] };
        Order { view, version: count, lines: (1..=count).map(line).collect() }
    }

    #[test]
    fn what_is_added_is_painted_onto_the_old_picture() {
        let ctx = Context::default();
        let mut sheet = Sheet::blank(&order(2)).expect("100 by 100");
        let before = sheet.fill(&ctx, &order(2));
        assert!(sheet.grows_into(&order(3)));
        let after = sheet.grow(&order(3));
        assert_eq!(before.texture.id(), after.texture.id());
        assert_eq!(after.drawn.len(), 3);
        let pixel = |y| sheet.pixmap.pixel(50, y).expect("within").alpha();
        assert_eq!([pixel(10), pixel(20), pixel(30), pixel(40)], [255, 255, 255, 0]);
    }

    #[test]
    fn what_is_rubbed_out_needs_a_new_picture() {
        let mut sheet = Sheet::blank(&order(3)).expect("100 by 100");
        sheet.fill(&Context::default(), &order(3));
        assert!(!sheet.grows_into(&order(2)));
        let other = Order { lines: [2, 3, 4].map(line).to_vec(), ..order(3) };
        assert!(!sheet.grows_into(&other));
    }

    #[test]
    fn the_thread_delivers_and_ends() {
        let (done, waits) = std::sync::mpsc::channel();
        let ctx = Context::default();
        ctx.set_request_repaint_callback(move |_| {
            let _ = done.send(());
        });
        let mut layer = InkLayer::new(ctx);
        let mut marks = Marks::default();
        assert!(layer.picture(ON, &marks, crate::pictures::WHOLE, [10, 10]).is_none());
        let (entry, ink) = line(1);
        marks.add(Mark { entry, lamport: entry.seq, kind: MarkKind::Ink(ink) });
        let picture = loop {
            if let Some(picture) = layer.picture(ON, &marks, crate::pictures::WHOLE, [64, 32]) {
                break picture;
            }
            waits.recv_timeout(Duration::from_secs(30)).expect("it asks for a frame when done");
        };
        assert!(picture.drawn.contains(&entry));
        assert_eq!(picture.version, marks.version(ON));
        assert_eq!(picture.picture.pixels, vec2(64.0, 32.0));
        let shared = layer.shared.clone().expect("started");
        drop(layer);
        while Arc::strong_count(&shared) > 1 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_cut_follows_the_zoom() {
        let whole = crate::pictures::WHOLE;
        let (part, pixels) = cut(vec2(868.0, 488.0), whole);
        assert_eq!((part, pixels[0]), (whole, 1024));
        assert_eq!(cut(vec2(900.0, 506.0), whole).1[0], 1024, "a little nearer: the same picture");
        let seen = Rect::from_min_max(pos2(0.40, 0.40), pos2(0.55, 0.60));
        let (part, pixels) = cut(vec2(7000.0, 4000.0), seen);
        assert!(part.contains_rect(seen) && part.width() <= 0.25 + f32::EPSILON, "{part:?}");
        assert!(pixels[0] >= 1700 && pixels[0] <= 2560, "{pixels:?}");
        let away = Rect::from_min_max(pos2(2.0, 2.0), pos2(3.0, 3.0));
        assert_eq!(cut(vec2(7000.0, 4000.0), away).1, [1, 1]);
    }
}
