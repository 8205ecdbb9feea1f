//! Pages of the node's documents, for [`Textures`](crate::textures::Textures).

use crate::textures::{Missing, Order, PageSource, Part, Reply};
use moot_node::node::pages::{
    MissingReason, PageImage, PageNews, PageSize, PageWanted, Pages, Region, SharpWanted,
};
use moot_node::room::stanza::PageTurn;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Progress of a page that is being fetched: bytes here, and all.
type Progress = Option<(PageTurn, u64, u64)>;

/// The documents of the meeting this window is in, or of the recording it plays.
#[derive(Default)]
pub struct NodePages {
    pages: Option<Pages>,
    waiting: Arc<Mutex<Waiting>>,
}

/// Who waits for which picture.
#[derive(Default)]
struct Waiting {
    replies: BTreeMap<Order, Reply>,
    progress: Progress,
}

impl NodePages {
    /// From now on, from here.
    pub fn show(&mut self, pages: Pages) {
        let waiting = Arc::clone(&self.waiting);
        pages.listen(move |news| take(&waiting, news));
        self.pages = Some(pages);
    }

    /// Nothing any more.
    pub fn close(&mut self) {
        self.pages = None;
        *lock(&self.waiting) = Waiting::default();
    }

    /// The documents.
    #[must_use]
    pub fn pages(&self) -> Option<&Pages> {
        self.pages.as_ref()
    }

    /// The page that is being fetched, and how much of it is here.
    #[must_use]
    pub fn progress(&self) -> Progress {
        lock(&self.waiting).progress
    }
}

impl PageSource for NodePages {
    fn request(&mut self, order: Order, reply: Reply) {
        // Dropping the reply says "not yet".
        let Some(pages) = &self.pages else { return };
        // Kept before it is asked for: the answer may come at once, from another thread. One that
        // was kept before is dropped outside of the lock, since it then speaks to the window.
        let before = lock(&self.waiting).replies.insert(order, reply);
        drop(before);
        let PageTurn { document, page } = order.page();
        let want = |size| PageWanted { document, page, size };
        match order {
            Order::Page(_) => pages.request(want(PageSize::Full)),
            Order::Thumbnail(_) => pages.request(want(PageSize::Thumbnail)),
            Order::Detail(_, part, pixels_wide) => {
                let Part { left, top, width, height } = part;
                let region = Region { left, top, width, height };
                pages.render(Some(SharpWanted { document, page, region, pixels_wide }));
            }
        }
    }
}

/// An answer, on a thread of the documents'.
fn take(waiting: &Mutex<Waiting>, news: PageNews) {
    match news {
        PageNews::Arrived { wanted, image } => answer(waiting, order(wanted), &image),
        PageNews::Missing { wanted, reason } => {
            let reply = lock(waiting).replies.remove(&order(wanted));
            if let Some(reply) = reply {
                reply.missing(match reason {
                    MissingReason::NotHere => Missing::NotYet,
                    never => Missing::Never(never.to_string()),
                });
            }
        }
        PageNews::Progress { wanted, have, total } => {
            let on = PageTurn { document: wanted.document, page: wanted.page };
            if wanted.size == PageSize::Full {
                lock(waiting).progress = (have < total).then_some((on, have, total));
            }
        }
        PageNews::Sharp { wanted, image } => {
            let on = PageTurn { document: wanted.document, page: wanted.page };
            // It may have been brought into the page: whoever waits for a part of this page has it.
            let asked = lock(waiting).detail_of(on);
            if let Some(asked) = asked {
                answer(waiting, asked, &image);
            }
        }
        PageNews::SharpMissing { wanted, reason } => {
            let on = PageTurn { document: wanted.document, page: wanted.page };
            let reply = {
                let mut waiting = lock(waiting);
                waiting.detail_of(on).and_then(|order| waiting.replies.remove(&order))
            };
            if let Some(reply) = reply {
                reply.missing(Missing::Never(reason.to_string()));
            }
        }
    }
}

impl Waiting {
    fn detail_of(&self, on: PageTurn) -> Option<Order> {
        let mut details = self.replies.keys().filter(|order| matches!(order, Order::Detail(..)));
        details.find(|order| order.page() == on).copied()
    }
}

fn answer(waiting: &Mutex<Waiting>, order: Order, image: &PageImage) {
    // Uploading begins in here and takes milliseconds: not under the lock.
    let reply = {
        let mut waiting = lock(waiting);
        if waiting.progress.is_some_and(|(on, ..)| on == order.page()) {
            waiting.progress = None;
        }
        waiting.replies.remove(&order)
    };
    if let Some(reply) = reply {
        reply.deliver(image.width, image.height, &image.rgb);
    }
}

const fn order(wanted: PageWanted) -> Order {
    let on = PageTurn { document: wanted.document, page: wanted.page };
    match wanted.size {
        PageSize::Full => Order::Page(on),
        PageSize::Thumbnail => Order::Thumbnail(on),
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
