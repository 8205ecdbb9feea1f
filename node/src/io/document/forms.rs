//! Shadings in forms, made cheap. Runs in the worker process only.
//!
//! A form is clipped by its box (ISO 32000-1, §8.10.1), and `sh` paints all that the clip lets through
//! (§8.7.4.2). hayro 0.9 clips what it paints by the form's box, but forgets the box when it reckons
//! how much a shading has to be painted: each `sh` of a form is then sampled over the whole page. LaTeX
//! writes every shading as a form, and a slide of beamer has twenty: 1.2 s for a page that is drawn in
//! 40 ms otherwise. A clip that the form's own content says is heeded. So each small form with
//! shadings is said again with such a clip before its content, which changes nothing of what it
//! means: appended to the file in memory as an incremental update (§7.5.6).

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::dict::keys::{BBOX, F, RESOURCES, SHADING, SUBTYPE};
use hayro::hayro_syntax::object::{Dict, Name, ObjectIdentifier, Stream};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Packed bytes of a form that is said again. LaTeX's have 60; longer ones draw more than shadings.
const PACKED: usize = 4096;

/// Bytes of all forms said again, unpacked. A form of [`PACKED`] bytes may unpack to 4 MB, so this
/// bounds the time that a hostile file gets out of us.
const UNPACKED: usize = 16 * 1024 * 1024;

/// Forms looked at: a book of 1000 pages with 20 on each.
const FORMS: usize = 20_000;

/// How far before `/Form` its object may begin: its dictionary is some 200 bytes.
const REACH: usize = 4096;

/// The same file, each small form with shadings clipped by its own words. As it was when it has none, or
/// is encrypted (what is appended would have to be, too), or does not open that way.
pub(super) fn clipped(pdf: Pdf) -> Pdf {
    let Some(file) = updated(&pdf) else { return pdf };
    match Pdf::new(file) {
        Ok(better) if better.pages().len() == pdf.pages().len() => better,
        _ => pdf,
    }
}

/// The file with an update at its end; `None` when there is nothing to say.
fn updated(pdf: &Pdf) -> Option<Vec<u8>> {
    let file: &[u8] = pdf.data().as_ref();
    let mut forms = forms(pdf, file);
    if forms.is_empty() || places(file, b"/Encrypt").next().is_some() {
        return None;
    }
    let before = last_table(file)?;
    let mut bytes = Vec::with_capacity(file.len() + forms.len() * 512);
    bytes.extend_from_slice(file);
    let mut table = String::from("xref\n");
    forms.sort_by_key(|(id, _)| id.obj_number);
    for (id, content) in &forms {
        bytes.push(b'\n');
        let (number, generation) = (id.obj_number, id.gen_number);
        let _ = write!(table, "{number} 1\n{:010} {generation:05} n \n", bytes.len());
        bytes.extend_from_slice(format!("{number} {generation} obj\n").as_bytes());
        bytes.extend_from_slice(content);
        bytes.extend_from_slice(b"\nendobj\n");
    }
    let root = pdf.xref().root_id();
    let size = forms.last().map_or(1, |(id, _)| u64::from(id.obj_number) + 1);
    let place = bytes.len();
    let _ = write!(
        table,
        "trailer\n<< /Size {size} /Root {} {} R /Prev {before} >>\nstartxref\n{place}\n%%EOF\n",
        root.obj_number, root.gen_number
    );
    bytes.extend_from_slice(table.as_bytes());
    Some(bytes)
}

/// The forms to say again, each as an object's content.
fn forms(pdf: &Pdf, file: &[u8]) -> Vec<(ObjectIdentifier, Vec<u8>)> {
    let (mut seen, mut left) = (BTreeSet::new(), UNPACKED);
    let mut forms = Vec::new();
    for place in places(file, b"/Form").take(FORMS) {
        let Some(id) = object_before(file, place) else { continue };
        if !seen.insert((id.obj_number, id.gen_number)) {
            continue;
        }
        let Some(stream) = pdf.xref().get::<Stream<'_>>(id) else { continue };
        if let Some(content) = said_again(&stream, &mut left) {
            forms.push((id, content));
        }
    }
    forms
}

/// A form with shadings, its box as a clip before its content.
fn said_again(stream: &Stream<'_>, left: &mut usize) -> Option<Vec<u8>> {
    let dict = stream.dict();
    let shadings = dict.get::<Dict<'_>>(RESOURCES)?.get::<Dict<'_>>(SHADING)?;
    let is_form = &*dict.get::<Name<'_>>(SUBTYPE)? == b"Form";
    // `F` names another file, or abbreviates the filter.
    if !is_form || shadings.is_empty() || dict.contains_key(F) || stream.raw_data().len() > PACKED {
        return None;
    }
    let [x0, y0, x1, y1] = dict.get::<[f32; 4]>(BBOX)?;
    let content = stream.decoded_data().ok()?;
    *left = left.checked_sub(content.len())?;
    let clip = format!("{x0} {y0} {} {} re W n\n", x1 - x0, y1 - y0);
    // Of equal keys the last one counts.
    let keys = dict.data().strip_suffix(b">>")?;
    let length = clip.len() + content.len();
    let own = format!(" /Filter null /DecodeParms null /Length {length} >>\nstream\n{clip}");
    Some([keys, own.as_bytes(), &content, b"\nendstream"].concat())
}

/// The object whose header is the last before `place`.
fn object_before(file: &[u8], place: usize) -> Option<ObjectIdentifier> {
    let near = &file[place.saturating_sub(REACH)..place];
    let end = near.windows(4).rposition(|window| window == b" obj")?;
    let mut words = near[..end].rsplit(|byte| byte.is_ascii_whitespace());
    let mut number = || std::str::from_utf8(words.next()?).ok();
    let (generation, object) = (number()?.parse().ok()?, number()?.parse().ok()?);
    Some(ObjectIdentifier::new(object, generation))
}

/// Where the file says that its newest table of objects lies.
fn last_table(file: &[u8]) -> Option<i32> {
    let tail = &file[file.len().saturating_sub(1024)..];
    let word = b"startxref";
    let begin = tail.windows(word.len()).rposition(|window| window == word)? + word.len();
    let mut words = tail[begin..].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    std::str::from_utf8(words.next()?).ok()?.parse().ok()
}

/// Where `word`, which begins with a slash, occurs.
fn places<'a>(file: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let slashes = file.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    slashes.map(|(place, _)| place).filter(move |place| file[*place..].starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::super::region::{Region, RegionOrder};
    use super::super::render::Renderer;
    use super::super::wire::Reply;
    use super::*;
    use pdf_writer::{Content, Finish, Name, Rect, Ref};

    /// A page of 400 × 300 points with a form of 200 × 50 that is shaded from red to blue.
    fn shaded() -> Vec<u8> {
        let [tree, page, catalog, content, form, shading, function] =
            [1, 2, 3, 4, 5, 6, 7].map(Ref::new);
        let mut pdf = pdf_writer::Pdf::new();
        pdf.catalog(catalog).pages(tree);
        pdf.pages(tree).kids([page]).count(1);
        let mut leaf = pdf.page(page);
        leaf.parent(tree).media_box(Rect::new(0.0, 0.0, 400.0, 300.0)).contents(content);
        leaf.resources().x_objects().pair(Name(b"Fm"), form);
        leaf.finish();
        let mut drawing = Content::new();
        drawing.transform([1.0, 0.0, 0.0, 1.0, 100.0, 125.0]).x_object(Name(b"Fm"));
        pdf.stream(content, &drawing.finish());
        let mut object = pdf.form_xobject(form, b"/Sh sh");
        object.bbox(Rect::new(0.0, 0.0, 200.0, 50.0));
        object.resources().shadings().pair(Name(b"Sh"), shading);
        object.finish();
        let mut axial = pdf.function_shading(shading);
        axial.shading_type(pdf_writer::types::FunctionShadingType::Axial);
        axial.color_space().device_rgb();
        axial.coords([0.0, 0.0, 200.0, 0.0]).extend([true, true]).function(function);
        axial.finish();
        let mut blend = pdf.exponential_function(function);
        blend.domain([0.0, 1.0]).c0([1.0, 0.0, 0.0]).c1([0.0, 0.0, 1.0]).n(1.0);
        blend.finish();
        pdf.finish()
    }

    fn drawn(pdf: &Pdf) -> Vec<u8> {
        let order = RegionOrder::new(1, Region::PAGE, 400, 4.0 / 3.0);
        match Renderer::new(pdf).region(order) {
            Some(Reply::Region(region)) => region.rgb,
            other => panic!("{other:?}"),
        }
    }

    fn open(file: Vec<u8>) -> Pdf {
        Pdf::new(file).expect("a sound file")
    }

    #[test]
    fn a_clip_is_said_and_nothing_looks_different() {
        let (plain, file) = (open(shaded()), shaded());
        let better = clipped(open(file.clone()));
        let bytes: &[u8] = better.data().as_ref();
        assert!(bytes.starts_with(&file), "an update changes nothing of what was there");
        assert!(bytes[file.len()..].windows(16).any(|w| w == b"0 0 200 50 re W "), "a clip");
        let (before, after) = (drawn(&plain), drawn(&better));
        assert!(before == after, "not a pixel");
        let pixel = |x: usize, y: usize| &after[(y * 400 + x) * 3..][..3];
        assert!(pixel(110, 150)[0] > 200 && pixel(290, 150)[2] > 200);
        assert_eq!((pixel(90, 150), pixel(200, 100)), (&[255; 3][..], &[255; 3][..]));
    }

    #[test]
    fn what_has_no_such_forms_or_is_locked_stays_as_it_is() {
        let mut file = shaded();
        file.extend_from_slice(b"% /Encrypt");
        assert!(updated(&open(file)).is_none());
        let file = shaded();
        let text = String::from_utf8_lossy(&file).replace("/Form", "/Fern");
        assert!(updated(&open(text.into_bytes())).is_none());
    }
}
