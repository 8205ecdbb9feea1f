//! The meeting screen over a made-up meeting, to be looked at and tried by hand:
//!
//! ```text
//! cargo run -p moot-gui --example stage -- [light|dark] [en|zh] [SCENE] [PICTURE.png]
//! ```
//!
//! Scenes: meeting, strayed, arriving, converting, empty, tabs, search, black, presenter, reactions.

mod desk;

use desk::Desk;
use eframe::egui;
use moot_gui::fonts;
use moot_gui::model::meeting::{InStep, Reaction};
use moot_gui::model::stage::{Document, Search};
use moot_gui::model::{Seconds, sample};
use moot_gui::textures::{Missing, Order, PageSource, Reply, Scripted};
use moot_node::room::id::BlobId;
use moot_node::room::stanza::{Feeling, PageTurn};
use std::sync::Arc;
use std::time::Instant;
use tiny_skia::Pixmap;

/// Shows one picture as every page; the scripted pages without one.
struct Album {
    picture: Option<Arc<(u32, u32, Vec<u8>)>>,
    scripted: Scripted,
    missing: bool,
}

impl PageSource for Album {
    fn request(&mut self, order: Order, reply: Reply) {
        match &self.picture {
            _ if self.missing => reply.missing(Missing::NotYet),
            Some(picture) if !matches!(order, Order::Detail(..)) => {
                reply.deliver(picture.0, picture.1, &picture.2);
            }
            Some(_) => reply.missing(Missing::Never("one picture only".into())),
            None => self.scripted.request(order, reply),
        }
    }
}

struct Window {
    desk: Desk<Album>,
    opened: Instant,
    scene: String,
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        let now = self.opened.elapsed().as_secs_f64();
        if self.scene == "meeting" {
            desk::point(&mut self.desk, now, false);
        }
        self.desk.frame(ui, now);
    }
}

fn main() -> eframe::Result {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let mut take = |known: &[&str]| {
        let found = words.iter().position(|word| known.contains(&word.as_str()));
        found.map(|at| words.remove(at))
    };
    let dark = take(&["light", "dark"]).is_some_and(|theme| theme == "dark");
    rust_i18n::set_locale(&take(&["en", "zh"]).unwrap_or_else(|| "en".into()));
    let picture = words.iter().position(|word| word.ends_with(".png")).map(|at| words.remove(at));
    let scene = words.pop().unwrap_or_else(|| "meeting".into());
    let picture = picture.map(|path| {
        let pixmap = Pixmap::load_png(path).expect("a PNG");
        let rgb = pixmap.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
        Arc::new((pixmap.width(), pixmap.height(), rgb))
    });
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1440.0, 900.0]),
        ..Default::default()
    };
    let create = move |creation: &eframe::CreationContext<'_>| {
        let ctx = &creation.egui_ctx;
        let album = Album { picture, scripted: Scripted::prompt(), missing: scene == "arriving" };
        let mut desk = Desk::new(ctx, album);
        ctx.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
        fonts::install_chinese(ctx);
        desk.model.clock = "10:31".into();
        prepare(&mut desk, &scene);
        let window = Window { desk, opened: Instant::now(), scene };
        Ok(Box::new(window) as Box<dyn eframe::App>)
    };
    eframe::run_native("Moot: stage", options, Box::new(create))
}

/// Arranges the meeting as the scene wants it.
fn prepare(desk: &mut Desk<Album>, scene: &str) {
    const STAY: Seconds = 4.0;
    desk::draw_as_designed(desk);
    let on = desk.page();
    let meeting = desk.meeting();
    let stage = &mut meeting.stage;
    match scene {
        "strayed" => stage.leaf(PageTurn { page: 11, ..on }),
        "arriving" => stage.arriving = Some((on, 64, 100)),
        "converting" => stage.converting = Some(("Costs-2026.pptx".into(), 7, 24)),
        "empty" => {
            *stage = Default::default();
            meeting.presenter = None;
        }
        "tabs" => {
            for (n, name) in [(8, "Costs-2026.pdf"), (9, "泵站负荷-第三季度-最终版-修订.pdf")]
            {
                stage.documents.push(Document {
                    id: BlobId([n; 32]),
                    name: name.into(),
                    pages: 12,
                    have: 64,
                    total: 100,
                    aspect: 210.0 / 297.0,
                });
            }
            meeting.step = InStep::Off(180.0);
            stage.leaf(PageTurn { document: BlobId([8; 32]), page: 3 });
        }
        "search" => stage.search = Some(Search::default()),
        "black" => stage.black = true,
        "presenter" => {
            meeting.presenter = Some(meeting.me);
            meeting.layout.presenter_view = true;
        }
        "reactions" => {
            let feelings = [Feeling::ThumbsUp, Feeling::Applause, Feeling::Heart, Feeling::Laugh];
            for (n, feeling) in (0..).zip(feelings) {
                let until = STAY + f64::from(n) * 0.7;
                meeting.reactions.push(Reaction { author: sample::member(n), feeling, until });
            }
        }
        _ => {}
    }
}
