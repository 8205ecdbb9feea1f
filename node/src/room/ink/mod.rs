//! Ink: what a mark looks like, for whoever draws it outside a window.
//!
//! ```text
//! Stroke ─ curve ─→ cubic curves ─┬─ one width ──→ a path that is stroked
//!                                 └─ swelling ───→ the path around it, filled
//! Note ───────────────────────────────────────────→ lines of text
//! ```
//!
//! [`svg`] writes them as a drawing. The window paints its own way, for speed, by the same numbers
//! ([`PRESSURE_SHARE`], [`Barb`]).

mod curve;
pub mod svg;

use crate::limits::PRESSURE_LEVELS;

/// How a pen's width follows its pressure: the width's share at no pressure and at the hardest. On a
/// page 960 px wide the medium pen (2.1 px) goes from 1.3 to 2.6 px.
pub const PRESSURE_SHARE: [f32; 2] = [0.62, 1.24];

/// How long an arrow's barbs are. Shares and widths that look right from the finest pen to the
/// broadest, by eye.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Barb {
    /// This share of the page's width,
    pub share: f32,
    /// but at least so many line widths,
    pub widths: f32,
    /// and never more than this share of the arrow.
    pub most: f32,
}

/// Length of an arrow's barbs.
pub const BARB: Barb = Barb { share: 0.014, widths: 4.5, most: 0.4 };

/// Angle between an arrow's barb and its shaft, radians: 30°.
pub const BARB_ANGLE: f32 = std::f32::consts::PI / 6.0;

/// A stanza's pressure as a share of the hardest.
#[must_use]
pub fn hardness(level: u8) -> f32 {
    f32::from(level) / f32::from(PRESSURE_LEVELS - 1)
}

/// The share of a line's width at this pressure.
#[must_use]
pub fn swell(level: u8) -> f32 {
    let [light, heavy] = PRESSURE_SHARE;
    light + (heavy - light) * hardness(level)
}
