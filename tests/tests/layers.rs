//! The layering, checked in the text: `room` decides and touches nothing, only `io/mesh` names libp2p,
//! files stay small.

use moot_tests::gathering::files;
use std::path::{Path, PathBuf};

/// What pure code must not name: files, sockets, clocks, threads, chance, input and output.
const FORBIDDEN_IN_ROOM: [&str; 19] = [
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "std::io",
    "std::thread",
    "std::process",
    "std::env",
    "std::sync::mpsc",
    "Instant",
    "SystemTime",
    "tokio",
    "libp2p",
    "redb",
    "getrandom",
    "thread_rng",
    "crate::io",
    "crate::node",
];

/// Lines of one file beyond which it has more than one purpose (docs/ARCHITECTURE.md).
const LINES: usize = 400;

#[test]
fn room_names_nothing_that_touches_the_world() {
    let offences = sources("node/src/room").into_iter().flat_map(|(file, text)| {
        let product = product(&text);
        let named = FORBIDDEN_IN_ROOM.iter().filter(move |word| mentions(&product, word));
        named.map(move |word| format!("{} names {word}", file.display())).collect::<Vec<_>>()
    });
    let offences: Vec<String> = offences.collect();
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn only_the_mesh_names_libp2p() {
    let offences: Vec<PathBuf> = ["node/src", "federation", "tests/src", "benches"]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|(file, _)| {
            !file.starts_with("node/src/io/mesh") && *file != Path::new("node/src/io/mesh.rs")
        })
        .filter(|(_, text)| mentions(&code(text), "libp2p"))
        .map(|(file, _)| file)
        .collect();
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn io_never_asks_the_node_that_wires_it() {
    let offences: Vec<PathBuf> = sources("node/src/io")
        .into_iter()
        .filter(|(_, text)| {
            mentions(&product(text), "crate::node") || mentions(&product(text), "crate::cli")
        })
        .map(|(file, _)| file)
        .collect();
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn the_bridge_decides_and_federation_io_acts() {
    let named = |folder: &str, words: &'static [&'static str]| {
        let of = |(file, text): (PathBuf, String)| {
            let product = product(&text);
            let named = words.iter().filter(move |word| mentions(&product, word));
            named.map(|word| format!("{} names {word}", file.display())).collect::<Vec<_>>()
        };
        sources(folder).into_iter().flat_map(of).collect::<Vec<_>>()
    };
    let bridge =
        named("federation/src/bridge", &["tokio_xmpp", "tokio_rustls", "hyper", "TcpStream"]);
    let link = named("federation/src/io", &["crate::bridge", "moot_node"]);
    let elements =
        named("federation/src/xep", &["tokio", "tokio_xmpp", "Instant", "crate::bridge"]);
    assert!(
        bridge.is_empty() && link.is_empty() && elements.is_empty(),
        "{bridge:#?} {link:#?} {elements:#?}"
    );
    assert!(sources("federation/src/io").len() > 10, "the sources are found");
}

#[test]
fn files_have_one_purpose() {
    let folders = ["node", "gui", "federation", "tests", "benches"];
    let lines = |text: &str| text.lines().count();
    let (mut long, mut long_with_tests) = (Vec::new(), Vec::new());
    for (file, text) in folders.iter().flat_map(|folder| sources(folder)) {
        let (all, product) = (lines(&text), lines(without_tests(&text)));
        let list = if product > LINES { &mut long } else { &mut long_with_tests };
        if all > LINES {
            list.push(format!("{}: {product} lines, {all} with tests", file.display()));
        }
    }
    println!("longer than {LINES} lines with their tests: {long_with_tests:#?}");
    assert!(long.is_empty(), "longer than {LINES} lines: {long:#?}");
}

#[test]
fn the_checks_can_fail() {
    assert!(mentions("use std::fs;", "std::fs") && !mentions("use std::fsx;", "std::fs"));
    assert!(mentions("let t: Instant = x;", "Instant") && !mentions("an Instantly", "Instant"));
    assert_eq!(code("a // libp2p\n/// libp2p\nb"), "a \n\nb\n");
    assert_eq!(product("a\n#[cfg(test)]\nmod tests {\n std::fs\n}\n"), "a\n");
    assert!(sources("node/src/room").len() > 3, "the sources are found");
}

/// Rust files below `folder` (from the repository's root) with their text, in order.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the repository");
    let rust =
        files(&root.join(folder)).into_iter().filter(|f| f.extension().is_some_and(|e| e == "rs"));
    let named = rust.filter_map(|file| {
        let text = std::fs::read_to_string(&file).ok()?;
        Some((file.strip_prefix(root).ok()?.to_owned(), text))
    });
    named.collect()
}

/// A file's code without its tests and comments.
fn product(text: &str) -> String {
    code(without_tests(text))
}

/// A file's text without its tests, which end it.
fn without_tests(text: &str) -> &str {
    &text[..text.find("#[cfg(test)]\nmod ").unwrap_or(text.len())]
}

/// Text without line comments.
fn code(text: &str) -> String {
    let line = |line: &str| line.split("//").next().unwrap_or_default().to_owned() + "\n";
    text.lines().map(line).collect()
}

/// Whether `text` has `word` as a whole.
fn mentions(text: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}
