//! PDFs that ask for a password.

use super::bench::{Bench, PROGRAM};
use super::pdf;
use moot_node::io::document::{ConvertError, Original, Password};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A deck of two pages locked with this password by MuPDF, in each of the ways there are.
pub(super) fn locked(bench: &Bench, way: &str, password: &str) -> Option<PathBuf> {
    let plain = bench.named("plain.pdf", pdf::deck(2));
    let locked = bench.folder.path().join(format!("{way}.pdf"));
    let mutool = Command::new("mutool")
        .args(["clean", "-E", way, "-U", password, "-O", "owner"])
        .args([&plain, &locked])
        .output();
    match mutool {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => {
            println!("skipped: mutool is not installed");
            return None;
        }
    }
    Some(locked)
}

#[tokio::test]
async fn the_right_password_opens_and_a_wrong_one_is_told() {
    for way in ["rc4-128", "aes-128", "aes-256"] {
        let bench = Bench::new();
        let Some(file) = locked(&bench, way, "open sesame") else { return };
        let with = |word| Original::from(&file).with_password(Password::new(word));
        let none = bench.convert_file(&file).await;
        assert!(matches!(none, Err(ConvertError::Password { wrong: false })), "{way}: {none:?}");
        let wrong = bench.convert_this(with("sesame")).await;
        assert!(matches!(wrong, Err(ConvertError::Password { wrong: true })), "{way}: {wrong:?}");
        let converted = bench.convert_this(with("open sesame")).await.expect(way);
        assert_eq!((converted.pages, converted.warnings.len()), (2, 0), "{way}");
        let index = bench.index(&converted);
        assert!(bench.text(&index).page(2).contains("Page 2 of 2"), "{way}");
        let again = bench.convert_file(&file).await;
        assert!(
            matches!(again, Err(ConvertError::Password { .. })),
            "{way}: it is asked for in the next meeting, too"
        );
    }
}

#[test]
fn convert_reads_passwords_from_standard_input() {
    let bench = Bench::new();
    let Some(file) = locked(&bench, "aes-256", "open sesame") else { return };
    let mut program = Command::new(PROGRAM)
        .args(["--json", "convert", "--out"])
        .arg(bench.folder.path().join("out"))
        .arg(&file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = program.stdin.take().expect("a pipe");
    stdin.write_all(b"wrong\nopen sesame\n").expect("it reads");
    drop(stdin);
    let output = program.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches(r#""event":"password""#).count(), 2, "{said}");
    assert!(said.contains(r#""wrong":true"#) && said.contains(r#""pages":2"#), "{said}");
    assert!(!said.contains("sesame"), "a password is never printed");
}
