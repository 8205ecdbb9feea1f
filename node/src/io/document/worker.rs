//! The worker process: opens one file and draws pages of it as asked.
//!
//! Reading a stranger's file may take any amount of memory and time, and hayro has no bounds of its
//! own (a 2.6 MB file took more than 16 GB: measured). So it happens in a process that the system
//! stops, and the parent lives on. Limits: address space, processor time for each page, no files
//! written, no core dumps; lower priority than the meeting's sound.

use super::fence::Fence;
use super::region::{Region, RegionOrder};
use super::render::Renderer;
use super::wire::{self, Opening, Refusal, Reply, Request};
use super::{bind, burn, forms, soffice, speaker, structure};
use crate::limits::{DOCUMENT_BYTES, DOCUMENT_PAGES};
use crate::room::id::BlobId;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The hidden argument that turns the program into a worker.
pub const ARGUMENT: &str = "convert-worker";

/// Stack of the drawing thread, in bytes: deeply nested files recurse deeply.
const STACK: usize = 64 * 1024 * 1024;

/// What a worker may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Allowance {
    /// Bytes of address space.
    pub(super) memory: u64,
    /// Seconds of processor time for opening the file, and for each page.
    pub(super) cpu_seconds: u64,
    /// Bytes of each file it writes; none for those that answer through their pipes.
    pub(super) file_bytes: u64,
}

/// What a worker is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Task {
    /// Draw pages of this PDF.
    Draw(PathBuf),
    /// Make one PDF of these pictures.
    Bind(Vec<PathBuf>),
    /// Lay drawings over the pages of this PDF.
    Burn(PathBuf),
    /// Read the notes below the slides of this deck.
    Notes(PathBuf),
    /// Let this LibreOffice make a PDF of what lies in this folder.
    Office {
        /// The program.
        soffice: PathBuf,
        /// Where it works.
        folder: PathBuf,
    },
}

impl Task {
    /// The arguments that [`main`] understands.
    pub(super) fn arguments(&self, allowance: Allowance) -> Vec<OsString> {
        let Allowance { memory, cpu_seconds, file_bytes } = allowance;
        let numbers = [memory, cpu_seconds, file_bytes].map(|n| n.to_string().into());
        let (word, paths) = match self {
            Self::Draw(file) => ("draw", vec![file.clone()]),
            Self::Bind(files) => ("bind", files.clone()),
            Self::Notes(file) => ("notes", vec![file.clone()]),
            Self::Burn(file) => ("burn", vec![file.clone()]),
            Self::Office { soffice, folder } => ("office", vec![soffice.clone(), folder.clone()]),
        };
        let paths = paths.into_iter().map(PathBuf::into_os_string);
        [ARGUMENT.into()].into_iter().chain(numbers).chain([word.into()]).chain(paths).collect()
    }

    fn parse(mut arguments: impl Iterator<Item = OsString>) -> Option<(Allowance, Self)> {
        let mut number = || arguments.next()?.to_str()?.parse().ok();
        let allowance =
            Allowance { memory: number()?, cpu_seconds: number()?, file_bytes: number()? };
        let word = arguments.next()?;
        let mut paths = arguments.map(PathBuf::from);
        let task = match word.to_str()? {
            "draw" => Self::Draw(paths.next()?),
            "bind" => Self::Bind(paths.collect()),
            "notes" => Self::Notes(paths.next()?),
            "burn" => Self::Burn(paths.next()?),
            "office" => Self::Office { soffice: paths.next()?, folder: paths.next()? },
            _ => return None,
        };
        Some((allowance, task))
    }

    fn fence(&self) -> Fence {
        match self {
            Self::Draw(file) | Self::Burn(file) | Self::Notes(file) => {
                Fence::around(std::slice::from_ref(file))
            }
            Self::Bind(files) => Fence::around(files),
            Self::Office { soffice, folder } => Fence::around_program(soffice, folder),
        }
    }
}

/// Runs the worker and gives the process's exit code; `arguments` are those after [`ARGUMENT`].
/// Called before anything else of the program, so that no thread or file of a meeting exists here.
#[must_use]
pub fn main(arguments: impl Iterator<Item = OsString>) -> u8 {
    let Some((allowance, task)) = Task::parse(arguments) else {
        return 2;
    };
    if system::restrict(allowance).is_err() {
        return 1;
    }
    task.fence().raise();
    if let Task::Office { soffice, folder } = &task {
        return soffice::run(soffice, folder);
    }
    let work = move || {
        let (requests, replies) = (&mut io::stdin().lock(), &mut io::stdout().lock());
        match task {
            Task::Draw(file) => draw(allowance, &file, requests, replies),
            Task::Bind(files) => bind::bind(allowance, &files, requests, replies),
            Task::Notes(file) => speaker::tell(&file, replies),
            Task::Burn(file) => burn::burn(allowance, &file, requests, replies),
            Task::Office { .. } => Ok(()),
        }
    };
    let drawing = std::thread::Builder::new().stack_size(STACK).spawn(work);
    match drawing.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => 0,
        _ => 1,
    }
}

/// Draws one page of a trusted file here and now, for benches: no limits hold. The WebP image;
/// `None` when there is no such page.
#[must_use]
pub fn draw_unlimited(file: Vec<u8>, number: u32) -> Option<Vec<u8>> {
    let pdf = forms::clipped(Pdf::new(file).ok()?);
    match Renderer::new(&pdf).page(number)? {
        Reply::Page(page) => Some(page.webp),
        _ => None,
    }
}

/// What a page cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageCost {
    /// Drawing it at 1920 pixels.
    pub drawn: Duration,
    /// Drawing it, reading its words and packing the picture.
    pub made: Duration,
    /// Bytes of the picture.
    pub bytes: usize,
}

/// Draws the first pages of a trusted file, at most `most`, as a worker does; for benches.
#[must_use]
pub fn costs_unlimited(file: Vec<u8>, most: u32) -> Option<Vec<PageCost>> {
    let pdf = forms::clipped(Pdf::new(file).ok()?);
    // Drawn twice, each with caches of its own.
    let (draws, makes) = (Renderer::new(&pdf), Renderer::new(&pdf));
    let pages = 1..=most.min(u32::try_from(pdf.pages().len()).unwrap_or(most));
    let cost = |number| {
        let began = Instant::now();
        let Reply::Page(page) = makes.page(number)? else { return None };
        let made = began.elapsed();
        let aspect = f64::from(page.width) / f64::from(page.height);
        let whole = RegionOrder::new(number, Region::PAGE, page.width, aspect);
        let began = Instant::now();
        draws.region(whole)?;
        Some(PageCost { drawn: began.elapsed(), made, bytes: page.webp.len() })
    };
    pages.map(cost).collect()
}

fn draw(
    allowance: Allowance,
    file: &Path,
    requests: &mut impl Read,
    replies: &mut impl io::Write,
) -> io::Result<()> {
    let opening: Opening = wire::read(requests).ok_or(io::ErrorKind::InvalidInput)?;
    let (pdf, source) = match open(file, &opening.password) {
        Ok(opened) => opened,
        Err(refusal) => return wire::write(replies, &Reply::Refused(refusal)),
    };
    let pages = pdf.pages().len() as u32;
    wire::write(replies, &Reply::Opened { pages, source })?;
    let renderer = Renderer::new(&pdf);
    while let Some(request) = wire::read(requests) {
        renew_cpu(allowance)?;
        let reply = match request {
            Request::Page(number) => renderer.page(number),
            Request::Region(order) => renderer.region(order),
            Request::Structure => Some(Reply::Structure(structure::of(&pdf).encode())),
        };
        let reply = reply.ok_or(io::ErrorKind::InvalidInput)?;
        wire::write(replies, &reply)?;
    }
    Ok(())
}

/// Grants another page's processor time, counted from now.
pub(super) fn renew_cpu(allowance: Allowance) -> io::Result<()> {
    system::renew_cpu(allowance)
}

/// Opens a file, and says which bytes it is.
pub(super) fn open(file: &Path, password: &str) -> Result<(Pdf, BlobId), Refusal> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(DOCUMENT_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|_| Refusal::Unreadable)?;
    let source = BlobId::of(&bytes);
    let pdf = Pdf::new_with_password(bytes, password).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Refusal::Password,
        LoadPdfError::Decryption(_) => Refusal::Encryption,
        LoadPdfError::Invalid => Refusal::Damaged,
    })?;
    let pdf = if password.is_empty() { forms::clipped(pdf) } else { pdf };
    match pdf.pages().len() {
        0 => Err(Refusal::Empty),
        many if many > DOCUMENT_PAGES as usize => {
            Err(Refusal::TooManyPages(u32::try_from(many).unwrap_or(u32::MAX)))
        }
        _ => Ok((pdf, source)),
    }
}

#[cfg(unix)]
mod system {
    use super::Allowance;
    use rlimit::{INFINITY, Resource, setrlimit};
    use rustix::process::nice;
    use rustix::time::{ClockId, clock_gettime};
    use std::io;

    /// Politeness towards the meeting's own threads, in `nice` steps of 19.
    const NICE: i32 = 10;

    pub(super) fn restrict(allowance: Allowance) -> io::Result<()> {
        // macOS refuses a limit of address space. That is no reason not to convert there: the
        // parent's deadlines hold anyway.
        let set = |resource: Resource, value| match setrlimit(resource, value, value) {
            Err(error) if cfg!(target_os = "linux") => Err(error),
            _ => Ok(()),
        };
        set(Resource::AS, allowance.memory)?;
        set(Resource::CORE, 0)?;
        set(Resource::FSIZE, allowance.file_bytes)?;
        // Being polite is not worth failing for.
        let _ = nice(NICE);
        renew_cpu(allowance)
    }

    /// Grants another page's processor time, counted from now. The system sends SIGXCPU at the end.
    pub(super) fn renew_cpu(allowance: Allowance) -> io::Result<()> {
        let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
        let until = u64::try_from(used).unwrap_or(0) + allowance.cpu_seconds;
        setrlimit(Resource::CPU, until, INFINITY)
    }
}

#[cfg(not(unix))]
mod system {
    use super::Allowance;
    use std::io;

    // Windows needs a job object for this; until then only the parent's deadlines hold there.
    pub(super) fn restrict(_: Allowance) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn renew_cpu(_: Allowance) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_round_trip() {
        let allowance = Allowance { memory: 1 << 30, cpu_seconds: 20, file_bytes: 0 };
        let folder = PathBuf::from("a b");
        for task in [
            Task::Draw("a b.pdf".into()),
            Task::Bind(vec!["a.png".into(), "b.png".into()]),
            Task::Burn("a b.pdf".into()),
            Task::Notes("a b.pptx".into()),
            Task::Office { soffice: "/usr/bin/soffice".into(), folder },
        ] {
            let arguments = task.arguments(allowance);
            assert_eq!(arguments[0], ARGUMENT);
            let parsed = Task::parse(arguments.into_iter().skip(1));
            assert_eq!(parsed, Some((allowance, task)));
        }
        assert_eq!(Task::parse(["x".into()].into_iter()), None);
    }
}
