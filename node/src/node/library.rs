//! Documents and sounds as blobs: converted, offered, fetched by what is on show, decoded ahead.

mod conversion;
mod drafts;
mod holders;
mod order;
mod shelf;
mod sounds;
mod watches;
mod wishes;

use super::missed::Sounds;
use super::pages::{PageWanted, Pages};
use crate::io::blobs::Blobs;
use crate::io::document::{ConvertError, Converted, Converter, Original, Progress};
use crate::io::exchange::{Exchange, ExchangeEvent};
use crate::io::mesh::Stream;
use crate::io::recording::Announced;
use crate::room::fetch::Priority;
use crate::room::id::{BlobId, MemberId};
use crate::room::pages::{PageIndex, Picture};
use crate::room::stanza::PageTurn;
use crate::room::sync::Holds;
use crate::room::time::LocalTime;
use conversion::StoreSink;
use shelf::{Have, Shelf};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use watches::Watches;

/// How many pages behind the one on show are decoded ahead: half a minute of a fast talk. Each is
/// decoded once and then kept packed.
const AHEAD: u32 = 10;

/// Events that wait for the loop; whoever makes them waits.
const EVENTS: usize = 256;

/// Errands that wait: page turns of a minute, three a turn.
const ERRANDS: usize = 256;

/// How often the exchange is told that sound flows.
const SOUND_TOLD: Duration = Duration::from_secs(1);

/// How often people are told that the disk keeps nothing: it is tried again every 10 s.
const REMIND: Duration = Duration::from_secs(60);

/// What the library has to tell.
#[derive(Debug)]
pub(super) enum LibraryEvent {
    /// The exchange.
    Exchange(ExchangeEvent),
    /// A page index is on this machine and makes sense, or doesn't; and what else of its document is
    /// here from an earlier run.
    Index(BlobId, Option<(PageIndex, Have)>),
    /// This picture is decoded, or can't be.
    Decoded(BlobId),
    /// Pages done of a file.
    Converting(String, Progress),
    /// Some pages of a file are drawn.
    Growing(Original, Then, Converted),
    /// A file is converted, or could not be.
    Converted(Original, Then, Result<Converted, ConvertError>),
    /// This draft is not gone on with, and what stands in its place.
    Ended(BlobId, Converted),
    /// The file that became this document was saved again.
    Saved(BlobId, Original),
    /// People leaf to these pages, or scroll past them, and they are not here.
    Leafed(Vec<PageWanted>),
    /// A second of sound that was missed live; `None`: the disk does not give it back.
    Sound(Announced, Option<Vec<u8>>),
}

/// What becomes of a file once it is converted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Then {
    /// It is there.
    Keep,
    /// It is shown.
    Show,
    /// It takes the place of this document.
    Replace(BlobId),
}

/// What is done one after the other, apart from the loop.
#[derive(Debug)]
enum Errand {
    /// Fetch, or offer, these blobs.
    Want(Vec<(BlobId, Option<u64>)>, Priority),
    /// Keep these bytes and offer them.
    Keep(Vec<u8>),
    /// This blob came as a whole.
    Deliver(Vec<u8>),
    /// Tell of this second of sound if it is on this machine; else fetch it.
    Sound(Announced),
}

/// The documents of one meeting.
pub(super) struct Library {
    blobs: Blobs,
    exchange: Exchange,
    pages: Pages,
    converter: Arc<Converter<StoreSink>>,
    shelves: BTreeMap<BlobId, Shelf>,
    shown: Option<PageTurn>,
    held_back: Option<order::HeldBack>,
    /// Pages that people look at and that are not here, and their pictures.
    wished: Vec<PageWanted>,
    leafed: BTreeMap<BlobId, Priority>,
    /// What other members hold of documents, as told last.
    holders: BTreeMap<(MemberId, BlobId), Holds>,
    sounds: Sounds,
    sound_told: LocalTime,
    refusal_told: Option<LocalTime>,
    watches: Watches,
    drafts: drafts::Drafts,
    errands: mpsc::Sender<Errand>,
    outlet: mpsc::Sender<LibraryEvent>,
    /// Ends the conversions that are under way.
    stop: CancellationToken,
}

impl Library {
    /// Over the blobs that all meetings share.
    pub(super) fn open(
        me: MemberId,
        pages: Pages,
        memory: PathBuf,
        worker: PathBuf,
    ) -> Result<(Self, mpsc::Receiver<LibraryEvent>), String> {
        let blobs = pages.blobs().clone();
        let seed = getrandom::u64().map_err(|error| error.to_string())?;
        let (exchange, mut arrivals) = Exchange::start(me, seed, blobs.clone());
        let (outlet, events) = mpsc::channel(EVENTS);
        let forward = outlet.clone();
        tokio::spawn(async move {
            while let Some(event) = arrivals.recv().await {
                if forward.send(LibraryEvent::Exchange(event)).await.is_err() {
                    break;
                }
            }
        });
        let (errands, errand_inbox) = mpsc::channel(ERRANDS);
        tokio::spawn(run_errands(exchange.clone(), blobs.clone(), errand_inbox, outlet.clone()));
        tokio::spawn(wishes::forward(pages.wishes(), outlet.clone()));
        let converter = Converter::new(worker, memory, StoreSink(blobs.clone()));
        let library = Self {
            blobs,
            exchange,
            pages,
            converter: Arc::new(converter),
            shelves: BTreeMap::new(),
            shown: None,
            held_back: None,
            wished: Vec::new(),
            leafed: BTreeMap::new(),
            holders: BTreeMap::new(),
            sounds: Sounds::default(),
            sound_told: LocalTime::START,
            refusal_told: None,
            watches: Watches::default(),
            drafts: drafts::Drafts::default(),
            errands,
            outlet,
            stop: CancellationToken::new(),
        };
        Ok((library, events))
    }

    /// The exchange, for whoever opens streams.
    pub(super) fn exchange(&self) -> Exchange {
        self.exchange.clone()
    }

    /// A document was announced: get its index, and then the rest.
    pub(super) fn announced(&mut self, document: BlobId, bytes: u64) {
        if self.shelves.contains_key(&document) {
            return;
        }
        let shelf = Shelf { total: bytes, index: None, have: BTreeMap::new() };
        self.shelves.insert(document, shelf);
        // An index is small, and nothing can be shown without it.
        self.want(vec![(document, None)], Priority::Show);
    }

    /// Puts the page on show first in everything. True when its picture is decoded (or will never
    /// be); else [`LibraryEvent::Decoded`] follows once it has come.
    pub(super) fn show(&mut self, on: PageTurn) -> bool {
        let turned = self.shown.replace(on) != Some(on);
        if turned && !self.is_whole(on.document) {
            self.want_around(on.document, on.page);
        }
        let Some(index) = self.index(on.document) else { return false };
        if index.page(on.page).is_some_and(|page| page.picture.is_pending()) {
            return false;
        }
        let picture = picture(index, on.page);
        if let Some(picture) = picture.filter(|blob| self.pages.cache().peek(*blob).is_none()) {
            self.decode(picture);
            return false;
        }
        if picture.is_some() {
            self.decode_ahead(on);
        }
        self.release();
        true
    }

    /// Whether this blob is the picture of the page on show.
    pub(super) fn is_on_show(&self, blob: BlobId) -> bool {
        self.shown.and_then(|on| picture(self.index(on.document)?, on.page)) == Some(blob)
    }

    /// Whether the document's index is still to come.
    pub(super) fn awaits_index(&self, document: BlobId) -> bool {
        self.shelves.get(&document).is_some_and(|shelf| shelf.index.is_none())
    }

    /// Decodes the pages around the one on show, so that turning to them takes no time, and packs the
    /// one on show, so that coming back to it takes little. What is not here yet is left out.
    pub(super) fn decode_ahead(&self, on: PageTurn) {
        let Some(index) = self.index(on.document) else { return };
        let after = |ahead| on.page.checked_add(ahead);
        let near = [Some(on.page), after(1), after(2), on.page.checked_sub(1)].into_iter();
        let near = near.chain((3..=AHEAD).map(after)).flatten();
        self.pages.cache().prefetch(near.filter_map(|page| picture(index, page)));
    }

    /// Decodes a picture that is on this machine.
    pub(super) fn decode(&self, blob: BlobId) {
        let (cache, outlet) = (self.pages.cache().clone(), self.outlet.clone());
        tokio::spawn(async move {
            // Not here yet: told again when it has come.
            if cache.get(blob).await.is_ok() {
                let _ = outlet.send(LibraryEvent::Decoded(blob)).await;
            }
        });
    }

    /// A member opened a stream for blobs.
    pub(super) fn serve(&self, member: MemberId, stream: Stream) {
        let exchange = self.exchange.clone();
        tokio::spawn(async move { exchange.peer_connected(member, stream).await });
    }

    /// A frame of sound went or came: documents are not to be in the way of the next ones.
    pub(super) fn sound_flows(&mut self, now: LocalTime) {
        if now.since(self.sound_told) >= SOUND_TOLD {
            self.sound_told = now;
            self.exchange.sound();
        }
    }

    /// The disk kept nothing: whether it is time to tell people so.
    pub(super) fn is_refusal_news(&mut self, now: LocalTime) -> bool {
        let news = self.refusal_told.is_none_or(|told| now.since(told) >= REMIND);
        if news {
            self.refusal_told = Some(now);
        }
        news
    }

    /// A member is gone.
    pub(super) async fn gone(&self, member: MemberId) {
        let _ = self.exchange.peer_gone(member).await;
    }

    /// Ends conversions and streams.
    pub(super) async fn shutdown(&self) {
        self.stop.cancel();
        self.exchange.stop().await;
    }

    /// Whether all of a document is here: then nothing is left to be asked for sooner.
    fn is_whole(&self, document: BlobId) -> bool {
        self.shelves.get(&document).is_some_and(Shelf::is_whole)
    }

    fn index(&self, document: BlobId) -> Option<&PageIndex> {
        self.shelves.get(&document)?.index.as_ref()
    }

    fn want(&self, blobs: Vec<(BlobId, Option<u64>)>, priority: Priority) {
        self.errand(Errand::Want(blobs, priority));
    }

    fn errand(&self, errand: Errand) {
        if self.errands.try_send(errand).is_err() {
            tracing::warn!("the disk does not keep up: something is not fetched or offered yet");
        }
    }
}

/// Looks at the disk for what is wanted, and writes what is kept, in order.
async fn run_errands(
    exchange: Exchange,
    blobs: Blobs,
    mut errands: mpsc::Receiver<Errand>,
    outlet: mpsc::Sender<LibraryEvent>,
) {
    while let Some(errand) = errands.recv().await {
        let (wanted, priority) = match errand {
            Errand::Want(wanted, priority) => (wanted, priority),
            Errand::Keep(bytes) => match blobs.put(bytes).await {
                Ok(blob) => (vec![(blob, None)], Priority::Rest),
                Err(error) => {
                    let event = LibraryEvent::Exchange(ExchangeEvent::Storage(error));
                    let _ = outlet.send(event).await;
                    continue;
                }
            },
            Errand::Deliver(bytes) => {
                if let Err(error) = exchange.deliver(bytes).await {
                    let event = LibraryEvent::Exchange(ExchangeEvent::Storage(error));
                    let _ = outlet.send(event).await;
                }
                continue;
            }
            Errand::Sound(sound) => match blobs.get(sound.2.blob).await {
                Ok(Some(bytes)) => {
                    let _ = outlet.send(LibraryEvent::Sound(sound, Some(bytes))).await;
                    continue;
                }
                // Not here, or damaged here: it comes from others.
                Ok(None) | Err(_) => (vec![(sound.2.blob, None)], Priority::Rest),
            },
        };
        if let Err(error) = exchange.want(wanted, priority).await {
            tracing::warn!(%error, "blobs can't be fetched");
        }
    }
}

/// The picture of a page; `None` when the page could not be rendered, or is not there.
pub(super) fn picture(index: &PageIndex, page: u32) -> Option<BlobId> {
    match index.page(page)?.picture {
        Picture::Image { file, .. } => Some(file.blob),
        Picture::Missing(_) => None,
    }
}

/// Reads a blob for the page cache, on a thread that may block.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}
