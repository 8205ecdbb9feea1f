//! Pictures of every screen, to be looked at: light and dark, English and Chinese, in three sizes.
//! Nothing is judged here but that each screen comes. They are left in `target/rig/window/album/`.
//!
//! `MOOT_ALBUM=1440x900@1-en-dark` takes one set alone; `SIZE@SCALE-LANGUAGE-THEME`.

use moot_tests::desk::{self, Desk};
use moot_tests::gathering::Gathering;
use moot_tests::launch::Launch;
use moot_tests::net::Network;
use moot_tests::process::Node;
use moot_tests::{pdf, speech, turn, wait, wav};
use std::path::Path;
use std::time::Duration;

/// Screens in pixels, pixels a point, languages and themes.
const SETS: [(&str, &str, &str, &str); 8] = [
    ("1440x900", "1", "en", "light"),
    ("1440x900", "1", "zh", "dark"),
    ("1440x900", "1", "en", "dark"),
    ("1440x900", "1", "zh", "light"),
    ("1024x700", "1", "en", "light"),
    ("1024x700", "1", "zh", "dark"),
    ("3840x2160", "2", "en", "dark"),
    ("3840x2160", "2", "zh", "light"),
];

/// How long a screen may take to come on a busy machine without a graphics card.
const LONG: Duration = Duration::from_secs(40);

/// Until a sheet has been drawn.
const DRAWN: Duration = Duration::from_millis(600);

/// A document with headings and links that nobody made for this (Debian package `libtasn1-doc`).
const MANUAL: &str = "/usr/share/doc/libtasn1-doc/libtasn1.pdf";

/// A link of its first page that leads outside.
const LINK: &str = "mailto:help-libtasn1@gnu.org";

/// People in the meeting, and where they sit.
const CAST: [&str; 3] = ["Lin Wei 林伟", "Jonas Schmidt", "Zhang Min 张敏"];

/// The laptop with the window.
const WINDOW: usize = 3;

#[test]
#[ignore = "pictures for the eye: three minutes"]
fn every_screen_in_every_dress() {
    let _turn = turn::take();
    let network = Network::new(4);
    if !network.can("windows in a meeting") || !desk::possible() {
        return;
    }
    let wanted = std::env::var("MOOT_ALBUM").unwrap_or_default();
    for (screen, scale, language, theme) in SETS {
        let name = format!("{screen}@{scale}-{language}-{theme}");
        if !name.contains(&wanted) {
            continue;
        }
        let folder = tempfile::tempdir().expect("temporary folder is writable");
        let (wide, high) = screen.split_once('x').expect("width and height");
        let size = (wide.parse().expect("pixels"), high.parse().expect("pixels"));
        let mut desk = Desk::new(&network, WINDOW, size, folder.path())
            .with(format!("WINIT_X11_SCALE_FACTOR={scale}"));
        settings(folder.path(), language, theme);
        album(&network, &mut desk, folder.path(), &name);
    }
}

fn settings(folder: &Path, language: &str, theme: &str) {
    let place = folder.join(format!("window-{WINDOW}.config/moot"));
    std::fs::create_dir_all(&place).expect("temporary folder is writable");
    let text = format!("name = \"Amara Okafor\"\nlanguage = \"{language}\"\ntheme = \"{theme}\"\n");
    std::fs::write(place.join("settings.toml"), text).expect("temporary folder is writable");
}

/// What something is called in either language.
fn press(desk: &Desk, words: &[&str]) {
    let thing = desk.sees_some(words[0], LONG, |name| words.contains(&name));
    let (x, y) = thing.middle();
    desk.click(x, y);
}

fn sees(desk: &Desk, words: &[&str]) {
    let _ = desk.sees_some(words[0], LONG, |name| words.iter().any(|w| name.contains(w)));
}

fn shot(desk: &Desk, set: &str, n: &mut usize, name: &str) {
    wait::span(DRAWN);
    *n += 1;
    let _ = desk.look(&format!("album-{set}-{n:02}-{name}"));
}

fn album(network: &Network, desk: &mut Desk, folder: &Path, set: &str) {
    let n = &mut 0;
    let data = folder.join("data").display().to_string();
    desk.open(&["--data", &data]);
    sees(desk, &["No meeting here yet", "这里还没有会议", "hides", "看不见"]);
    shot(desk, set, n, "lobby-empty");
    let deck = folder.join("Pump-station.pdf");
    std::fs::write(&deck, moot_node::props::deck(24)).expect("writable");
    let talk = folder.join("talk.wav");
    wav::write(&talk, &speech::with_clicks(120.0, &[])).expect("writable");
    let start = |node: usize, words: &[&str]| {
        let words: Vec<&str> = words.iter().copied().chain(["--name", CAST[node]]).collect();
        Launch::new(network, node, CAST[node], &words).data(&folder.join(CAST[node]))
    };
    let host = start(0, &["host", "--title", "Pump station review"])
        .with("--document", &deck)
        .with("--source", &talk)
        .start();
    let meeting = host.event("meeting", LONG);
    let code = meeting.text("code").to_owned();
    let jonas = start(1, &["join", meeting.text("link")]).start();
    let _ = jonas.event("joined", LONG);
    let other = start(2, &["host", "--title", "河道巡查周会", "--join", "ask"]).start();
    sees(desk, &["Join: 河道巡查周会", "加入：河道巡查周会", "河道巡查周会"]);
    shot(desk, set, n, "lobby-found");
    press(
        desk,
        &["Join: Pump station review", "加入: Pump station review", "加入：Pump station review"],
    );
    wait::span(DRAWN);
    desk.type_text("111111");
    desk.key("Return");
    sees(desk, &["once more", "再问一次"]);
    shot(desk, set, n, "lobby-wrong-code");
    desk.key("ctrl+a");
    desk.type_text(&code);
    desk.key("Return");
    desk.titled("Pump station", LONG);
    sees(desk, &["Page 1 of 24", "第 1 页，共 24 页"]);
    in_meeting(desk, set, n, &host, &jonas);
    opening(desk, set, n, folder);
    playing(desk, set, n);
    for node in [host, jonas, other] {
        node.leave();
    }
    desk.kill();
    let _ = Gathering::new;
}

fn in_meeting(desk: &Desk, set: &str, n: &mut usize, host: &Node, jonas: &Node) {
    desk.key("ctrl+shift+r");
    // Whoever has just come first hears the presenter.
    wait::span(Duration::from_secs(2));
    host.command("page 4");
    wait::span(Duration::from_secs(1));
    host.command("page 5");
    host.command("stroke 0.08,0.30 0.30,0.26 0.42,0.34 0.40,0.46 0.2,0.5 0.07,0.42 0.08,0.28 red");
    jonas.command("say Can we go back to the costs after this one?");
    host.command(
        "say Yes, week 46. The raw table is on https://example.org/pump/2026/week-46.html",
    );
    jonas.command("say 第 6 页的数据是上周的吗？");
    jonas.command("hand up");
    sees(desk, &["Page 5 of 24", "第 5 页，共 24 页"]);
    wait::span(Duration::from_secs(3));
    shot(desk, set, n, "stage");
    desk.key("ctrl+equal");
    shot(desk, set, n, "nearer");
    desk.key("ctrl+0");
    for (key, name) in [
        ("ctrl+k", "palette"),
        ("question", "keys"),
        ("ctrl+comma", "settings"),
        ("ctrl+i", "invite"),
    ] {
        desk.key(key);
        shot(desk, set, n, name);
        desk.key("Escape");
        wait::span(DRAWN);
    }
    desk.key("m");
    shot(desk, set, n, "notice");
    if let Some(cross) = desk.shows("Dismiss").or_else(|| desk.shows("关闭提示")) {
        let (x, y) = cross.middle();
        desk.click(x, y);
    }
    desk.key("ctrl+f");
    desk.type_text("the");
    shot(desk, set, n, "search");
    desk.key("Escape");
    desk.key("Escape");
    desk.key("Next");
    shot(desk, set, n, "strayed");
    desk.key("BackSpace");
    desk.key("ctrl+p");
    sees(desk, &["You are presenting", "你正在主讲"]);
    desk.key("F5");
    shot(desk, set, n, "presenter-view");
    desk.key("b");
    shot(desk, set, n, "presenter-black");
    desk.key("b");
    desk.key("F5");
    desk.key("t");
    // The page is where it was before.
    wait::span(DRAWN);
    let page = desk.sees_some("page", LONG, |name| {
        name.contains("Page 5 of 24") || name.contains("第 5 页，共")
    });
    let (x, y) = page.middle();
    desk.click(x, y);
    desk.type_text("why noon?");
    shot(desk, set, n, "note");
    desk.key("ctrl+Return");
}

/// Documents on their way in: a path, a locked one, one that takes long and is given up.
fn opening(desk: &Desk, set: &str, n: &mut usize, folder: &Path) {
    desk.key("ctrl+o");
    shot(desk, set, n, "open");
    let locked = folder.join("Contract.pdf");
    std::fs::write(&locked, pdf::encrypted()).expect("writable");
    desk.type_text(&locked.display().to_string());
    desk.key("Return");
    sees(desk, &["Write the password", "请输入打开"]);
    desk.type_text("sesame");
    shot(desk, set, n, "password");
    desk.key("Escape");
    desk.key("Escape");
    let long = folder.join("Handbook.pdf");
    std::fs::write(&long, moot_node::props::deck(600)).expect("writable");
    desk.key("ctrl+o");
    wait::span(DRAWN);
    desk.type_text(&long.display().to_string());
    desk.key("Return");
    sees(desk, &["of 600", "/ 600"]);
    shot(desk, set, n, "converting");
    press(desk, &["Stop converting", "停止转换"]);
    shot(desk, set, n, "given-up");
    structured(desk, set, n, folder);
}

/// A real document with headings and links: its contents, a link that leads outside, copies of it, and
/// what is asked when it is saved again.
fn structured(desk: &Desk, set: &str, n: &mut usize, folder: &Path) {
    let manual = folder.join("Manual.pdf");
    if std::fs::copy(MANUAL, &manual).is_err() {
        return;
    }
    desk.key("ctrl+o");
    wait::span(DRAWN);
    desk.type_text(&manual.display().to_string());
    desk.key("Return");
    let _ = desk.sees_some("page 1", 4 * LONG, |name| {
        ["(T-1) of 36", "（T-1）/ 36"].iter().any(|words| name.contains(words))
    });
    // A window this narrow has no strip until it is asked for.
    if desk.shows("table of contents").or_else(|| desk.shows("显示目录")).is_none() {
        desk.key("F9");
    }
    press(desk, &["Show table of contents", "显示目录"]);
    shot(desk, set, n, "contents");
    desk.key("F9");
    press(desk, &[LINK]);
    shot(desk, set, n, "link");
    desk.key("Escape");
    wait::span(DRAWN);
    desk.key("ctrl+s");
    shot(desk, set, n, "copy");
    desk.key("Escape");
    desk.key("F9");
    desk.key("Next");
    std::fs::write(&manual, moot_node::props::deck(12)).expect("writable");
    sees(desk, &["was saved again", "已重新保存"]);
    shot(desk, set, n, "saved-again");
    press(desk, &["Update", "更新"]);
    sees(desk, &["Page 2 of 12", "第 2 页，共 12 页"]);
    shot(desk, set, n, "updated");
}

/// Out of the meeting, and its recording again.
fn playing(desk: &Desk, set: &str, n: &mut usize) {
    desk.key("ctrl+w");
    shot(desk, set, n, "leave");
    let leave = |name: &str| ["Leave", "离开"].contains(&name);
    let top = desk.things().into_iter().rfind(|thing| leave(&thing.name));
    let (x, y) = top.expect("the question is open").middle();
    desk.click(x, y);
    sees(desk, &["Meetings on this network", "本网络中的会议"]);
    let tab = desk.sees_some("tab", LONG, |name| {
        ["Recordings (1)", "录制（1）"].iter().any(|words| name.contains(words))
    });
    let (x, y) = tab.middle();
    desk.click(x, y);
    sees(desk, &["Play Pump station", "播放“Pump station"]);
    shot(desk, set, n, "recordings");
    press(desk, &["Delete Pump station review", "删除“Pump station review”"]);
    shot(desk, set, n, "delete");
    desk.key("Escape");
    wait::span(DRAWN);
    press(desk, &["Play Pump station review", "播放“Pump station review”"]);
    sees(desk, &["Page 5 of 24", "第 5 页，共 24 页"]);
    wait::span(Duration::from_secs(6));
    shot(desk, set, n, "player");
}
