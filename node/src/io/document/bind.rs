//! Pictures become one PDF: a page each, their pixels as they are. Runs in the worker process only.
//!
//! A PDF, so that everything after it is one path: everybody can zoom into the pictures, and
//! download them in a form that every system opens. JPEGs go in as they are, SVGs stay drawings.

use super::kind::{Kind, Picture};
use super::raster::{self, Raster};
use super::vector::Vectors;
use super::wire::{self, Opening, PART_BYTES, Refusal, Reply};
use super::worker::{Allowance, renew_cpu};
use crate::limits::DOCUMENT_BYTES;
use crate::room::pages::{MAX_SIDE_POINTS, PageProblem};
use pdf_writer::{Chunk, Content, Filter, Finish, Name, Pdf, Rect, Ref};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Points a pixel: CSS pixels are 1/96 inch.
const POINTS: f32 = 72.0 / 96.0;

/// Side of the empty page where a picture can't be shown, in points: a slide's.
const EMPTY: (f32, f32) = (960.0, 540.0);

/// Binds `files`, and tells of each and then the PDF.
pub(super) fn bind(
    allowance: Allowance,
    files: &[PathBuf],
    requests: &mut impl Read,
    replies: &mut impl Write,
) -> io::Result<()> {
    let opening: Opening = wire::read(requests).ok_or(io::ErrorKind::InvalidInput)?;
    let mut binder = Binder::new();
    for (number, file) in (1..).zip(files) {
        renew_cpu(allowance)?;
        let page = if opening.skip.contains(&number) {
            Err(PageProblem::Died)
        } else {
            binder.picture(file)
        };
        let problem = page.err();
        if problem.is_some() {
            binder.page(EMPTY, None);
        }
        wire::write(replies, &Reply::Bound { number, problem })?;
    }
    let pdf = binder.finish();
    if pdf.len() as u64 > DOCUMENT_BYTES {
        return wire::write(replies, &Reply::Refused(Refusal::TooLarge(pdf.len() as u64)));
    }
    for part in pdf.chunks(PART_BYTES).chain([&[][..]]) {
        wire::write(replies, &Reply::Part(part.to_vec()))?;
    }
    Ok(())
}

/// A PDF in the making.
struct Binder {
    pdf: Pdf,
    next: Ref,
    catalogue: Ref,
    tree: Ref,
    pages: Vec<Ref>,
    vectors: Vectors,
}

impl Binder {
    fn new() -> Self {
        let mut next = Ref::new(1);
        let (catalogue, tree) = (next.bump(), next.bump());
        let vectors = Vectors::default();
        Self { pdf: Pdf::new(), next, catalogue, tree, pages: Vec::new(), vectors }
    }

    fn picture(&mut self, file: &Path) -> Result<(), PageProblem> {
        let damaged = |_| PageProblem::Died;
        let bytes = std::fs::read(file).map_err(damaged)?;
        match Kind::of(&bytes, &file.to_string_lossy()) {
            Ok(Kind::Picture(Picture::Svg)) => {
                let (chunk, drawing, size) = self.vectors.draw(&bytes)?;
                self.vector(&chunk, drawing, size);
                Ok(())
            }
            Ok(Kind::Picture(kind)) => {
                let raster = raster::read(bytes, kind)?;
                self.raster(&raster);
                Ok(())
            }
            // It was a picture a moment ago.
            _ => Err(PageProblem::Died),
        }
    }

    fn raster(&mut self, raster: &Raster) {
        let id = self.next.bump();
        let mut image = self.pdf.image_xobject(id, &raster.data);
        image.width(raster.width as i32).height(raster.height as i32).bits_per_component(8);
        match raster.colours {
            1 => image.color_space().device_gray(),
            _ => image.color_space().device_rgb(),
        }
        if raster.jpeg {
            image.filter(Filter::DctDecode);
        } else {
            image.filter(Filter::FlateDecode);
            let mut parameters = image.decode_parms();
            // 15: each row says how it was predicted, as in PNG (ISO 32000-1, §7.4.4.4).
            parameters.predictor(pdf_writer::types::Predictor::PngOptimum);
            parameters.colors(raster.colours).columns(raster.width as i32);
            parameters.bits_per_component(8);
        }
        image.finish();
        let (width, height) = raster.upright();
        let size = page_size(width as f32, height as f32);
        let placed = raster.placed(size.0, size.1);
        self.page(size, Some((id, placed)));
    }

    fn vector(&mut self, chunk: &Chunk, drawing: Ref, size: (f32, f32)) {
        let (mut names, next) = (HashMap::new(), &mut self.next);
        let chunk = chunk.renumber(|old| *names.entry(old).or_insert_with(|| next.bump()));
        self.pdf.extend(&chunk);
        let size = page_size(size.0, size.1);
        // The chunk holds the drawing itself, so its name is known by now.
        let drawing = names.get(&drawing).copied();
        self.page(size, drawing.map(|drawing| (drawing, [size.0, 0.0, 0.0, size.1, 0.0, 0.0])));
    }

    /// A page that shows this object, whose own side is 1, or nothing.
    fn page(&mut self, (width, height): (f32, f32), shown: Option<(Ref, [f32; 6])>) {
        const PICTURE: Name<'_> = Name(b"P");
        let (id, content_id) = (self.next.bump(), self.next.bump());
        self.pages.push(id);
        let mut page = self.pdf.page(id);
        page.media_box(Rect::new(0.0, 0.0, width, height)).parent(self.tree).contents(content_id);
        let mut content = Content::new();
        let mut resources = page.resources();
        if let Some((object, placed)) = shown {
            resources.x_objects().pair(PICTURE, object);
            content.save_state().transform(placed).x_object(PICTURE).restore_state();
        }
        resources.finish();
        page.finish();
        self.pdf.stream(content_id, &content.finish());
    }

    fn finish(mut self) -> Vec<u8> {
        self.pdf.catalog(self.catalogue).pages(self.tree);
        let count = self.pages.len() as i32;
        self.pdf.pages(self.tree).kids(self.pages).count(count);
        self.pdf.finish()
    }
}

/// Points of a page for so many pixels.
fn page_size(width: f32, height: f32) -> (f32, f32) {
    let (width, height) = (width * POINTS, height * POINTS);
    let shrink = (MAX_SIDE_POINTS as f32 / width.max(height)).min(1.0);
    ((width * shrink).max(1.0), (height * shrink).max(1.0))
}
