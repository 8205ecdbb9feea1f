//! A few pictures of panels, compared with those kept beside this file: `cargo test -p moot-gui --features
//! snapshots --test snapshots`. `UPDATE_SNAPSHOTS=1` draws them anew; look at them before you keep them. They
//! are small with 250 colours (`convert X.png -dither None -colors 250 PNG8:X.png`), which the comparison allows.
//!
//! A panel is drawn by egui as in the window, and its triangles are painted by `raster`: no display,
//! no graphics driver, and the same pixels everywhere.

mod raster;

use egui::{CentralPanel, Color32, Context as Egui, Frame, Pos2, RawInput, Rect, Ui, Vec2};
use moot_gui::command::Command;
use moot_gui::context::Context;
use moot_gui::model::{Model, sample, sample_lobby};
use moot_gui::panels::bottom_bar::BottomBar;
use moot_gui::panels::lobby::LobbyPanel;
use moot_gui::panels::people::PeoplePanel;
use moot_gui::panels::player::PlayerPanel;
use moot_gui::panels::top_bar::TopBar;
use moot_gui::pictures::NoPictures;
use moot_gui::theme::{DARK, LIGHT, Tokens};
use moot_gui::{fonts, theme};
use raster::Raster;
use std::path::Path;
use tiny_skia::Pixmap;

/// Frames until fonts are installed and what is laid out by the last frame's sizes stands still.
const FRAMES: usize = 6;

/// A pixel differs when one of its colours does by more than this, of 255: rounding on another machine.
const ALIKE: u8 = 12;

/// Pixels of a thousand that may differ.
const PERMILLE: usize = 1;

#[test]
fn the_bars() {
    for t in [&LIGHT, &DARK] {
        let model = sample::model();
        check("bottom-bar", t, [1440.0, 76.0], |ui, cx, p: &mut BottomBar| p.ui(ui, cx), &model);
        check("top-bar", t, [1440.0, 60.0], |ui, cx, p: &mut TopBar| p.ui(ui, cx), &model);
    }
}

#[test]
fn the_people() {
    for t in [&LIGHT, &DARK] {
        let model = sample::model();
        check("people", t, [308.0, 380.0], |ui, cx, p: &mut PeoplePanel| p.ui(ui, cx), &model);
    }
}

#[test]
fn the_lobby() {
    let model = sample_lobby::lobby();
    check("lobby", &LIGHT, [1024.0, 700.0], |ui, cx, p: &mut LobbyPanel| p.ui(ui, cx), &model);
}

#[test]
fn the_player() {
    let (model, size) = (sample_lobby::player(), [1024.0, PlayerPanel::HEIGHT]);
    check("player", &DARK, size, |ui, cx, p: &mut PlayerPanel| p.ui(ui, cx), &model);
}

/// Draws a panel and compares it with its picture.
fn check<P: Default>(
    name: &str,
    tokens: &'static Tokens,
    size: [f32; 2],
    draw: impl Fn(&mut Ui, &mut Context<'_>, &mut P),
    model: &Model,
) {
    let dress = if tokens.dark { "dark" } else { "light" };
    let file = format!("{}/tests/snapshots/{name}-{dress}.png", env!("CARGO_MANIFEST_DIR"));
    let drawn = picture(tokens, size.into(), draw, model);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        return drawn.save_png(&file).expect("the folder is writable");
    }
    let kept = Pixmap::load_png(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!((drawn.width(), drawn.height()), (kept.width(), kept.height()), "{file}");
    let differ = |(a, b): &(&[u8], &[u8])| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > ALIKE);
    let pairs = drawn.data().chunks_exact(4).zip(kept.data().chunks_exact(4));
    let (all, wrong) = (drawn.pixels().len(), pairs.filter(differ).count());
    if wrong * 1000 > all * PERMILLE {
        let seen = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{dress}.png"));
        drawn.save_png(&seen).expect("the target folder is writable");
        panic!("{wrong} of {all} pixels differ: compare {} with {file}", seen.display());
    }
}

fn picture<P: Default>(
    tokens: &'static Tokens,
    size: Vec2,
    draw: impl Fn(&mut Ui, &mut Context<'_>, &mut P),
    model: &Model,
) -> Pixmap {
    let ctx = Egui::default();
    theme::install(&ctx);
    fonts::install(&ctx);
    ctx.set_theme(if tokens.dark { egui::Theme::Dark } else { egui::Theme::Light });
    let (mut panel, mut raster) = (P::default(), Raster::default());
    let mut shapes = Vec::new();
    for frame in 0..FRAMES {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, size)),
            time: Some(frame as f64),
            ..RawInput::default()
        };
        let output = ctx.run_ui(input, |ui| {
            let mut asked: Vec<Command> = Vec::new();
            let pictures = &mut NoPictures;
            let mut cx = Context { model, pictures, tokens, commands: &mut asked };
            let fill = Frame::NONE.fill(tokens.surface);
            CentralPanel::no_frame().frame(fill).show(ui, |ui| draw(ui, &mut cx, &mut panel));
        });
        raster.learn(output.textures_delta);
        shapes = output.shapes;
    }
    raster.paint(&ctx.tessellate(shapes, 1.0), size, Color32::BLACK)
}
