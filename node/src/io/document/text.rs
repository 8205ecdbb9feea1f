//! The words of a page, in the order in which the file draws them.
//!
//! A PDF places glyphs, it does not write words: spaces and line ends are told from the gaps.

use crate::limits::PAGE_TEXT_BYTES;
use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{BezPath, Point, Rect, Vec2};

/// A gap that separates words, in ems: a space of Times is 0.25 em, and justified lines shrink it.
const WORD_GAP: f64 = 0.15;

/// A step off the base line that begins a new line, in ems. Footnote marks rise by 0.3 to 0.4.
const LINE_STEP: f64 = 0.6;

/// A step backwards that begins a new line (or column), in ems. Kerning stays below 0.2.
const BACK_STEP: f64 = 0.8;

/// The text of `page`, at most [`PAGE_TEXT_BYTES`].
pub(super) fn of_page<'a>(
    page: &Page<'a>,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
) -> String {
    let (width, height) = page.render_dimensions();
    let mut context = Context::new(
        page.initial_transform(true).to_kurbo(),
        Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
        cache,
        page.xref(),
        settings.clone(),
    );
    let mut words = Words::default();
    interpret_page(page, &mut context, &mut words);
    words.text
}

/// Collects glyphs into lines.
#[derive(Default)]
struct Words {
    text: String,
    /// Where the last glyph ended.
    end: Option<Point>,
}

impl Words {
    fn glyph(&mut self, letters: &str, origin: Point, advance: Vec2, em: f64) {
        if self.text.len() + letters.len() + 1 > PAGE_TEXT_BYTES {
            return;
        }
        if let (Some(end), Some(first)) = (self.end, letters.chars().next()) {
            let along = advance.normalize();
            let step = origin - end;
            let (forwards, sideways) = (step.dot(along), step.cross(along).abs());
            if sideways > LINE_STEP * em || forwards < -BACK_STEP * em {
                self.separate('\n');
            } else if forwards > WORD_GAP * em && !first.is_whitespace() {
                let last = self.text.chars().next_back();
                if !(is_ideograph(first) && last.is_some_and(is_ideograph)) {
                    self.separate(' ');
                }
            }
        }
        self.text.extend(letters.chars().map(|c| if c.is_control() { ' ' } else { c }));
        self.end = Some(origin + advance);
    }

    fn separate(&mut self, separator: char) {
        if !self.text.ends_with(char::is_whitespace) {
            self.text.push(separator);
        } else if separator == '\n' && self.text.ends_with(' ') {
            self.text.pop();
            self.text.push('\n');
        }
    }
}

impl Device<'_> for Words {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, '_>, props: DrawProps<'_>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let Some(letters) = glyph.as_unicode() else { continue };
            let placed = props.transform * glyph.transform();
            let origin = placed * Point::ZERO;
            let em = placed * Point::new(1000.0, 0.0) - origin;
            let width = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                // Type 3 widths are in the font's own units; half an em is near enough for gaps.
                Glyph::Type3(_) => None,
            };
            let advance = em * (f64::from(width.unwrap_or(500.0)) / 1000.0);
            if !origin.is_finite() || !advance.is_finite() {
                continue;
            }
            match letters {
                BfString::Char(letter) => {
                    self.glyph(letter.encode_utf8(&mut [0; 4]), origin, advance, em.hypot());
                }
                BfString::String(letters) => self.glyph(&letters, origin, advance, em.hypot()),
            }
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'_>, _: &DrawMode) {}
    fn draw_rect(&mut self, _: &Rect, _: DrawProps<'_>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_clip_rect(&mut self, _: &Rect) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'_, '_>, _: ImageDrawProps<'_>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// Scripts written without spaces: Han, kana, and their punctuation (Unicode blocks).
fn is_ideograph(letter: char) -> bool {
    matches!(u32::from(letter), 0x2e80..=0x9fff | 0xf900..=0xfaff | 0xff00..=0xffef | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sets `words` glyph by glyph, each half an em of 10 points wide, at the given places.
    fn set(glyphs: &[(&str, f64, f64)]) -> String {
        let mut words = Words::default();
        for (letters, x, y) in glyphs {
            words.glyph(letters, Point::new(*x, *y), Vec2::new(5.0, 0.0), 10.0);
        }
        words.text
    }

    #[test]
    fn gaps_make_words_and_steps_make_lines() {
        assert_eq!(set(&[("a", 0.0, 0.0), ("b", 5.0, 0.0), ("c", 13.0, 0.0)]), "ab c");
        assert_eq!(set(&[("a", 0.0, 0.0), ("b", 0.0, 12.0)]), "a\nb");
        assert_eq!(set(&[("a", 90.0, 0.0), ("b", 0.0, 0.0)]), "a\nb", "the next column");
        assert_eq!(set(&[("a", 0.0, 0.0), ("2", 5.0, -4.0)]), "a2", "a footnote mark");
    }

    #[test]
    fn chinese_has_no_spaces_and_real_spaces_are_not_doubled() {
        assert_eq!(set(&[("会", 0.0, 0.0), ("议", 8.0, 0.0)]), "会议");
        assert_eq!(set(&[("a", 0.0, 0.0), (" ", 5.0, 0.0), ("b", 14.0, 0.0)]), "a b");
    }

    #[test]
    fn text_is_bounded() {
        let long = "x".repeat(1000);
        let glyphs = vec![(long.as_str(), 0.0, 0.0); 100];
        assert!(set(&glyphs).len() <= PAGE_TEXT_BYTES);
    }
}
