//! The program from outside: help, languages, exit codes, and standard streams that close.

use std::io::Read;
use std::process::{Command, Output, Stdio};

fn moot_node(words: &str, language: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moot-node"));
    command.args(words.split_whitespace()).stdin(Stdio::null());
    command.env_remove("LANGUAGE").env_remove("LC_MESSAGES").env_remove("MOOT_LOG");
    command.env("LC_ALL", language).env("LANG", language);
    command
}

fn run(words: &str, language: &str) -> Output {
    moot_node(words, language).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

#[test]
fn help_is_in_the_language_of_the_environment() {
    let subcommands = ["", "host", "find", "join", "play", "convert", "export", "verify", "demo"];
    for sub in subcommands {
        let english = run(&format!("{sub} --help"), "C.UTF-8");
        let chinese = run(&format!("{sub} --help"), "zh_CN.UTF-8");
        for (help, word) in [(&english, "Usage: moot-node"), (&chinese, "用法: moot-node")] {
            assert_eq!(help.status.code(), Some(0), "{sub}");
            assert!(text(&help.stdout).contains(word), "{sub}: {}", text(&help.stdout));
            assert!(help.stderr.is_empty(), "{sub}: {}", text(&help.stderr));
        }
        assert!(!text(&chinese.stdout).contains("Options"), "{sub}");
    }
}

#[test]
fn the_option_is_stronger_than_the_environment() {
    let chinese = run("find --lang zh --help", "en_US.UTF-8");
    assert!(text(&chinese.stdout).contains("列出"), "{}", text(&chinese.stdout));
    let english = run("--lang=en find --help", "zh_CN.UTF-8");
    assert!(text(&english.stdout).contains("List"), "{}", text(&english.stdout));
}

#[test]
fn a_wrong_command_line_is_exit_code_2_and_says_what_to_do() {
    for words in ["", "dance", "host --dance", "join --source", "verify", "demo --nodes 99"] {
        for (language, hint) in [("C", "--help"), ("zh_CN.UTF-8", "请看")] {
            let ran = run(words, language);
            assert_eq!(ran.status.code(), Some(2), "{words}");
            assert!(text(&ran.stderr).contains(hint), "{words}: {}", text(&ran.stderr));
            assert!(ran.stdout.is_empty(), "{words}");
        }
    }
}

#[test]
fn what_is_not_there_is_exit_code_4() {
    for words in [
        "verify /nowhere/at/all",
        "play /nowhere/at/all",
        "convert /nowhere.pdf --out x",
        "export /nowhere --out x",
    ] {
        let ran = run(&format!("{words} --json"), "C");
        assert_eq!(ran.status.code(), Some(4), "{words}");
        let line: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!((&line["event"], &line["kind"]), (&"error".into(), &"not_found".into()));
    }
}

#[test]
fn the_version_is_told() {
    let ran = run("--version", "C");
    assert_eq!(text(&ran.stdout).trim(), concat!("moot-node ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_closed_standard_output_ends_it_quietly() {
    let mut child = moot_node("host --help", "C")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(complaint, "");
}
