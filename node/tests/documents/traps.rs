//! Files that want memory, time, other files or the network: a sentence each, and nothing else.

use super::bench::Bench;
use super::{office, pdf};
use moot_node::io::document::{ConvertError, ConvertLimits};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How long anything hostile may take: a worker's processor time, and a busy machine.
const LIMIT: Duration = Duration::from_secs(90);

/// A converter with little patience, so that the tests have it, too.
fn short() -> Bench {
    let limits = ConvertLimits {
        page_cpu: Duration::from_secs(4),
        office_cpu: Duration::from_secs(20),
        ..ConvertLimits::default()
    };
    Bench::of(super::PROGRAM.into(), limits)
}

async fn refused(bench: &Bench, file: &Path) -> ConvertError {
    let began = Instant::now();
    let error = bench.convert_file(file).await.expect_err("a trap");
    println!("{} after {:.1?}: {error}", file.display(), began.elapsed());
    assert!(began.elapsed() < LIMIT, "{}", file.display());
    error
}

#[tokio::test]
async fn pictures_that_unpack_to_gigabytes() {
    let bench = short();
    for (name, bytes) in [
        ("bomb.png", office::png_bomb(60_000)),
        ("copies.svg", office::svg_bomb().into_bytes()),
        ("laughs.svg", office::svg_laughs().into_bytes()),
        ("deep.svg", office::svg(&"<g>".repeat(200_000)).into_bytes()),
    ] {
        let error = refused(&bench, &bench.named(name, bytes)).await;
        assert!(matches!(error, ConvertError::Pictures { .. }), "{name}: {error:?}");
    }
}

#[tokio::test]
async fn office_documents_that_unpack_to_gigabytes() {
    let bench = short();
    let honest = bench.named("bomb.docx", office::zip_bomb(3 << 30, false));
    assert!(matches!(refused(&bench, &honest).await, ConvertError::Bomb));
    if office::installed() {
        let lying = bench.named("lies.docx", office::zip_bomb(1 << 30, true));
        let error = refused(&bench, &lying).await;
        let told = matches!(error, ConvertError::OfficeFailed | ConvertError::OfficeSlow);
        assert!(told, "{error:?}");
    }
}

/// A PDF of one page without a table of objects, as readers find them by looking: this content and
/// these further entries of the page, and a form that draws itself.
fn loose(content: &str, entries: &str, kids: &str) -> String {
    let stream = |head: &str, content: &str| {
        format!("<< {head} /Length {} >>\nstream\n{content}\nendstream", content.len())
    };
    let form =
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Fm 5 0 R >> >>";
    format!(
        "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
         2 0 obj\n<< /Type /Pages /Count 1 /Kids [{kids}] >>\nendobj\n\
         3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 90 90] /Contents 4 0 R \
         /Resources << /XObject << /Fm 5 0 R >> >> {entries} >>\nendobj\n\
         4 0 obj\n{}\nendobj\n5 0 obj\n{}\nendobj\ntrailer\n<< /Root 1 0 R /Size 6 >>\n%%EOF\n",
        stream("", content),
        stream(form, "/Fm Do /Fm Do")
    )
}

#[tokio::test]
async fn objects_in_objects_without_end() {
    let bench = short();
    let deep = "[".repeat(1_000_000);
    for (name, bytes) in [
        ("arrays.pdf", loose("", &format!("/X {deep}"), "3 0 R")),
        ("dictionaries.pdf", loose("", &"/X << ".repeat(500_000), "3 0 R")),
        ("operands.pdf", loose(&deep, "", "3 0 R")),
        ("states.pdf", loose(&"q ".repeat(3_000_000), "", "3 0 R")),
        ("marked.pdf", loose(&"/P BMC ".repeat(1_000_000), "", "3 0 R")),
        ("itself.pdf", loose("/Fm Do", "", "3 0 R")),
        ("cycle.pdf", loose("", "", "2 0 R 2 0 R 3 0 R")),
    ] {
        let began = Instant::now();
        match bench.convert_file(&bench.named(name, bytes)).await {
            Ok(converted) => {
                println!("{name}: {} pages, {:?}", converted.pages, converted.warnings);
            }
            Err(error @ (ConvertError::Worker(_) | ConvertError::Store(_))) => panic!("{error}"),
            Err(error) => println!("{name}: {error}"),
        }
        assert!(began.elapsed() < LIMIT, "{name}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn other_files_of_this_disk_are_not_drawn() {
    let bench = Bench::new();
    let secret = bench.named("secret.png", office::png(160, 90, [200, 0, 0]));
    let address = format!("file://{}", secret.display());
    let inside = format!(
        "<image width='160' height='90' xlink:href='{address}'/>\
         <image width='160' height='90' xlink:href='secret.png'/>"
    );
    let mut files = vec![bench.named("curious.svg", office::svg(&inside))];
    if office::installed() {
        let page = format!("<html><body><img width='600' height='400' src='{address}'><p>x</html>");
        files.push(bench.named("curious.html", page));
        let text = format!("![]({address})\n\n![](secret.png)\n\nx\n");
        files.push(bench.named("curious.md", text));
    }
    for file in files {
        let converted = bench.convert_file(&file).await.expect("a page");
        let picture = bench.picture(&bench.index(&converted), 1);
        let red = picture.rgb.chunks_exact(3).filter(|p| p[0] > 150 && p[1] < 60).count();
        assert_eq!(red, 0, "{}", file.display());
    }
}

#[tokio::test]
async fn giving_up_ends_libreoffice_and_all_it_started() {
    if !office::installed() {
        println!("skipped: LibreOffice is not installed");
        return;
    }
    let bench = Bench::new();
    let file = bench.named("plain.txt", "Pump station").into();
    let (progress, _) = mpsc::channel(1);
    let cancel = CancellationToken::new();
    let folder = bench.folder.path().display().to_string();
    let stop = async {
        // LibreOffice proper, not only the script around it.
        while !running(&folder).iter().any(|line| line.contains("soffice.bin")) {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (converted, ()) = tokio::join!(bench.converter.convert(&file, &progress, &cancel), stop);
    assert!(matches!(converted, Err(ConvertError::Cancelled)), "{converted:?}");
    let ended = async {
        while !running(&folder).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("all of it ends");
}

/// Command lines of running processes that name `folder`.
fn running(folder: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(folder)).collect()
}

/// How many times each honest file is damaged.
const MUTATIONS: u64 = 8;

#[tokio::test]
async fn damaged_files_of_each_kind_end_in_pages_or_a_sentence() {
    let bench = short();
    let words = "<text x='5' y='50'>Pump</text><rect x='9' width='70' height='30'/>";
    let mut honest = vec![
        ("a.png", office::png(64, 36, [200, 0, 0])),
        ("a.svg", office::svg(words).into_bytes()),
        ("a.docx", office::zip_bomb(3000, false)),
    ];
    if office::installed() {
        let slides = office::flat_slides(2);
        let odp = office::saved_as(bench.folder.path(), "slides.fodp", &slides, "odp");
        honest.push(("a.odp", std::fs::read(odp).expect("it was saved")));
    } else {
        honest.retain(|(name, _)| *name != "a.docx");
    }
    let (mut shown, mut told) = (0, 0);
    for (name, bytes) in honest {
        for seed in 1..=MUTATIONS {
            let file = bench.named(name, pdf::mutated(&bytes, seed));
            let began = Instant::now();
            match bench.convert_file(&file).await {
                Ok(_) => shown += 1,
                Err(error @ (ConvertError::Worker(_) | ConvertError::Store(_))) => {
                    panic!("{name} {seed}: {error}");
                }
                Err(_) => told += 1,
            }
            assert!(began.elapsed() < LIMIT, "{name} {seed}");
        }
    }
    println!("{shown} shown, {told} told");
    assert!(shown > 0 && told > 0, "{shown} shown, {told} told: the damage is neither nil nor all");
}
