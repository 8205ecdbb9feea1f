//! Ink: from the points of a line to something that can be seen.
//!
//! ```text
//! Ink ─ trace ─→ samples with half widths ─┬─ strip ──→ egui mesh    (the strokes in the making)
//!                                          └─ raster ─→ tiny-skia    (the finished ones, on a thread)
//! ```
//!
//! A thousand strokes as meshes cost 300 ms a frame, measured; as one transparent picture over the
//! page they cost nothing that can be measured. So finished ink is painted by [`layer`] on a thread
//! of its own, and only what the hand is drawing, and what the layer has not got to yet, is a mesh.

mod curve;
pub mod hit;
pub mod layer;
mod raster;
pub mod simplify;
mod strip;
mod trace;

pub use curve::smooth;
pub use raster::paint;
pub use strip::{Strips, VERTICES, colour};
pub use trace::{Sample, Trace, trace};

/// Width of a translucent edge around a line, pixels (design.md, Shapes).
pub const SOFT_EDGE: f32 = 0.8;
