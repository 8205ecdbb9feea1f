//! The stage, the page strip and the presenter view, each alone with a made-up meeting.

mod paged;

use egui::accesskit::Role;
use egui::{Event, Modifiers, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use moot_gui::command::{Command, Deed, OnPage, Play, Window};
use moot_gui::model::marks::Tool;
use moot_gui::model::meeting::{InStep, Reaction};
use moot_gui::model::player::{Player, Timeline};
use moot_gui::model::stage::{Document, Fit, Search};
use moot_gui::model::tools::Instrument;
use moot_gui::model::{Model, Screen, Sheet, sample};
use moot_gui::panels::page_strip::PageStrip;
use moot_gui::panels::presenter_view::PresenterView;
use moot_gui::panels::stage::StagePanel;
use moot_gui::textures::Missing;
use moot_node::room::id::{BlobId, EntryRef};
use moot_node::room::pages::{Heading, Link, LinkTarget, Structure};
use moot_node::room::stanza::Feeling;
use paged::{Stand, go, mark, page, press, stage, stand};

#[test]
fn the_pill_says_who_presents_and_whether_page_and_voice_are_in_step() {
    let h = stage(|_| {});
    h.get_by_label("Lin Wei is presenting · Page and voice in step");
    h.get_by_label("Page 7 of 24");
    let h = stage(|m| m.step = InStep::Off(-180.0));
    h.get_by_label("Lin Wei is presenting · Page and voice 180 ms apart");
    let h = stage(|m| m.presenter = Some(m.me));
    h.get_by_label("You are presenting");
}

#[test]
fn somebody_who_leafed_away_is_told_where_the_presenter_is_and_goes_back() {
    let mut h = stage(|m| m.stage.leaf(page(11)));
    h.get_by_label("The presenter is on 7");
    h.get_by_label("Back").click();
    h.run_steps(2);
    assert_eq!(h.state().asked, [Command::Do(Deed::Follow)]);
}

#[test]
fn nobody_presents_so_anybody_may_begin() {
    let mut h = stage(|m| m.presenter = None);
    h.get_by_label("Present").click();
    h.run_steps(2);
    assert_eq!(h.state().asked, [Command::Do(Deed::Present)]);
}

#[test]
fn a_page_on_its_way_says_how_far_it_is() {
    let mut h = stage(|m| m.stage.arriving = Some((page(7), 64, 100)));
    assert!(h.query_by_label("Getting page 7 · 64 %").is_none(), "it is here");
    let pictures = h.state_mut().pictures.as_mut().expect("made");
    pictures.clear();
    pictures.source().prompt = false;
    h.step();
    h.get_by_label("Getting page 7 · 64 %");
    h.state_mut()
        .pictures
        .as_mut()
        .expect("made")
        .source()
        .refuse_all(&Missing::Never("damaged".into()));
    h.run_steps(2);
    h.get_by_label("Page 7 can't be shown: damaged");
}

#[test]
fn without_a_document_it_says_what_to_do() {
    let mut h = stage(|m| {
        m.stage = Default::default();
        m.presenter = None;
    });
    h.get_by_label("No document yet");
    h.get_by_label("Open document").click();
    h.run_steps(2);
    assert_eq!(h.state().asked, [Command::Do(Deed::OpenDocument)]);
    let h = stage(|m| m.stage = Default::default());
    h.get_by_label("Lin Wei 林伟 has not opened a document yet");
    let h = stage(|m| m.stage.converting = Some(("a.pptx".into(), 7, 24)));
    h.get_by_label("Converting a.pptx · 7 of 24");
}

#[test]
fn the_wheel_with_ctrl_zooms_around_the_pointer_and_a_drag_moves_the_page() {
    let mut h = stage(|m| m.stage.zoom = 2.0);
    h.get_by_label("200 %");
    go(&mut h, pos2(300.0, 300.0));
    h.event(Event::Zoom(1.5));
    h.step();
    let asked = h.state_mut().take();
    let zoomed = asked.iter().any(|c| {
        matches!(c, Command::Page(OnPage::Zoom(factor, around))
            if (*factor - 1.5).abs() < 0.01 && around.x > 0.2 && around.x < 0.5)
    });
    assert!(zoomed, "{asked:?}");
    press(&mut h, pos2(300.0, 300.0), true);
    for step in 1..=4 {
        go(&mut h, pos2(300.0 + 20.0 * step as f32, 300.0));
    }
    press(&mut h, pos2(380.0, 300.0), false);
    let asked = h.state_mut().take();
    let moved = asked.iter().any(|c| matches!(c, Command::Page(OnPage::Pan(by)) if by.x < 0.0));
    assert!(moved, "{asked:?}");
}

#[test]
fn a_fitted_page_is_not_moved_by_the_wheel() {
    let mut h = stage(|_| {});
    go(&mut h, pos2(300.0, 300.0));
    let (unit, phase) = (egui::MouseWheelUnit::Point, egui::TouchPhase::Move);
    let delta = vec2(0.0, -120.0);
    h.event(Event::MouseWheel { unit, delta, phase, modifiers: Modifiers::NONE });
    h.run_steps(4);
    assert!(h.state().asked.is_empty(), "{:?}", h.state().asked);
    h.state_mut().meeting().stage.fit(Fit::Width);
    h.state_mut().meeting().stage.zoom = 3.0;
    h.event(Event::MouseWheel { unit, delta, phase, modifiers: Modifiers::NONE });
    h.run_steps(4);
    assert!(matches!(h.state().asked.first(), Some(Command::Page(OnPage::Pan(by))) if by.y > 0.0));
}

#[test]
fn a_mark_says_who_drew_it() {
    let mut h = stage(|m| m.marks.add(mark(1, &[(1_000, 5_000), (9_000, 5_000)])));
    go(&mut h, pos2(470.0, 392.0));
    h.run_steps(60);
    h.get_by_label("Drawn by Zhang Min 张敏");
}

#[test]
fn tabs_bring_another_document_to_the_front() {
    let costs = BlobId([8; 32]);
    let mut h = stage(|m| {
        m.stage.documents.push(Document {
            id: costs,
            name: "Costs.pdf".into(),
            pages: 3,
            have: 1,
            total: 2,
            aspect: 0.7,
        });
    });
    h.get_by_label("Pump-station.pptx");
    h.get_by_label("Costs.pdf").click();
    h.run_steps(2);
    assert_eq!(h.state().asked, [Command::Page(OnPage::Show(costs))]);
}

#[test]
fn the_search_asks_shows_hits_and_goes_to_them() {
    let mut h = stage(|m| m.stage.search = Some(Search::default()));
    h.run_steps(2);
    h.event(Event::Text("load".into()));
    h.run_steps(2);
    assert_eq!(h.state_mut().take(), [Command::Page(OnPage::Search(Some("load".into())))]);
    let hits = vec![(2, "load by hour".to_owned()), (9, "peak load".to_owned())];
    let search = Search { query: "load".into(), hits, at: 0 };
    h.state_mut().meeting().stage.search = Some(search);
    h.run_steps(2);
    h.get_by_label("Page 9: peak load").click();
    h.run_steps(2);
    h.get_by_label("Previous hit").click();
    h.run_steps(2);
    h.get_by_label("Close search").click();
    h.run_steps(2);
    let asked = h.state_mut().take();
    assert_eq!(
        asked,
        [OnPage::Go(9).into(), OnPage::Go(2).into(), OnPage::Search(None).into()] as [Command; 3]
    );
}

#[test]
fn a_black_screen_comes_back_by_a_click() {
    let mut h = stage(|m| m.stage.black = true);
    assert!(h.query_by_label("Page 7 of 24").is_none());
    h.get_by_role(Role::Button).click();
    h.run_steps(2);
    assert_eq!(h.state().asked, [Command::Do(Deed::ToggleBlack)]);
}

#[test]
fn reactions_are_said_and_go() {
    let mut h = stage(|m| {
        let (author, feeling) = (sample::member(2), Feeling::Applause);
        m.reactions.push(Reaction { author, feeling, until: 4.0 });
    });
    h.get_by_label("Jonas Schmidt: Applause");
    h.state_mut().model.now = 4.5;
    h.step();
    assert!(h.query_by_label("Jonas Schmidt: Applause").is_none());
}

#[test]
fn in_the_player_a_click_on_a_mark_goes_to_its_moment() {
    let mut meeting = sample::meeting();
    meeting.marks.add(mark(1, &[(1_000, 5_000), (9_000, 5_000)]));
    meeting.tools.instrument = Instrument::Draw(Tool::Pen);
    let player = Player::new("x".into(), meeting, Timeline::default());
    let model = Model { screen: Screen::Player, player: Some(player), ..Model::default() };
    let mut h = stand::<StagePanel>(model, [940.0, 764.0], StagePanel::ui);
    press(&mut h, pos2(470.0, 392.0), true);
    press(&mut h, pos2(470.0, 392.0), false);
    h.step();
    let entry = EntryRef { author: sample::member(3), seq: 1 };
    assert_eq!(h.state().asked, [Command::Play(Play::ToMark(entry))]);
}

#[test]
fn nothing_moves_so_nothing_is_drawn() {
    let mut h = stage(|m| m.marks.add(mark(1, &[(1_000, 5_000), (9_000, 5_000)])));
    h.run_ok().expect("it comes to rest");
}

#[test]
fn the_strip_draws_only_the_rows_in_view_and_follows_the_page() {
    let mut model = sample::model();
    let meeting = model.meeting.as_mut().expect("the sample has one");
    meeting.stage.documents[0].pages = 240;
    let mut h = stand::<PageStrip>(model, [192.0, 764.0], PageStrip::ui);
    h.run_steps(10);
    h.get_by_label("Pump-station.pptx · 240 pages · all on this laptop");
    h.get_by_label("Go to page 7");
    assert!(h.query_by_label("Go to page 200").is_none());
    let rows = |h: &Harness<'_, Stand<PageStrip>>| h.query_all_by_role(Role::Button).count();
    assert!(rows(&h) <= 9, "{}", rows(&h));
    h.get_by_label("Go to page 8").click();
    h.run_steps(2);
    assert_eq!(h.state_mut().take(), [Command::Page(OnPage::Go(8))]);
    h.state_mut().meeting().stage.turn(page(200));
    h.run_steps(60);
    h.get_by_label("Go to page 200");
    assert!(rows(&h) <= 9, "{}", rows(&h));
}

#[test]
fn the_strip_says_how_much_is_here_and_where_the_presenter_is() {
    let mut model = sample::model();
    let meeting = model.meeting.as_mut().expect("the sample has one");
    meeting.stage.documents[0].have = 99;
    meeting.stage.leaf(page(8));
    let mut h = stand::<PageStrip>(model, [192.0, 764.0], PageStrip::ui);
    h.run_steps(10);
    h.get_by_label("Pump-station.pptx · 24 pages · 99 % here");
    h.get_by_label("Go to page 7, where the presenter is");
}

#[test]
fn the_presenter_view_has_the_next_page_notes_and_a_timer() {
    let mut model = sample::model();
    model.clock = "10:31".into();
    let mut h = stand::<PresenterView>(model, [1440.0, 900.0], PresenterView::ui);
    h.get_by_role_and_label(Role::Image, "Page 7 of 24");
    h.get_by_label("Next page, 8");
    h.get_by_label("10:31");
    h.get_by_label("Start timer").click();
    h.run_steps(2);
    h.state_mut().model.now += 65.0;
    h.run_steps(2);
    h.get_by_label("1:05");
    h.get_by_label("Pause timer").click();
    h.run_steps(2);
    h.get_by_label("Reset timer").click();
    h.run_steps(2);
    h.get_by_label("0:00");
    h.get_by_label("Notes for page 7").focus();
    h.run_steps(2);
    h.event(Event::Text("Slowly".into()));
    h.run_steps(2);
    h.get_by_label("Black screen").click();
    h.run_steps(2);
    let asked = h.state_mut().take();
    assert_eq!(asked, [OnPage::Notes(page(7), "Slowly".into()).into(), Deed::ToggleBlack.into()]);
}

/// The sample's document with an outline, labels and links on the page in view.
fn structured(m: &mut moot_gui::model::MeetingView) {
    let heading = |title: &str, page, depth| Heading { title: title.into(), page, depth };
    let link = |area, to| Link { page: 7, area, to };
    let labels = (1..=24).map(|n: u32| if n <= 7 { format!("r{n}") } else { n.to_string() });
    let address = LinkTarget::address("https://example.org/plan").expect("harmless");
    let structure = Structure::new(
        labels.collect(),
        vec![heading("Introduction", 1, 0), heading("坝体", 7, 1), heading("Costs", 12, 0)],
        vec![
            link([1000, 1000, 3000, 1000], address),
            link([1000, 4000, 3000, 1000], LinkTarget::Page(12)),
        ],
    );
    m.stage.structures.insert(page(7).document, std::sync::Arc::new(structure));
    m.stage.words = Some((page(7), "Dykes and dams".into()));
}

#[test]
fn a_link_outside_is_asked_about_and_one_inside_is_followed() {
    let mut h = stage(structured);
    h.get_by_role_and_label(Role::Link, "Link to page 12").click();
    h.run_steps(2);
    h.get_by_role_and_label(Role::Link, "https://example.org/plan").click();
    h.run_steps(2);
    let asked = h.state_mut().take();
    let sheet = Sheet::ConfirmBrowse("https://example.org/plan".into());
    assert_eq!(asked, [OnPage::Go(12).into(), Command::Window(Window::Sheet(Some(sheet)))]);
    let drawing = stage(|m| {
        structured(m);
        m.tools.instrument = Instrument::Draw(Tool::Pen);
    });
    assert!(drawing.query_by_role_and_label(Role::Link, "Link to page 12").is_none());
}

#[test]
fn the_page_is_called_what_its_document_calls_it_and_read_aloud() {
    let h = stage(structured);
    let page = h.get_by_label("Page r7 of 24");
    assert_eq!(page.value().as_deref(), Some("Dykes and dams"));
}

#[test]
fn the_table_of_contents_takes_the_place_of_the_pages() {
    let mut model = sample::model();
    structured(model.meeting.as_mut().expect("the sample has one"));
    let mut h: Harness<'_, Stand<PageStrip>> = stand(model, [192.0, 700.0], PageStrip::ui);
    h.get_by_label("Go to page r7");
    h.get_by_label("Show table of contents").click();
    h.run_steps(3);
    assert!(h.query_by_label("Go to page r7").is_none());
    h.get_by_label("坝体, page r7");
    h.get_by_label("Costs, page 12").click();
    h.run_steps(2);
    assert_eq!(h.state_mut().take(), [OnPage::Go(12).into()]);
    h.get_by_label("Show pages").click();
    h.run_steps(3);
    h.get_by_label("Go to page r7");
}
