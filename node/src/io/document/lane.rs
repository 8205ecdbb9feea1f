//! Drawing one document's pages by several workers, each losing at most the page it dies of.

use super::prepare::Sheet;
use super::process::{PageError, Worker};
use super::wire::DrawnPage;
use super::{BlobSink, ConvertError, Converter, Progress, Warning};
use crate::io::pages::DecodedPage;
use crate::limits::DOCUMENT_PAGES;
use crate::room::pages::{BlobRef, Page, PageProblem, PageSize, Picture};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// A4 in points: the frame of a page that nobody could look at.
const A4: (f64, f64) = (595.28, 841.89);

/// One document in work, shared by its lanes.
pub(super) struct Job<'a, S> {
    converter: &'a Converter<S>,
    sheet: &'a Sheet,
    count: u32,
    progress: &'a mpsc::Sender<Progress>,
    state: Mutex<State>,
    done: watch::Sender<u32>,
}

/// What came out, one element a page.
pub(super) struct Drawn {
    pub(super) pages: Vec<Page>,
    pub(super) texts: Vec<String>,
    pub(super) warnings: Vec<Warning>,
}

struct State {
    next: u32,
    done: u32,
    losses: u32,
    pages: Vec<Option<(Page, String)>>,
    fonts: BTreeSet<String>,
}

impl<'a, S: BlobSink> Job<'a, S> {
    pub(super) fn new(
        converter: &'a Converter<S>,
        sheet: &'a Sheet,
        count: u32,
        progress: &'a mpsc::Sender<Progress>,
    ) -> Self {
        // The worker refuses more pages; its word alone must not size our memory.
        let count = count.min(DOCUMENT_PAGES);
        let pages = (0..count).map(|_| None).collect();
        let state = State { next: 1, done: 0, losses: 0, pages, fonts: BTreeSet::new() };
        let (state, done) = (Mutex::new(state), watch::Sender::default());
        let job = Self { converter, sheet, count, progress, state, done };
        for (number, (problem, _)) in &sheet.lost {
            job.end(*number, missing(*problem), String::new());
        }
        job
    }

    /// Draws pages until none is left to begin. Several of these run at once.
    pub(super) async fn draw(&self, mut worker: Option<Worker>) -> Result<(), ConvertError> {
        while let Some(number) = self.begin() {
            let mut hand = match worker.take() {
                Some(hand) => hand,
                // It opened once, so failing now is this moment's trouble: count it as a loss.
                None => match self.converter.open(self.sheet).await {
                    Ok((hand, _)) => hand,
                    Err(error @ ConvertError::Worker(_)) => return Err(error),
                    Err(_) => {
                        self.lose(number, PageProblem::Died);
                        continue;
                    }
                },
            };
            match hand.page(number).await {
                Ok(drawn) => {
                    self.keep(drawn).await?;
                    worker = Some(hand);
                }
                Err(PageError::Failed(size, problem)) => {
                    self.end(
                        number,
                        Page { size, picture: Picture::Missing(problem) },
                        String::new(),
                    );
                    worker = Some(hand);
                }
                Err(PageError::Lost(problem)) => self.lose(number, problem),
            }
        }
        Ok(())
    }

    /// What came out. Pages that nobody began are missing.
    pub(super) fn finish(self) -> Drawn {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut warnings = Vec::new();
        let (mut pages, mut texts) = (Vec::new(), Vec::new());
        for (number, page) in (1..).zip(state.pages) {
            let (page, text) =
                page.unwrap_or_else(|| (missing(PageProblem::NotTried), String::new()));
            if let Picture::Missing(problem) = page.picture {
                warnings.push(match self.sheet.lost.get(&number) {
                    Some((_, file)) => Warning::Picture { file: file.clone(), problem },
                    None => Warning::Page { number, problem },
                });
            }
            pages.push(page);
            texts.push(text);
        }
        warnings.extend(state.fonts.into_iter().map(|font| Warning::Font { font }));
        Drawn { pages, texts, warnings }
    }

    /// The number of pages that are done, as it changes.
    pub(super) fn watch(&self) -> watch::Receiver<u32> {
        self.done.subscribe()
    }

    /// The number of pages in all.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// How long all of it is waited for before people are told of a draft.
    pub(super) fn patience(&self) -> Duration {
        self.converter.limits.patience
    }

    /// Where pages go.
    pub(super) fn sink(&self) -> &S {
        &self.converter.sink
    }

    /// The pages as they are now, and how many of them are done.
    pub(super) fn draft(&self) -> (Vec<Page>, u32) {
        let state = self.lock();
        // What comes looks like the first, as pages of one document mostly do.
        let size = state.pages.iter().flatten().map(|(page, _)| page.size).next();
        let coming = missing(PageProblem::Pending);
        let coming = Page { size: size.unwrap_or(coming.size), ..coming };
        let page = |page: &Option<(Page, String)>| {
            page.as_ref().map_or_else(|| coming.clone(), |(page, _)| page.clone())
        };
        (state.pages.iter().map(page).collect(), state.done)
    }

    fn begin(&self) -> Option<u32> {
        let mut state = self.lock();
        while self.sheet.lost.contains_key(&state.next) {
            state.next += 1;
        }
        if state.next > self.count || state.losses >= self.converter.limits.losses {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    async fn keep(&self, drawn: DrawnPage) -> Result<(), ConvertError> {
        let DrawnPage { number, size, width, height, webp, text, missing_fonts } = drawn;
        // What every member will check before showing it, checked before it is offered.
        if DecodedPage::size_of(&webp) != Ok((width, height)) {
            self.lose(number, PageProblem::Died);
            return Ok(());
        }
        let file = BlobRef::of(&webp);
        self.converter.sink.put(webp).await.map_err(ConvertError::Store)?;
        self.lock().fonts.extend(missing_fonts);
        self.end(number, Page { size, picture: Picture::Image { file, width, height } }, text);
        Ok(())
    }

    fn lose(&self, number: u32, problem: PageProblem) {
        self.lock().losses += 1;
        self.end(number, missing(problem), String::new());
    }

    fn end(&self, number: u32, page: Page, text: String) {
        let mut state = self.lock();
        if let Some(place) = state.pages.get_mut(number as usize - 1) {
            *place = Some((page, text));
        }
        state.done += 1;
        let _ = self.progress.try_send(Progress { done: state.done, pages: self.count });
        self.done.send_replace(state.done);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(problem: PageProblem) -> Page {
    Page { size: PageSize::from_points(A4.0, A4.1), picture: Picture::Missing(problem) }
}
