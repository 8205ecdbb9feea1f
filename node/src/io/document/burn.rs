//! What was drawn in the meeting becomes part of the pages' own drawing. Runs in the worker process only.
//!
//! Each drawing (an SVG the size of the page, `room::ink`) is a form laid over the page: lines stay lines
//! and words stay words. A page on which nothing was drawn is what it was.

use super::copy::Copier;
use super::render::Frame;
use super::vector::Vectors;
use super::wire::{self, LAYER_BYTES, Layer, Opening, PART_BYTES, Refusal, Reply};
use super::worker::{Allowance, open, renew_cpu};
use crate::limits::DOCUMENT_BYTES;
use hayro::hayro_interpret::TransformExt;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::content::ops::TypedInstruction;
use hayro::hayro_syntax::object::{Dict, MaybeRef, ObjRef, Object, Stream};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Affine;
use pdf_writer::{Content, Finish, Name, Rect, Ref, TextStr};
use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Write};
use std::path::Path;

/// Nodes of the page tree above a page at most; their entries are the page's as well.
const ANCESTORS: usize = 50;

/// States that are saved or restored around a page at most: a bound on what a hostile one makes us write.
const MOST_SAVES: u32 = 10_000;

/// Entries of a page that are written anew.
const OWN: [&[u8]; 6] = [b"Parent", b"Contents", b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

/// Lays drawings over the pages of `file`, as they are told, and sends the new PDF.
pub(super) fn burn(
    allowance: Allowance,
    file: &Path,
    requests: &mut impl Read,
    replies: &mut impl Write,
) -> io::Result<()> {
    let opening: Opening = wire::read(requests).ok_or(io::ErrorKind::InvalidInput)?;
    let (pdf, source) = match open(file, &opening.password) {
        Ok(opened) => opened,
        Err(refusal) => return wire::write(replies, &Reply::Refused(refusal)),
    };
    wire::write(replies, &Reply::Opened { pages: pdf.pages().len() as u32, source })?;
    let mut burner = Burner::new(&pdf);
    loop {
        renew_cpu(allowance)?;
        let layer: Layer =
            wire::read_up_to(requests, LAYER_BYTES).ok_or(io::ErrorKind::InvalidInput)?;
        match layer {
            Layer::Over { page, svg } => {
                burner.draw(page, &svg).ok_or(io::ErrorKind::InvalidInput)?;
            }
            Layer::End => break,
        }
    }
    let written = burner.finish();
    if written.len() as u64 > 2 * DOCUMENT_BYTES {
        return wire::write(replies, &Reply::Refused(Refusal::TooLarge(written.len() as u64)));
    }
    for part in written.chunks(PART_BYTES).chain([&[][..]]) {
        wire::write(replies, &Reply::Part(part.to_vec()))?;
    }
    Ok(())
}

/// A PDF with drawings, in the making.
struct Burner<'a> {
    pdf: &'a Pdf,
    out: pdf_writer::Pdf,
    copier: Copier<'a>,
    vectors: Vectors,
    /// The drawings over each page, by its place, the lowest first.
    layers: BTreeMap<usize, Vec<Ref>>,
}

impl<'a> Burner<'a> {
    fn new(pdf: &'a Pdf) -> Self {
        let (out, vectors) = (pdf_writer::Pdf::new(), Vectors::default());
        Self { pdf, out, copier: Copier::new(pdf), vectors, layers: BTreeMap::new() }
    }

    /// Keeps a drawing for page `number`; `None`: there is no such page, or it is no drawing.
    fn draw(&mut self, number: u32, svg: &str) -> Option<()> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        self.pdf.pages().get(place)?;
        let (chunk, drawing, _) = self.vectors.draw(svg.as_bytes()).ok()?;
        let (mut names, copier) = (HashMap::new(), &mut self.copier);
        let chunk = chunk.renumber(|old| *names.entry(old).or_insert_with(|| copier.bump()));
        self.out.extend(&chunk);
        self.layers.entry(place).or_default().push(*names.get(&drawing)?);
        Some(())
    }

    fn finish(mut self) -> Vec<u8> {
        let (catalogue, tree) = (self.copier.bump(), self.copier.bump());
        let pages: Vec<Ref> = self.pdf.pages().iter().map(|_| self.copier.bump()).collect();
        let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
        for (page, new) in self.pdf.pages().iter().zip(&pages) {
            if let Some(old) = page.raw().obj_id() {
                self.copier.replace(old, *new);
            }
        }
        // First the catalogue, so that references to it are known to lead there.
        let root = self.pdf.xref().root_id();
        self.copier.replace(root, catalogue);
        let mut written = self.out.catalog(catalogue);
        if let Some(root) = self.pdf.xref().get::<Dict<'a>>(root) {
            self.copier.entries(&mut written, &root, &[b"Type", b"Pages", b"Version", b"Perms"]);
        }
        written.pages(tree);
        written.finish();
        let layers = std::mem::take(&mut self.layers);
        for (place, (page, new)) in self.pdf.pages().iter().zip(&pages).enumerate() {
            self.page(page, *new, tree, layers.get(&place).map_or(&[], Vec::as_slice));
        }
        self.out.pages(tree).kids(pages).count(count);
        self.copier.rest(&mut self.out);
        self.info();
        self.out.set_version(1, 7);
        self.out.finish()
    }

    fn page(&mut self, page: &Page<'a>, new: Ref, tree: Ref, layers: &[Ref]) {
        let raw = page.raw();
        let contents = contents(page);
        // The page's own drawing is put between these: whatever it does to the coordinates ends with it.
        let (before, after) = (self.copier.bump(), self.copier.bump());
        let mut written = self.out.indirect(new).dict();
        written.pair(Name(b"Parent"), tree);
        self.copier.entries(&mut written, raw, &OWN);
        if !raw.contains_key(b"Type") {
            written.pair(Name(b"Type"), Name(b"Page"));
        }
        let box_ = |r: hayro::hayro_syntax::object::Rect| {
            Rect::new(r.x0 as f32, r.y0 as f32, r.x1 as f32, r.y1 as f32)
        };
        written.pair(Name(b"MediaBox"), box_(page.media_box()));
        if inherited(raw, b"CropBox").is_some() {
            written.pair(Name(b"CropBox"), box_(page.crop_box()));
        }
        if let Some(rotate) = inherited(raw, b"Rotate") {
            self.copier.value(written.insert(Name(b"Rotate")), rotate);
        }
        let resources = inherited(raw, b"Resources");
        if layers.is_empty() {
            match resources {
                Some(resources) => self.copier.value(written.insert(Name(b"Resources")), resources),
                None => written.insert(Name(b"Resources")).dict().finish(),
            }
            if let Some(contents) = raw.get_raw::<Object<'a>>(b"Contents") {
                self.copier.value(written.insert(Name(b"Contents")), contents);
            }
            return;
        }
        let forms = names(page, layers.len());
        let own = raw.get::<Dict<'a>>(b"Resources").or_else(|| inherited_dict(raw, b"Resources"));
        let own = own.unwrap_or_default();
        let mut res = written.insert(Name(b"Resources")).dict();
        self.copier.entries(&mut res, &own, &[b"XObject"]);
        let mut objects = res.insert(Name(b"XObject")).dict();
        if let Some(own) = own.get::<Dict<'a>>(b"XObject") {
            self.copier.entries(&mut objects, &own, &[]);
        }
        for (name, layer) in forms.iter().zip(layers) {
            objects.pair(Name(name.as_bytes()), *layer);
        }
        objects.finish();
        res.finish();
        let mut list = written.insert(Name(b"Contents")).array();
        list.item(before);
        for content in contents {
            self.copier.value(list.push(), MaybeRef::Ref(content));
        }
        list.item(after);
        list.finish();
        written.finish();
        let left = Left::of(page);
        let mut content = Content::new();
        for _ in 0..left.saves {
            content.save_state();
        }
        self.out.stream(before, &content.finish());
        self.out.stream(after, &closing(page, &left, &forms));
    }

    /// What the file says of itself.
    fn info(&mut self) {
        let about = self.pdf.metadata();
        let text = |bytes: &Option<Box<[u8]>>| bytes.as_deref().map(super::structure::words);
        let (title, author) = (text(&about.title), text(&about.author));
        if title.is_none() && author.is_none() {
            return;
        }
        let id = self.copier.bump();
        let mut info = self.out.document_info(id);
        if let Some(title) = title {
            info.title(TextStr(&title));
        }
        if let Some(author) = author {
            info.author(TextStr(&author));
        }
    }
}

/// How a page's own drawing leaves things.
struct Left {
    /// States to save before it: one, and one for each that it restores without having saved it, which
    /// viewers take each in their own way.
    saves: u32,
    /// States to restore after it.
    open: u32,
    /// It ends inside a text object.
    in_text: bool,
}

impl Left {
    fn of(page: &Page<'_>) -> Self {
        let (mut saves, mut open, mut in_text) = (1_u32, 1_u32, false);
        let mut operations = page.typed_operations();
        while let Some(operation) = operations.next() {
            match operation {
                TypedInstruction::SaveState(_) => open = open.saturating_add(1),
                TypedInstruction::RestoreState(_) if open > 1 => open -= 1,
                TypedInstruction::RestoreState(_) => {
                    saves = saves.saturating_add(1).min(MOST_SAVES);
                }
                TypedInstruction::BeginText(_) => in_text = true,
                TypedInstruction::EndText(_) => in_text = false,
                _ => {}
            }
        }
        Self { saves, open: open.min(MOST_SAVES), in_text }
    }
}

/// What comes after a page's own drawing: everything it left open is closed, and the drawings laid over it.
fn closing(page: &Page<'_>, left: &Left, forms: &[String]) -> Vec<u8> {
    let mut content = Content::new();
    if left.in_text {
        content.end_text();
    }
    for _ in 0..left.open {
        content.restore_state();
    }
    for form in forms {
        content
            .save_state()
            .transform(upright(page))
            .x_object(Name(form.as_bytes()))
            .restore_state();
    }
    content.finish().to_vec()
}

/// From a square with sides of 1, as drawings are, to where the page is shown: it may be turned, and its
/// corner may be anywhere.
fn upright(page: &Page<'_>) -> [f32; 6] {
    let (width, height) = Frame::of(page).points();
    let shown = Affine::new([width, 0.0, 0.0, -height, 0.0, height]);
    let placed = page.initial_transform(true).to_kurbo().inverse() * shown;
    placed.as_coeffs().map(|number| number as f32)
}

/// The streams that draw the page.
fn contents(page: &Page<'_>) -> Vec<ObjRef> {
    let raw = page.raw();
    if let (Some(_), Some(one)) = (raw.get::<Stream<'_>>(b"Contents"), raw.get_ref(b"Contents")) {
        return vec![one];
    }
    let several = raw.get::<hayro::hayro_syntax::object::Array<'_>>(b"Contents");
    let items = several.into_iter().flat_map(|array| array.raw_iter().collect::<Vec<_>>());
    items.filter_map(|item| item.as_obj_ref()).collect()
}

/// Names for our forms that the page has not given to anything.
fn names(page: &Page<'_>, count: usize) -> Vec<String> {
    let taken = &page.resources().x_objects;
    let free = (1..).map(|n: u32| format!("Moot{n}")).filter(|name| !taken.contains_key(name));
    free.take(count).collect()
}

/// An entry of the page or of the nearest node above it that has one.
fn inherited<'a>(page: &Dict<'a>, key: &[u8]) -> Option<MaybeRef<Object<'a>>> {
    holder(page, key)?.get_raw::<Object<'a>>(key)
}

fn inherited_dict<'a>(page: &Dict<'a>, key: &[u8]) -> Option<Dict<'a>> {
    holder(page, key)?.get::<Dict<'a>>(key)
}

fn holder<'a>(page: &Dict<'a>, key: &[u8]) -> Option<Dict<'a>> {
    let mut node = page.clone();
    for _ in 0..ANCESTORS {
        if node.contains_key(key) {
            return Some(node);
        }
        node = node.get::<Dict<'a>>(b"Parent")?;
    }
    None
}
