//! A panel that shows pages, alone with a made-up meeting and made-up pictures, moved by hand.

#![allow(dead_code, reason = "each test program uses a part of it")]

use egui::{Event, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use moot_gui::command::Command;
use moot_gui::context::Context;
use moot_gui::model::marks::{Ink, Mark, MarkKind, Tool};
use moot_gui::model::{MeetingView, Model, sample};
use moot_gui::panels::stage::StagePanel;
use moot_gui::textures::{Scripted, Textures};
use moot_gui::{fonts, theme};
use moot_node::room::id::EntryRef;
use moot_node::room::stanza::PageTurn;
use std::sync::Arc;

/// A panel with its model and pictures, and what it asked for.
pub(crate) struct Stand<P> {
    pub(crate) panel: P,
    pub(crate) model: Model,
    pub(crate) pictures: Option<Textures<Scripted>>,
    pub(crate) asked: Vec<Command>,
}

pub(crate) type Draw<P> = fn(&mut P, &mut egui::Ui, &mut Context<'_>);

pub(crate) fn stand<P: Default + 'static>(
    model: Model,
    size: [f32; 2],
    draw: Draw<P>,
) -> Harness<'static, Stand<P>> {
    let start = Stand { panel: P::default(), model, pictures: None, asked: Vec::new() };
    let builder = Harness::builder().with_size(egui::Vec2::from(size));
    let mut harness = builder.build_ui_state(
        move |ui, stand: &mut Stand<P>| {
            let Some(pictures) = &mut stand.pictures else {
                theme::install(ui.ctx());
                fonts::install(ui.ctx());
                stand.pictures = Some(Textures::new(ui.ctx(), Scripted::prompt()));
                return;
            };
            pictures.begin_frame(stand.model.now);
            let mut cx = Context {
                model: &stand.model,
                pictures,
                tokens: &theme::LIGHT,
                commands: &mut stand.asked,
            };
            draw(&mut stand.panel, ui, &mut cx);
        },
        start,
    );
    harness.run_steps(3);
    harness
}

pub(crate) fn stage(change: impl FnOnce(&mut MeetingView)) -> Harness<'static, Stand<StagePanel>> {
    let mut model = sample::model();
    change(model.meeting.as_mut().expect("the sample has one"));
    stand(model, [940.0, 764.0], StagePanel::ui)
}

impl<P> Stand<P> {
    pub(crate) fn meeting(&mut self) -> &mut MeetingView {
        self.model.meeting.as_mut().expect("the sample has one")
    }

    pub(crate) fn take(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.asked)
    }
}

pub(crate) fn page(number: u32) -> PageTurn {
    PageTurn { document: sample::DECK, page: number }
}

pub(crate) fn mark(seq: u64, points: &[(i32, i32)]) -> Mark {
    let ink = Ink { width: 40, ..sample::ink(Tool::Line, points) };
    let entry = EntryRef { author: sample::member(3), seq };
    Mark { entry, lamport: entry.seq, kind: MarkKind::Ink(Arc::new(ink)) }
}

pub(crate) fn press<P>(h: &mut Harness<'_, Stand<P>>, at: Pos2, pressed: bool) {
    h.event(Event::PointerMoved(at));
    let button = PointerButton::Primary;
    h.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    h.step();
}

pub(crate) fn go<P>(h: &mut Harness<'_, Stand<P>>, at: Pos2) {
    h.state_mut().model.now += 0.05;
    h.event(Event::PointerMoved(at));
    h.step();
}
