//! Bars, people, chat and palette, each alone with a made-up meeting.

mod stand;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use moot_gui::command::{Command, Deed, InRoom, OnPage, Window, WithPeople};
use moot_gui::model::marks::Tool;
use moot_gui::model::tools::Instrument;
use moot_gui::model::{Model, Sheet, sample};
use moot_gui::panels::{bottom_bar::BottomBar, chat::ChatPanel, palette::Palette};
use moot_gui::panels::{people::PeoplePanel, toasts, top_bar::TopBar};
use moot_node::node::RoomState;
use moot_node::room::stanza::RoomName;
use stand::{Stand, stand};

#[test]
fn the_bottom_bar_turns_pages_takes_tools_and_raises_a_hand() {
    let mut h = stand::<BottomBar>(sample::model(), [1440.0, 76.0], BottomBar::ui);
    h.run();
    for name in ["Next page", "Pen", "Raise hand", "Close microphone", "Leave"] {
        h.get_by_label(name).click();
        h.run();
    }
    let deeds = [
        Deed::NextPage,
        Deed::Take(Instrument::Draw(Tool::Pen)),
        Deed::ToggleHand,
        Deed::ToggleMicrophone,
        Deed::Leave,
    ];
    assert_eq!(h.state().asked, deeds.map(Command::Do));
}

#[test]
fn a_file_that_was_saved_again_is_offered_until_it_is_answered() {
    let mut model = sample::model();
    let stage = &mut model.meeting.as_mut().expect("a meeting").stage;
    stage.saved.push((sample::DECK, "plans.pdf".into()));
    let mut h = stand::<()>(model, [1440.0, 300.0], |(), ui, cx| toasts::ui(ui, cx));
    h.run();
    h.get_by_label("plans.pdf was saved again");
    for name in ["Update", "Not now"] {
        h.get_by_label(name).click();
        h.run();
    }
    let wanted: [Command; 2] =
        [OnPage::Update(sample::DECK).into(), OnPage::NotNow(sample::DECK).into()];
    assert_eq!(h.state().asked, wanted);
    h.state_mut().model.meeting.as_mut().expect("a meeting").stage.saved.clear();
    h.run();
    assert!(h.query_by_label("Update").is_none());
}

#[test]
fn a_room_is_suggested_and_one_line_says_what_is_on() {
    let mut model = sample::model();
    let others = |model: &Model| {
        let meeting = model.meeting.as_ref().expect("a meeting");
        let listed = meeting.people.listed();
        let others = listed.iter().filter(|person| person.id != meeting.me);
        others.map(|person| (person.id, person.name.clone())).collect::<Vec<_>>()
    };
    let (id, name) = others(&model).remove(0);
    let elbe = RoomName::new("Elbe").expect("a name");
    model.meeting.as_mut().expect("a meeting").room_suggested = Some((elbe.clone(), vec![id]));
    let mut h = stand::<PeoplePanel>(model, [400.0, 700.0], PeoplePanel::ui);
    h.run();
    h.get_by_label_contains(&format!("one room with {name}"));
    for words in ["Same room", "Not here"] {
        h.get_by_label(words).click();
        h.run();
    }
    let meeting = h.state_mut().model.meeting.as_mut().expect("a meeting");
    meeting.room_suggested = None;
    meeting.room = RoomState {
        room: Some(elbe.clone()),
        mates: vec![id],
        headphones: false,
        loudspeaker: Some(id),
        microphone: Some(meeting.me),
    };
    h.run();
    h.get_by_label_contains(&format!("{name}'s loudspeaker plays those outside, your microphone"));
    for words in ["Use my loudspeaker", "I wear headphones", "Leave room"] {
        h.get_by_label(words).click();
        h.run();
    }
    let wanted = [
        InRoom::Sit(Some(elbe)),
        InRoom::Sit(None),
        InRoom::PlayHere,
        InRoom::Headphones(true),
        InRoom::Sit(None),
    ];
    assert_eq!(h.state().asked, wanted.map(Command::Room));
    let state = &mut h.state_mut().model.meeting.as_mut().expect("a meeting").room;
    state.headphones = true;
    h.run();
    h.get_by_label_contains("you wear headphones");
    h.get_by_label("No headphones");
    assert!(h.query_by_label("Use my loudspeaker").is_none());
}

#[test]
fn inks_and_widths_are_chosen_by_name() {
    let mut h = stand::<BottomBar>(sample::model(), [1460.0, 76.0], BottomBar::ui);
    h.run();
    h.get_by_label("Green").click();
    h.run();
    assert_eq!(h.state().asked, [OnPage::Ink(2).into()]);
}

#[test]
fn who_may_not_draw_can_point_but_not_draw() {
    let mut model = sample::model();
    model.meeting.as_mut().expect("a meeting").drawing_allowed = false;
    let mut h = stand::<BottomBar>(model, [1440.0, 76.0], BottomBar::ui);
    h.run();
    h.get_by_label("Pen").click();
    h.run();
    assert!(h.state().asked.is_empty(), "{:?}", h.state().asked);
    h.get_by_label("Laser pointer").click();
    h.run();
    assert_eq!(h.state().asked, [Command::Do(Deed::Take(Instrument::Laser))]);
}

#[test]
fn every_instrument_has_a_deed_with_words() {
    let held = [Instrument::Draw(Tool::Pen), Instrument::Note, Instrument::Eraser];
    assert_eq!(held.len(), 3);
    assert!(Deed::all().all(|deed| !deed.text().contains('.')));
}

#[test]
fn the_top_bar_invites_and_shows_recording() {
    let mut model = sample::model();
    let meeting = model.meeting.as_mut().expect("a meeting");
    meeting.people.get_mut(&sample::member(3)).expect("a person").recording = true;
    let mut h = stand::<TopBar>(model, [1440.0, 60.0], TopBar::ui);
    h.run();
    h.get_by_label("Recording");
    h.get_by_label("Invite").click();
    h.run();
    assert_eq!(h.state().asked, [Command::Do(Deed::Invite)]);
}

#[test]
fn who_speaks_into_a_closed_microphone_is_told() {
    let mut model = sample::model();
    let sound = &mut model.meeting.as_mut().expect("a meeting").sound;
    (sound.source, sound.muted, sound.muted_speech) = (true, true, true);
    let mut h = stand::<BottomBar>(model, [1440.0, 76.0], BottomBar::ui);
    h.run();
    let words = "You are muted but speaking. Press M to open the microphone.";
    h.get_by_label(words);
    h.state_mut().model.meeting.as_mut().expect("a meeting").sound.muted_speech = false;
    h.run();
    assert!(h.query_by_label(words).is_none());
}

#[test]
fn a_microphone_that_is_set_too_loud_has_a_light() {
    let mut model = sample::model();
    let sound = &mut model.meeting.as_mut().expect("a meeting").sound;
    (sound.source, sound.muted, sound.clips) = (true, false, true);
    let mut h = stand::<BottomBar>(model, [1440.0, 76.0], BottomBar::ui);
    h.run();
    let words = "Too loud: your voice is cut off. Turn the microphone down in the system's sound settings, or lean back.";
    h.get_by_label(words);
    h.state_mut().model.meeting.as_mut().expect("a meeting").sound.muted = true;
    h.run();
    assert!(h.query_by_label(words).is_none(), "nobody hears it");
}

#[test]
fn people_are_listed_with_one_useful_line_each() {
    let mut h = stand::<PeoplePanel>(sample::model(), [300.0, 500.0], PeoplePanel::ui);
    h.run();
    for line in [
        "Lin Wei 林伟, Presenting",
        "Jonas Schmidt, Raised hand",
        "Amara Okafor, You",
        "Zhang Min 张敏, Has all pages",
        "Priya Kaur, Getting pages · 64 %",
    ] {
        h.get_by_label(line);
    }
}

#[test]
fn who_waits_at_the_door_is_let_in_from_the_list() {
    let mut model = sample::model();
    let meeting = model.meeting.as_mut().expect("a meeting");
    let ben = sample::member(9);
    meeting.people.stand(ben, "Ben", moot_node::node::MemberState::Asking);
    let mut h = stand::<PeoplePanel>(model, [300.0, 500.0], PeoplePanel::ui);
    h.run();
    h.get_by_label("Let in").click();
    h.run();
    assert_eq!(h.state().asked, [WithPeople::Admit(ben).into()]);
}

#[test]
fn a_line_is_written_and_sent_by_enter() {
    let mut h = stand::<ChatPanel>(sample::model(), [300.0, 400.0], ChatPanel::ui);
    h.run();
    h.get_by_label("Message").focus();
    h.run();
    h.get_by_label("Message").type_text("hello 你好");
    h.run();
    h.key_press(Key::Enter);
    h.run();
    let said = Command::Say("hello 你好".into());
    assert!(h.state().asked.contains(&said), "{:?}", h.state().asked);
    h.get_by_label("Can we go back to the costs after this one?");
}

#[test]
fn the_palette_finds_a_command_by_its_words() {
    let mut h = stand::<Palette>(sample::model(), [560.0, 480.0], Palette::ui);
    h.run();
    h.get_by_label("Command").type_text("raise");
    h.run();
    h.key_press(Key::Enter);
    h.run();
    let asked = &h.state().asked;
    assert_eq!(asked[..], [Window::Sheet(None).into(), Command::Do(Deed::ToggleHand)]);
    let _ = Sheet::Palette;
}

#[test]
fn at_no_width_do_buttons_of_the_bottom_bar_overlap() {
    for width in (720..1700).step_by(20) {
        let mut h = stand::<BottomBar>(sample::model(), [width as f32, 76.0], BottomBar::ui);
        h.run();
        let button = |role| matches!(role, Role::Button | Role::RadioButton | Role::SpinButton);
        let places: Vec<_> =
            h.query_all_by(|node| button(node.role())).map(|node| node.rect()).collect();
        assert!(places.len() >= 10, "{width}: {}", places.len());
        for (n, one) in places.iter().enumerate() {
            let over = places[n + 1..].iter().find(|other| one.shrink(1.0).intersects(**other));
            assert_eq!(over, None, "{width} points: {one:?}");
        }
    }
}

#[test]
fn what_can_be_done_with_somebody_is_in_their_menu() {
    let jonas = sample::member(2);
    for (choice, wanted) in [
        ("Mute on this laptop", WithPeople::Silence(jonas, true).into()),
        ("Give the floor", WithPeople::Give(jonas).into()),
        ("Remove from meeting…", Window::Sheet(Some(Sheet::ConfirmRemove(jonas))).into()),
    ] {
        let mut h = menu_of_jonas();
        h.get_by_label(choice).click();
        h.run();
        assert_eq!(h.state().asked, [wanted]);
    }
    let mut h = menu_of_jonas();
    h.get_by_role_and_label(Role::Slider, "Volume").focus();
    h.run();
    h.key_press(Key::ArrowRight);
    h.run();
    assert_eq!(h.state().asked, [WithPeople::Volume(jonas, 101).into()]);
}

#[test]
fn a_feeling_is_shown_from_the_bar() {
    let mut h = stand::<BottomBar>(sample::model(), [1440.0, 400.0], BottomBar::ui);
    h.run();
    h.get_by_label("React").click();
    h.run();
    h.get_by_label("Applause").click();
    h.run();
    let feeling = moot_node::room::stanza::Feeling::Applause;
    assert_eq!(h.state().asked, [WithPeople::React(feeling).into()]);
}

#[test]
fn the_presenter_says_who_may_draw() {
    let forbid = "Let only the presenter draw";
    let mut h = stand::<TopBar>(sample::model(), [1440.0, 60.0], TopBar::ui);
    h.run();
    assert!(h.query_by_label(forbid).is_none(), "others have no say in it");
    let mut h = stand::<TopBar>(presenting(), [1440.0, 60.0], TopBar::ui);
    h.run();
    h.get_by_label(forbid).click();
    h.run();
    assert_eq!(h.state().asked, [WithPeople::AllowDrawing(false).into()]);
}

/// The sample, of which this person is the presenter.
fn presenting() -> Model {
    let mut model = sample::model();
    let meeting = model.meeting.as_mut().expect("a meeting");
    meeting.presenter = Some(meeting.me);
    model
}

fn menu_of_jonas() -> Harness<'static, Stand<PeoplePanel>> {
    let mut h = stand::<PeoplePanel>(presenting(), [300.0, 500.0], PeoplePanel::ui);
    h.run();
    h.get_by_label("Jonas Schmidt, Raised hand").hover();
    h.run();
    h.get_by_label("More about Jonas Schmidt").click();
    h.run();
    h
}
