//! A document with what was drawn on it, as one PDF to take away. The parent's side of `burn`.

use super::error::ConvertError;
use super::process::{OpenError, PageError, Process, Worker};
use super::wire::{LAYER_BYTES, Layer, Opening, Refusal, Reply};
use super::worker::{Allowance, Task};
use super::{ConvertLimits, Password};
use crate::limits::DOCUMENT_BYTES;
use crate::room::id::BlobId;
use crate::room::ink::svg::{Mark, drawings};
use crate::room::pages::{PageIndex, PageProblem};
use std::path::Path;

/// Bytes of one drawing, past which another is begun; a mark adds at most 8 MB to it (a line of 4096 points
/// of changing width).
const DRAWING_BYTES: usize = 1024 * 1024;
const _: () = assert!(DRAWING_BYTES * 9 < LAYER_BYTES);

/// The PDF in `file`, which must be that of `index`, with the marks that `on` tells for each page, in the
/// order they are painted. `password` opens a locked file; the result is not locked.
///
/// # Errors
/// [`ConvertError`]: the file can't be opened, the worker died or was too slow.
pub async fn burnt<'m>(
    program: &Path,
    file: &Path,
    index: &PageIndex,
    password: Option<&Password>,
    on: impl Fn(u32) -> Vec<Mark<'m>>,
) -> Result<Vec<u8>, ConvertError> {
    let limits = ConvertLimits::default();
    let cpu_seconds = limits.page_cpu.as_secs();
    let allowance = Allowance { memory: limits.memory, cpu_seconds, file_bytes: 0 };
    let task = Task::Burn(file.to_owned());
    let started = Process::start(program, &task, allowance, limits.page_wall);
    let mut process = started.map_err(ConvertError::Worker)?;
    let word = password.map_or("", Password::reveal).to_owned();
    let locked = !word.is_empty();
    let lost = OpenError::Lost;
    let opening = Opening { password: word, skip: Vec::new() };
    process.send(&opening).await.map_err(lost)?;
    check(&process.reply().await.map_err(lost)?, index.source.blob, locked)?;
    for (number, page) in (1..).zip(&index.pages) {
        for svg in drawings(on(number), page.size, DRAWING_BYTES) {
            process.send(&Layer::Over { page: number, svg }).await.map_err(lost)?;
        }
    }
    process.send(&Layer::End).await.map_err(lost)?;
    let mut pdf = Vec::new();
    loop {
        match process.reply().await.map_err(lost)? {
            Reply::Part(part) if part.is_empty() => return Ok(pdf),
            Reply::Part(part) if pdf.len() as u64 <= 2 * DOCUMENT_BYTES => pdf.extend(part),
            Reply::Refused(refusal) => return Err(OpenError::Refused(refusal).into()),
            _ => return Err(lost(PageProblem::Died).into()),
        }
    }
}

fn check(reply: &Reply, source: BlobId, tried: bool) -> Result<(), ConvertError> {
    match *reply {
        Reply::Opened { source: found, .. } if found == source => Ok(()),
        Reply::Opened { .. } => Err(ConvertError::Changed),
        Reply::Refused(Refusal::Password) => Err(ConvertError::Password { wrong: tried }),
        Reply::Refused(refusal) => Err(OpenError::Refused(refusal).into()),
        _ => Err(OpenError::Lost(PageProblem::Died).into()),
    }
}

/// Draws each page of the PDF in `file` into `folder`: `page-001.webp` and on. The pages that could not be
/// drawn, and why.
///
/// # Errors
/// [`ConvertError`]: the file can't be opened, or the disk refused.
pub async fn pictures(
    program: &Path,
    file: &Path,
    folder: &Path,
) -> Result<Vec<(u32, PageProblem)>, ConvertError> {
    let limits = ConvertLimits::default();
    let cpu_seconds = limits.page_cpu.as_secs();
    let allowance = Allowance { memory: limits.memory, cpu_seconds, file_bytes: 0 };
    let open = || Worker::open(program, file, "", allowance, limits.page_wall);
    let (worker, opened) = open().await?;
    let (mut worker, mut lost) = (Some(worker), Vec::new());
    let digits = opened.pages.to_string().len().max(3);
    for number in 1..=opened.pages {
        let mut hand = match worker.take() {
            Some(hand) => hand,
            None => open().await?.0,
        };
        match hand.page(number).await {
            Ok(drawn) => {
                let path = folder.join(format!("page-{number:0digits$}.webp"));
                tokio::fs::write(path, drawn.webp).await.map_err(ConvertError::Store)?;
                worker = Some(hand);
            }
            Err(PageError::Failed(_, problem)) => {
                lost.push((number, problem));
                worker = Some(hand);
            }
            Err(PageError::Lost(problem)) => {
                lost.push((number, problem));
                if lost.len() >= limits.losses as usize {
                    lost.extend((number + 1..=opened.pages).map(|n| (n, PageProblem::NotTried)));
                    break;
                }
            }
        }
    }
    Ok(lost)
}
