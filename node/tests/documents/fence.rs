//! What the fence around a worker keeps in, tried by a program that plays LibreOffice.

use super::bench::{Bench, PROGRAM};
use super::pdf;
use landlock::{ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// Whether this system can fence files in.
fn landlock() -> bool {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(Ruleset::create)
        .is_ok()
}

/// Converts a text with a LibreOffice that does `deeds` first; whether it came so far as to make its PDF.
fn allowed(deeds: &str) -> bool {
    let bench = Bench::new();
    let deck = bench.named("deck.pdf", pdf::deck(1));
    // What lies beside the program it may read.
    let program = bench.folder.path().join("program");
    std::fs::create_dir(&program).expect("a scratch folder");
    std::fs::copy(deck, program.join("deck.pdf")).expect("a scratch file");
    let soffice = program.join("soffice");
    let end = "cp \"$(dirname \"$0\")/deck.pdf\" out/document.pdf";
    std::fs::write(&soffice, format!("#!/bin/bash\nset -e\n{deeds}\n{end}\n")).expect("a script");
    std::fs::set_permissions(&soffice, std::fs::Permissions::from_mode(0o700)).expect("own file");
    let output = Command::new(PROGRAM)
        .args(["--json", "convert", "--out"])
        .arg(bench.folder.path().join("out"))
        .arg(bench.named("plain.txt", "Pump station"))
        .env("MOOT_SOFFICE", &soffice)
        .output()
        .expect("the program runs");
    output.status.success()
}

#[test]
fn its_own_folder_is_all_it_may_change() {
    assert!(allowed("echo x > home/mine; echo x > tmp/mine; cat in/document.html > /dev/null"));
    if !landlock() {
        println!("skipped: this system has no Landlock");
        return;
    }
    let elsewhere = tempfile::tempdir().expect("a scratch folder");
    let secret = elsewhere.path().join("secret");
    std::fs::write(&secret, "word").expect("a scratch file");
    let folder = elsewhere.path().display();
    assert!(!allowed(&format!("cat {folder}/secret")), "others' files are closed");
    assert!(!allowed(&format!("echo x > {folder}/new")), "it writes nothing elsewhere");
    assert!(!allowed(&format!("rm {folder}/secret")));
    assert!(secret.is_file());
    assert!(!allowed(&format!("kill -0 {}", std::process::id())), "others get no signals");
}

#[test]
fn it_has_no_network() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    listener.set_nonblocking(true).expect("a socket");
    assert!(!allowed(&format!("exec 3<> /dev/tcp/127.0.0.1/{port}")));
    assert!(!allowed(&format!("exec 3<> /dev/udp/127.0.0.1/{port}")));
    assert!(listener.accept().is_err(), "nobody came");
}
