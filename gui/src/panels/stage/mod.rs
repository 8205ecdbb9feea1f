//! The stage: the page, what is drawn on it, and everything that floats above it.
//!
//! | file | what it holds |
//! |---|---|
//! | [`place`] | where the page lies: pure geometry |
//! | `navigate` | wheel, pinch, drag, double click |
//! | `picture` | the page's image, sharp details, "Getting page 7" |
//! | `marks`, `notes`, `lasers` | what is drawn on it |
//! | [`hand`] | drawing: pointer in, commands out |
//! | `pill`, `tabs`, `search`, `reactions`, `empty` | what floats above it, or stands in its place |

mod empty;
pub mod hand;
mod lasers;
mod links;
mod marks;
mod navigate;
mod notes;
mod picture;
mod pill;
pub mod place;
mod reactions;
mod search;
mod tabs;

use crate::command::Play;
use crate::context::Context;
use crate::model::tools::Instrument;
use crate::model::{MeetingView, Model, Screen};
use egui::{
    Color32, CursorIcon, Event, PointerButton, Pos2, Rect, Response, Sense, Stroke, TouchPhase, Ui,
    WidgetInfo, WidgetType,
};
use hand::{Hand, Pointer, Sheet};
use moot_node::room::id::EntryRef;
use moot_node::room::stanza::PageTurn;
use notes::NoteDraft;
use picture::PagePicture;
use place::Place;
use rust_i18n::t;
use search::SearchBar;

/// Radius of the eraser, points.
const ERASER: f32 = 9.0;

/// What moved farther than this within one frame was no click, points (egui's own limit).
const FLICK: f32 = 6.0;

/// Width by height of a page of which nothing is known: a slide.
const SLIDE: f32 = 16.0 / 9.0;

/// The stage.
#[derive(Debug, Default)]
pub struct StagePanel {
    hand: Hand,
    picture: PagePicture,
    note: Option<NoteDraft>,
    search: SearchBar,
    /// A pen's pressure, as it was told last.
    force: Option<f32>,
    touched: Option<Touched>,
}

/// The mark under the pointer, as found last: looking for it takes a walk over all of the page's.
#[derive(Debug)]
struct Touched {
    /// The page, the version of its marks, where it lies and where the pointer is.
    at: (PageTurn, u64, Place, Pos2),
    mark: Option<EntryRef>,
}

impl StagePanel {
    /// Draws it into the whole of `ui`: in a meeting, or in the player.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(view) = view(cx.model) else { return };
        let whole = ui.max_rect();
        ui.expand_to_include_rect(whole);
        if view.stage.black {
            return empty::black(ui, cx, whole);
        }
        self.lit(ui, cx);
    }

    /// Draws it even while the screen is black: for the presenter, who must see what comes next.
    pub(super) fn lit(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(view) = view(cx.model) else { return };
        let whole = ui.max_rect();
        let canvas = tabs::ui(ui, cx, view, whole);
        match view.stage.page() {
            Some(on) => self.page(ui, cx, view, on, canvas),
            None if view.stage.converting.is_none() => empty::nothing(ui, cx, view, canvas),
            None => {}
        }
        empty::converting(ui, cx, view, canvas);
        reactions::ui(ui, cx, view, canvas);
        self.search.ui(ui, cx, view, canvas);
        empty::drop_hint(ui, cx, canvas);
    }

    fn page(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        view: &MeetingView,
        on: PageTurn,
        canvas: Rect,
    ) {
        let stage = &view.stage;
        let document = stage.document(on.document);
        let picture = cx.pictures.page(on);
        let aspect = match picture {
            Some(picture) => picture.pixels.x / picture.pixels.y.max(1.0),
            None => document.map_or(SLIDE, |document| document.aspect),
        };
        let place = Place::new(canvas, aspect, stage.fit, stage.zoom, stage.middle);
        let response = ui.interact(canvas, ui.id().with("page"), Sense::click_and_drag());
        let name = match document {
            Some(document) => t!("stage.page_of", page = stage.label(on), pages = document.pages),
            None => t!("stage.page", page = stage.label(on)),
        };
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(WidgetType::Image, true, &*name);
            // What the page says, for who hears the screen instead of seeing it.
            info.current_text_value = stage.words_here().map(str::to_owned);
            info
        });

        let instrument = self.instrument(cx.model, view);
        navigate::navigate(ui, cx, stage, &place, &response, instrument);
        self.draw(ui, cx, view, on, &place, &response);

        self.picture.paint(ui, cx, stage, on, &place, picture);
        if picture.is_some() {
            // Its neighbours are made ready, so that a page turn is seen in the next frame.
            let last = document.map_or(u32::MAX, |document| document.pages);
            for page in [on.page.saturating_add(1), on.page - 1] {
                if (1..=last).contains(&page) {
                    let _ = cx.pictures.page(PageTurn { page, ..on });
                }
            }
        }
        marks::paint(ui, cx, view, on, &place, &self.hand);
        if let Some(note) = &mut self.note
            && !note.ui(ui, cx, on, &place)
        {
            self.note = None;
        }
        self.lasers(ui, cx, view, on, &place);
        self.touch_marks(ui, cx, view, on, &place, &response);
        if self.instrument(cx.model, view) == Instrument::Pointer {
            links::ui(ui, cx, stage, on, &place);
        }
        pill::ui(ui, cx, view, place.pill());
    }

    /// What a drag does: in the player it only moves the page.
    fn instrument(&self, model: &Model, view: &MeetingView) -> Instrument {
        if model.screen == Screen::Meeting { view.tools.instrument } else { Instrument::Pointer }
    }

    /// Hands the pointer to the hand.
    fn draw(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        view: &MeetingView,
        on: PageTurn,
        place: &Place,
        response: &Response,
    ) {
        if cx.model.screen != Screen::Meeting {
            return;
        }
        let pointer = self.read(ui, response);
        let page_marks = view.marks.on(on);
        let under =
            |at: Pos2| marks::under(ui, page_marks, at, ERASER, place).map(|mark| mark.entry);
        let sheet = Sheet {
            on,
            place,
            tools: &view.tools,
            marks: page_marks,
            me: view.me,
            under: &under,
            may_draw: view.may_draw(),
            now: cx.model.now,
        };
        let commands = self.hand.step(&pointer, &sheet);
        commands.into_iter().for_each(|command| cx.push(command));
        if self.hand.is_busy() {
            ui.ctx().request_repaint();
        }
        let instrument = view.tools.instrument;
        if instrument == Instrument::Note
            && view.may_draw()
            && self.note.is_none()
            && response.clicked_by(PointerButton::Primary)
            && let Some(at) = response.interact_pointer_pos()
        {
            self.note = Some(NoteDraft::begin(on, place, at, &view.tools));
        }
        if let Some(at) = pointer.over {
            cursor(ui, cx, view, instrument, place, at, response);
        }
    }

    /// What the pointer did since the last frame.
    fn read(&mut self, ui: &Ui, response: &Response) -> Pointer {
        let over = response.hover_pos().filter(|_| response.contains_pointer());
        let down = response.is_pointer_button_down_on();
        let clicked = response.clicked_by(PointerButton::Primary);
        ui.input(|input| {
            let mut path = Vec::new();
            let (mut pressed, mut lifted) = (false, false);
            for event in &input.events {
                match event {
                    Event::PointerMoved(at) if !lifted => path.push(*at),
                    Event::PointerButton {
                        pos,
                        button: PointerButton::Primary,
                        pressed: down,
                        ..
                    } => {
                        if *down {
                            // What came before is no part of the stroke.
                            (path, pressed, lifted) = (vec![*pos], true, false);
                        } else {
                            lifted = true;
                        }
                    }
                    Event::Touch { force, phase, .. } => {
                        self.force = match phase {
                            TouchPhase::Start | TouchPhase::Move => *force,
                            TouchPhase::End | TouchPhase::Cancel => None,
                        };
                    }
                    _ => {}
                }
            }
            let down = down && input.pointer.primary_down();
            // A flick within one frame is no click; one on the pill is neither.
            let moved = path.first().zip(path.last()).is_some_and(|(a, b)| a.distance(*b) > FLICK);
            let flicked = pressed && lifted && moved && over.is_some();
            let tapped = !down && (clicked || flicked);
            let force = self.force;
            Pointer { path, down, lifted, tapped, over, force, even: input.modifiers.shift }
        })
    }

    fn lasers(&self, ui: &Ui, cx: &Context<'_>, view: &MeetingView, on: PageTurn, place: &Place) {
        let now = cx.model.now;
        for (member, laser) in &view.marks.lasers {
            if laser.on == on && (*member != view.me || cx.model.screen == Screen::Player) {
                let name = pill::one_script(&view.people.name(member));
                lasers::paint(ui, place, &laser.trail, Some(&name), now);
            }
        }
        lasers::paint(ui, place, self.hand.laser(on), None, now);
    }

    /// Who drew the mark under the pointer; in the player, a click goes to the moment it was made.
    fn touch_marks(
        &mut self,
        ui: &Ui,
        cx: &mut Context<'_>,
        view: &MeetingView,
        on: PageTurn,
        place: &Place,
        response: &Response,
    ) {
        let looks = self.instrument(cx.model, view) == Instrument::Pointer;
        let Some(at) = response.hover_pos().filter(|_| looks && !response.dragged()) else {
            return;
        };
        let place_now = (on, view.marks.version(on), *place, at);
        if self.touched.as_ref().is_none_or(|touched| touched.at != place_now) {
            let mark = marks::under(ui, view.marks.on(on), at, marks::REACH, place);
            self.touched = Some(Touched { at: place_now, mark: mark.map(|mark| mark.entry) });
        }
        let Some(entry) = self.touched.as_ref().and_then(|touched| touched.mark) else { return };
        let player = cx.model.screen == Screen::Player;
        let who = marks::drawn_by(view, entry);
        let words = if player { format!("{who}\n{}", t!("stage.click_to_go_there")) } else { who };
        response.clone().on_hover_text_at_pointer(words);
        if player {
            ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
            if response.clicked() {
                cx.push(Play::ToMark(entry));
            }
        }
    }
}

/// The meeting that is to be seen: the one this window is in, or the one that is played.
pub(crate) fn view(model: &Model) -> Option<&MeetingView> {
    match model.screen {
        Screen::Player => model.player.as_ref().map(|player| &player.meeting),
        _ => model.meeting.as_ref(),
    }
}

/// How the pointer looks over the page.
fn cursor(
    ui: &Ui,
    cx: &Context<'_>,
    view: &MeetingView,
    instrument: Instrument,
    place: &Place,
    at: Pos2,
    response: &Response,
) {
    let icon = match instrument {
        Instrument::Pointer => return,
        Instrument::Laser if place.page.contains(at) => CursorIcon::None,
        Instrument::Laser => CursorIcon::Default,
        _ if !view.may_draw() => {
            response.clone().on_hover_text_at_pointer(t!("stage.drawing_forbidden"));
            CursorIcon::NotAllowed
        }
        Instrument::Note => CursorIcon::Text,
        Instrument::Eraser => {
            let ring = Stroke::new(1.5, cx.tokens.weak);
            let painter = ui
                .painter()
                .clone()
                .with_layer_id(egui::LayerId::new(egui::Order::Tooltip, egui::Id::new("eraser")));
            painter.circle(at, ERASER, Color32::from_white_alpha(90), ring);
            CursorIcon::None
        }
        _ => CursorIcon::Crosshair,
    };
    ui.ctx().set_cursor_icon(icon);
}
