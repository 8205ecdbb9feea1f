//! egui's triangles as pixels, by the rules of its own shaders: colours are premultiplied and blended
//! in gamma space, a corner's colour is multiplied with the texture's.

use egui::epaint::{ClippedPrimitive, Mesh, Primitive, Vertex};
use egui::{Color32, ImageData, Pos2, Rect, TextureId, TexturesDelta, Vec2};
use std::collections::HashMap;
use tiny_skia::{Pixmap, PremultipliedColorU8};

/// What can be painted with: the textures told so far.
#[derive(Default)]
pub(crate) struct Raster {
    textures: HashMap<TextureId, Texture>,
}

struct Texture {
    wide: usize,
    high: usize,
    pixels: Vec<Color32>,
}

impl Raster {
    /// Takes in what changed of the textures.
    pub(crate) fn learn(&mut self, delta: TexturesDelta) {
        for (id, change) in delta.set {
            let ImageData::Color(image) = change.image;
            let [wide, high] = image.size;
            match (change.pos, self.textures.get_mut(&id)) {
                (Some([left, top]), Some(known)) => {
                    for (y, row) in image.pixels.chunks(wide.max(1)).enumerate() {
                        let at = (top + y) * known.wide + left;
                        known.pixels[at..at + wide].copy_from_slice(row);
                    }
                }
                _ => {
                    let pixels = image.pixels.clone();
                    self.textures.insert(id, Texture { wide, high, pixels });
                }
            }
        }
    }

    /// Paints everything over `ground`.
    pub(crate) fn paint(&self, all: &[ClippedPrimitive], size: Vec2, ground: Color32) -> Pixmap {
        let (wide, high) = (size.x as u32, size.y as u32);
        let mut canvas =
            Canvas { wide: wide as usize, pixels: vec![ground; (wide * high) as usize] };
        let whole = Rect::from_min_size(Pos2::ZERO, size);
        for ClippedPrimitive { clip_rect, primitive } in all {
            if let Primitive::Mesh(mesh) = primitive
                && let Some(texture) = self.textures.get(&mesh.texture_id)
            {
                canvas.mesh(mesh, texture, clip_rect.intersect(whole));
            }
        }
        let mut picture = Pixmap::new(wide, high).expect("a panel has a size");
        for (to, from) in picture.pixels_mut().iter_mut().zip(&canvas.pixels) {
            let [r, g, b, _] = from.to_array();
            *to = PremultipliedColorU8::from_rgba(r, g, b, 255).expect("opaque");
        }
        picture
    }
}

struct Canvas {
    wide: usize,
    pixels: Vec<Color32>,
}

impl Canvas {
    fn mesh(&mut self, mesh: &Mesh, texture: &Texture, clip: Rect) {
        for corners in mesh.indices.chunks_exact(3) {
            let corner = |n: usize| mesh.vertices[corners[n] as usize];
            self.triangle([corner(0), corner(1), corner(2)], texture, clip);
        }
    }

    fn triangle(&mut self, [a, b, c]: [Vertex; 3], texture: &Texture, clip: Rect) {
        let area = cross(a.pos, b.pos, c.pos);
        if area == 0.0 {
            return;
        }
        // Always the same way round, so that of two neighbours one has the pixels on their edge.
        let [a, b, c] = if area > 0.0 { [a, b, c] } else { [a, c, b] };
        let area = area.abs();
        let bounds = Rect::from_points(&[a.pos, b.pos, c.pos]).intersect(clip);
        let from = |low: f32| (low - 0.5).ceil().max(0.0) as usize;
        let to = |high: f32| (high - 0.5).ceil().max(0.0) as usize;
        for y in from(bounds.top())..to(bounds.bottom()) {
            for x in from(bounds.left())..to(bounds.right()) {
                let at = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                let weights = [(b, c), (c, a), (a, b)].map(|(p, q)| edge(p.pos, q.pos, at));
                if let [Some(wa), Some(wb), Some(wc)] = weights {
                    let weighed = [(a, wa / area), (b, wb / area), (c, wc / area)];
                    let under = &mut self.pixels[y * self.wide + x];
                    *under = over(shade(weighed, texture), *under);
                }
            }
        }
    }
}

fn cross(a: Pos2, b: Pos2, at: Pos2) -> f32 {
    (b.x - a.x) * (at.y - a.y) - (b.y - a.y) * (at.x - a.x)
}

/// How far inside the edge; `None` outside. What lies on it belongs to the upper and left edges.
fn edge(a: Pos2, b: Pos2, at: Pos2) -> Option<f32> {
    let inside = cross(a, b, at);
    let ours = b.y < a.y || (b.y == a.y && b.x > a.x);
    (inside > 0.0 || (inside == 0.0 && ours)).then_some(inside)
}

fn shade(corners: [(Vertex, f32); 3], texture: &Texture) -> [f32; 4] {
    let (mut colour, mut u, mut v) = ([0.0; 4], 0.0, 0.0);
    for (corner, weight) in corners {
        for (sum, part) in colour.iter_mut().zip(corner.color.to_array()) {
            *sum += f32::from(part) * weight;
        }
        u += corner.uv.x * weight;
        v += corner.uv.y * weight;
    }
    let texel = texture.linear(u, v);
    std::array::from_fn(|n| colour[n] * texel[n] / 255.0)
}

impl Texture {
    /// The colour at this place (0 to 1), between the four nearest texels.
    fn linear(&self, u: f32, v: f32) -> [f32; 4] {
        let (x, y) = (u * self.wide as f32 - 0.5, v * self.high as f32 - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right, low) = (x - left, y - top);
        let texel = |dx: f32, dy: f32| {
            let x = (left + dx).clamp(0.0, self.wide as f32 - 1.0) as usize;
            let y = (top + dy).clamp(0.0, self.high as f32 - 1.0) as usize;
            self.pixels[y * self.wide + x].to_array().map(f32::from)
        };
        let four = [
            (texel(0.0, 0.0), (1.0 - right) * (1.0 - low)),
            (texel(1.0, 0.0), right * (1.0 - low)),
            (texel(0.0, 1.0), (1.0 - right) * low),
            (texel(1.0, 1.0), right * low),
        ];
        std::array::from_fn(|n| four.iter().map(|(texel, share)| texel[n] * share).sum())
    }
}

fn over(colour: [f32; 4], under: Color32) -> Color32 {
    let through = 1.0 - colour[3] / 255.0;
    let [r, g, b, _] = under.to_array().map(f32::from);
    let mix = |new: f32, old: f32| (new + old * through).round().clamp(0.0, 255.0) as u8;
    Color32::from_rgb(mix(colour[0], r), mix(colour[1], g), mix(colour[2], b))
}
