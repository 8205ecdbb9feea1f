//! The lobby, alone with a made-up model.

mod stand;

use egui::Key;
use egui::accesskit::Toggled;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use moot_gui::command::{Command, Enter, Window};
use moot_gui::model::lobby::{Entering, EnteringState, NothingFound};
use moot_gui::model::{Model, Sheet, sample_lobby};
use moot_gui::panels::lobby::LobbyPanel;
use moot_gui::settings::Joining;
use stand::{Stand, entered, kept, stand};

type Lobby = Harness<'static, Stand<LobbyPanel>>;

fn lobby(model: Model) -> Lobby {
    let mut lobby = stand::<LobbyPanel>(model, [1440.0, 900.0], LobbyPanel::ui);
    lobby.run();
    lobby
}

fn click(h: &mut Lobby, name: &str) {
    h.get_by_label(name).click();
    h.run();
}

fn write(h: &mut Lobby, field: &str, text: &str) {
    h.get_by_label(field).focus();
    h.run();
    h.get_by_label(field).type_text(text);
    h.run();
}

fn fails(h: &mut Lobby, problem: &str, code: bool) {
    let state = EnteringState::Failed { problem: problem.into(), code };
    h.state_mut().model.lobby.entering = Some(Entering { title: "x".into(), state });
    h.run();
}

fn join(code: &str) -> Enter {
    Enter::Join {
        meeting: sample_lobby::id(1),
        title: "Pump station review".into(),
        code: Some(code.into()),
    }
}

#[test]
fn a_first_timer_is_in_with_two_clicks_and_a_code() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Join: Pump station review");
    // The code field has the keyboard already.
    h.get_by_label("Meeting code").type_text("351-047");
    h.run();
    click(&mut h, "Join");
    assert_eq!(entered(&h.state().asked), [join("351-047")]);
}

#[test]
fn a_wrong_code_is_told_and_the_right_one_can_follow() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Join: Pump station review");
    h.get_by_label("Meeting code").type_text("111 111");
    h.run();
    h.key_press(Key::Enter);
    h.run();
    fails(&mut h, "This is not the code.", true);
    h.get_by_label("This is not the code.");
    h.get_by_label("Meeting code").type_text("The code is 351-047, see you!");
    h.run();
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(entered(&h.state().asked), [join("111-111"), join("351-047")]);
}

#[test]
fn half_a_code_joins_nothing() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Join: Pump station review");
    h.get_by_label("Meeting code").type_text("351");
    h.run();
    h.key_press(Key::Enter);
    h.run();
    click(&mut h, "Join");
    assert_eq!(entered(&h.state().asked), []);
    click(&mut h, "Cancel");
    assert!(h.query_by_label("Meeting code").is_none());
}

#[test]
fn open_and_asking_meetings_need_no_code() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Join: Field kitchen");
    click(&mut h, "Join: 河道巡查周会");
    let codes = entered(&h.state().asked).into_iter().map(|enter| match enter {
        Enter::Join { meeting, code: None, .. } => meeting,
        other => panic!("{other:?}"),
    });
    assert_eq!(codes.collect::<Vec<_>>(), [sample_lobby::id(3), sample_lobby::id(2)]);
}

#[test]
fn waiting_for_a_yes_can_be_given_up() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Join: 河道巡查周会");
    let state = EnteringState::WaitingForYes;
    h.state_mut().model.lobby.entering =
        Some(Entering { title: "河道巡查周会".into(), state });
    h.run();
    h.get_by_label("Waiting for somebody inside to let you in…");
    click(&mut h, "Give up");
    assert_eq!(entered(&h.state().asked).last(), Some(&Enter::GiveUp));
    assert!(h.query_by_label("Give up").is_none());
}

#[test]
fn what_the_command_line_began_is_shown_too() {
    let mut model = sample_lobby::lobby();
    let state = EnteringState::Knocking;
    model.lobby.entering = Some(Entering { title: "Somewhere".into(), state });
    let h = lobby(model);
    h.get_by_label("Joining Somewhere…");
}

#[test]
fn a_meeting_is_started_with_title_and_policy() {
    let mut h = lobby(sample_lobby::lobby());
    write(&mut h, "Title", "Dike watch");
    click(&mut h, "Who may join: Whom I let in");
    click(&mut h, "Record the meeting");
    click(&mut h, "Start meeting");
    let settings = kept(&h.state().asked).expect("kept");
    assert_eq!((settings.joining, settings.record), (Joining::Ask, true));
    let title = "Dike watch".to_owned();
    let start = Enter::Start { title, joining: Joining::Ask, documents: Vec::new() };
    assert_eq!(entered(&h.state().asked), [start]);
}

#[test]
fn without_a_title_it_is_ones_own_meeting() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Start meeting");
    match entered(&h.state().asked).as_slice() {
        [Enter::Start { title, .. }] => assert_eq!(title, "Amara Okafor's meeting"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_has_no_name_is_asked_for_it_first() {
    let mut model = sample_lobby::lobby();
    model.settings.name = String::new();
    let mut h = lobby(model);
    click(&mut h, "Start meeting");
    assert_eq!(entered(&h.state().asked), []);
    h.get_by_label_contains("Write your name first");
    h.get_by_label("Your name").type_text("Ben");
    h.run();
    click(&mut h, "Start meeting");
    assert_eq!(kept(&h.state().asked).map(|s| s.name), Some("Ben".into()));
    let asked = &h.state().asked;
    let name = asked.iter().position(|c| matches!(c, Command::Window(Window::Settings(_))));
    let start = asked.iter().position(|c| matches!(c, Command::Enter(Enter::Start { .. })));
    assert!(name < start, "the name is kept before the node starts: {asked:?}");
}

#[test]
fn links_are_found_in_what_was_pasted() {
    let mut h = lobby(sample_lobby::lobby());
    let link = format!("moot://{}", "ab".repeat(32));
    write(&mut h, "Link or QR text", &format!("Join us: {link} – see you"));
    click(&mut h, "Join by this link");
    assert_eq!(entered(&h.state().asked), [Enter::Link(link)]);
}

#[test]
fn what_is_no_link_is_explained() {
    let mut h = lobby(sample_lobby::lobby());
    write(&mut h, "Link or QR text", "351-047");
    h.key_press(Key::Enter);
    h.run();
    h.get_by_label_contains("This is a code.");
    assert_eq!(entered(&h.state().asked), []);
}

#[test]
fn the_interrupted_meeting_comes_first() {
    let mut h = lobby(sample_lobby::interrupted());
    h.get_by_label("Dike watch was interrupted");
    click(&mut h, "Continue: Dike watch");
    assert_eq!(entered(&h.state().asked), [Enter::Continue(sample_lobby::id(11))]);
}

#[test]
fn earlier_meetings_are_continued_or_forgotten() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Continue: Budget 2027");
    click(&mut h, "Forget Safety drill");
    let wanted = [Enter::Continue(sample_lobby::id(12)), Enter::Forget(sample_lobby::id(13))];
    assert_eq!(entered(&h.state().asked), wanted);
}

#[test]
fn nothing_found_says_why_and_what_to_do() {
    for (why, words) in [
        (NothingFound::NoNetwork, "This laptop is on no network"),
        (NothingFound::MulticastBlocked, "This network hides laptops from each other"),
        (NothingFound::Nobody, "No meeting here yet"),
    ] {
        let mut model = sample_lobby::lobby();
        model.lobby.found.clear();
        model.lobby.nothing_found = Some(why);
        lobby(model).get_by_label(words);
    }
    let mut model = sample_lobby::lobby();
    model.lobby.found.clear();
    lobby(model).get_by_label("Looking for meetings…");
}

#[test]
fn a_meeting_that_appears_leaves_the_keyboard_where_it_is() {
    let mut model = sample_lobby::lobby();
    let appears = model.lobby.found.pop().expect("three meetings");
    let mut h = stand::<LobbyPanel>(model, [700.0, 2400.0], LobbyPanel::ui);
    h.run();
    write(&mut h, "Title", "Dike");
    h.state_mut().model.lobby.found.insert(0, appears);
    h.run();
    assert!(h.get_by_label("Title").is_focused());
}

#[test]
fn the_keyboard_alone_is_enough() {
    let mut h = lobby(sample_lobby::lobby());
    h.get_by_label("Join: Pump station review").focus();
    h.run();
    h.key_press(Key::Enter);
    h.run();
    h.get_by_label("Meeting code").type_text("351047");
    h.run();
    h.key_press(Key::Tab);
    h.run();
    assert!(h.get_by_label("Join").is_focused());
    h.key_press(Key::Enter);
    h.run();
    assert_eq!(entered(&h.state().asked), [join("351-047")]);
}

#[test]
fn recordings_are_played_and_deleted_after_a_question() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Show: Recordings (3)");
    click(&mut h, "Play Pump station review");
    click(&mut h, "Delete Pump station review");
    let folder = h.state().model.lobby.recordings[0].folder.clone();
    assert_eq!(entered(&h.state().asked), [Enter::OpenRecording(folder.clone())]);
    assert_eq!(h.state().model.sheet, Some(Sheet::ConfirmDelete(folder)));
    // A damaged one says why, and can't be played.
    h.get_by_label_contains("damaged after 3:20");
    click(&mut h, "Play Dike watch");
    assert_eq!(entered(&h.state().asked).len(), 1);
}

#[test]
fn one_recording_is_opened_at_a_time_and_the_last_one_deleted_leaves_a_way_back() {
    let mut model = sample_lobby::lobby();
    model.lobby.opening = Some(model.lobby.recordings[1].folder.clone());
    let mut h = lobby(model);
    click(&mut h, "Show: Recordings (3)");
    h.get_by_label_contains("Opening…");
    click(&mut h, "Play Pump station review");
    assert_eq!(entered(&h.state().asked), []);
    h.state_mut().model.lobby.recordings.clear();
    h.run();
    h.get_by_label_contains("Nothing is recorded yet");
    click(&mut h, "Show: Meetings");
    assert!(h.query_by_label_contains("Nothing is recorded yet").is_none());
}

#[test]
fn the_picture_has_a_colour_to_choose() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Colour of your picture");
    click(&mut h, "Colour 4");
    assert_eq!(kept(&h.state().asked).and_then(|s| s.colour), Some(3));
}

#[test]
fn who_never_chose_a_colour_has_none_to_be_chosen_already() {
    let mut model = sample_lobby::lobby();
    model.settings.colour = None;
    let mut h = lobby(model);
    click(&mut h, "Colour of your picture");
    let chosen = |n| h.get_by_label(&format!("Colour {n}")).accesskit_node().toggled();
    assert!((1..=6).all(|n| chosen(n) != Some(Toggled::True)));
}

#[test]
fn trying_it_alone_is_one_click() {
    let mut h = lobby(sample_lobby::lobby());
    click(&mut h, "Try");
    assert_eq!(entered(&h.state().asked), [Enter::Demo]);
}
