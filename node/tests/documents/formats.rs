//! Each kind of file becomes pages.

use super::bench::{Bench, PROGRAM};
use super::office;
use image::{ExtendedColorType, ImageEncoder};
use moot_node::io::document::{ConvertError, Original, Warning};
use moot_node::room::id::BlobId;
use moot_node::room::pages::{PageProblem, Picture};
use std::process::Command;
use std::time::{Duration, Instant};

const RED: [u8; 3] = [220, 30, 40];

/// A picture whose left half is red and whose right half is white.
fn halves(width: u32, height: u32) -> Vec<u8> {
    let row =
        RED.repeat(width as usize / 2).into_iter().chain([255].repeat(width as usize / 2 * 3));
    row.collect::<Vec<_>>().repeat(height as usize)
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95)
        .write_image(&halves(width, height), width, height, ExtendedColorType::Rgb8)
        .expect("a vector takes everything");
    bytes
}

fn close(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.abs_diff(b) < 8)
}

#[tokio::test]
async fn a_picture_is_a_page() {
    let bench = Bench::new();
    let mut webp = Vec::new();
    image::codecs::webp::WebPEncoder::new_lossless(&mut webp)
        .write_image(&halves(160, 90), 160, 90, ExtendedColorType::Rgb8)
        .expect("a vector takes everything");
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(&halves(160, 90), 160, 90, ExtendedColorType::Rgb8)
        .expect("a vector takes everything");
    let svg = office::svg("<rect width='80' height='90' fill='rgb(220,30,40)'/>");
    for (name, bytes) in
        [("a.png", png), ("a.jpg", jpeg(160, 90)), ("a.webp", webp), ("a.svg", svg.into())]
    {
        let began = Instant::now();
        let converted = bench.convert_file(&bench.named(name, bytes)).await;
        let converted = converted.unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: {:?}, {} bytes", began.elapsed(), converted.bytes);
        assert_eq!((converted.pages, converted.warnings.len()), (1, 0), "{name}");
        let index = bench.index(&converted);
        let picture = bench.picture(&index, 1);
        assert_eq!((picture.width, picture.height), (1920, 1080), "{name}");
        assert!(close(bench.colour(&index, 1, (0.2, 0.5)), RED), "{name}");
        assert!(close(bench.colour(&index, 1, (0.8, 0.5)), [255; 3]), "{name}");
        let source = bench.converter.sink().get(&index.source.blob).expect("the file is kept");
        assert!(source.starts_with(b"%PDF-"), "what everybody gets is a PDF");
    }
}

#[tokio::test]
async fn a_screenshot_stays_as_it_is_to_the_pixel() {
    let bench = Bench::new();
    let pixels: Vec<u8> = (0..1920 * 1080_u32)
        .flat_map(|n| if (n % 1920 / 3 + n / 1920 / 5) % 2 == 0 { [0, 90, 200] } else { [255; 3] })
        .collect();
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(&pixels, 1920, 1080, ExtendedColorType::Rgb8)
        .expect("a vector takes everything");
    let converted = bench.convert_file(&bench.named("screen.png", png)).await.expect("a page");
    let picture = bench.picture(&bench.index(&converted), 1);
    let off = picture.rgb.iter().zip(&pixels).filter(|(a, b)| a.abs_diff(**b) > 2).count();
    assert_eq!(off, 0, "of {} colours", pixels.len());
}

#[tokio::test]
async fn words_in_an_svg_are_drawn_and_can_be_found() {
    let bench = Bench::new();
    let text = "<text x='10' y='50' font-family='No Such Font' font-size='30'>Pump</text>";
    let file = bench.named("words.svg", office::svg(text));
    let converted = bench.convert_file(&file).await.expect("a page");
    let index = bench.index(&converted);
    let ink = bench.picture(&index, 1).rgb.iter().filter(|level| **level < 128).count();
    assert!(ink > 1000, "{ink}");
    assert!(bench.text(&index).page(1).contains("Pump"));
}

#[tokio::test]
async fn a_folder_of_pictures_is_one_document() {
    let bench = Bench::new();
    let folder = bench.folder.path().join("Dike");
    std::fs::create_dir(&folder).expect("a scratch folder");
    for (name, shade) in [("photo 10.png", 30), ("photo 9.png", 20), ("photo 1.png", 10)] {
        let png = office::png(16, 9, [shade, 0, 0]);
        std::fs::write(folder.join(name), png).expect("a scratch file");
    }
    std::fs::write(folder.join("photo 2.jpg"), b"\xff\xd8\xff damaged").expect("a scratch file");
    std::fs::write(folder.join("readme.txt"), "no picture").expect("a scratch file");
    let original = Original::from(&folder);
    assert_eq!(original.name(), "Dike");
    let converted = bench.convert_this(original).await.expect("three good pictures");
    let damaged = Warning::Picture { file: "photo 2.jpg".into(), problem: PageProblem::Died };
    assert_eq!((converted.pages, &converted.warnings), (4, &vec![damaged]));
    let index = bench.index(&converted);
    assert!(matches!(index.pages[1].picture, Picture::Missing(PageProblem::Died)));
    for (number, shade) in [(1, 10), (3, 20), (4, 30)] {
        assert!(close(bench.colour(&index, number, (0.5, 0.5)), [shade, 0, 0]), "{number}");
    }
}

#[tokio::test]
async fn a_photograph_goes_in_as_it_is() {
    let bench = Bench::new();
    let photo = jpeg(640, 480);
    let converted = bench.convert_file(&bench.named("photo.jpg", &photo)).await.expect("a page");
    let index = bench.index(&converted);
    let pdf = bench.converter.sink().get(&index.source.blob).expect("the file is kept");
    assert!(pdf.windows(photo.len()).any(|window| window == photo), "not encoded again");
}

/// A web page that LibreOffice can save as anything that has words.
const LETTER: &str =
    "<html><body><h1>Pump station</h1><p>In operation since 1964.</p></body></html>";

/// How to come by each kind: plain source, what to save it as, and words that must be on page 1.
const KINDS: [(&str, &str, &str); 12] = [
    ("slides.fodp", "odp", "Slide 1 of 3"),
    ("slides.fodp", "pptx", "Slide 1 of 3"),
    ("slides.fodp", "ppt", "Slide 1 of 3"),
    ("letter.html", "odt:writer8", "since 1964"),
    ("letter.html", "docx:MS Word 2007 XML", "since 1964"),
    ("letter.html", "doc:MS Word 97", "since 1964"),
    ("letter.html", "rtf:Rich Text Format", "since 1964"),
    ("table.csv", "ods", "1964"),
    ("table.csv", "xlsx", "1964"),
    ("table.csv", "xls", "1964"),
    ("notes.md", "", "In operation since 1964"),
    ("plain.txt", "", "会议"),
];

#[tokio::test]
async fn office_documents_become_pages() {
    if !office::installed() {
        println!("skipped: LibreOffice is not installed");
        return;
    }
    let bench = Bench::new();
    for (name, ending, words) in KINDS {
        let text = match name {
            "slides.fodp" => office::flat_slides(3),
            "letter.html" => LETTER.to_owned(),
            "table.csv" => "place,built\nPump station,1964\n".to_owned(),
            "notes.md" => "# Pump station\n\nIn *operation* since 1964.\n".to_owned(),
            _ => "第一次会议\n".to_owned(),
        };
        let file = match ending {
            "" => bench.named(name, text),
            ending => office::saved_as(bench.folder.path(), name, &text, ending),
        };
        let began = Instant::now();
        let converted = bench.convert_file(&file).await;
        let converted = converted.unwrap_or_else(|error| panic!("{name} {ending}: {error}"));
        let spent = began.elapsed();
        println!("{}: {} pages in {spent:.1?}", file.display(), converted.pages);
        assert_eq!(converted.warnings, [], "{name} {ending}");
        assert_eq!(converted.pages, if name == "slides.fodp" { 3 } else { 1 }, "{name} {ending}");
        let texts = bench.text(&bench.index(&converted));
        assert!(texts.page(1).contains(words), "{name} {ending}: {}", texts.page(1));
    }
    let work = || {
        let left = std::fs::read_dir(bench.folder.path().join("converted")).expect("memories");
        let names = left.flatten().map(|entry| entry.file_name());
        names.filter(|name| name.to_string_lossy().starts_with("work-")).count()
    };
    let gone = async {
        while work() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("folders of work are gone");
}

#[tokio::test]
async fn an_office_document_costs_nothing_the_second_time() {
    if !office::installed() {
        println!("skipped: LibreOffice is not installed");
        return;
    }
    let bench = Bench::new();
    let file = bench.named("plain.txt", "Pump station");
    let first = bench.convert_file(&file).await.expect("a page");
    let began = Instant::now();
    assert_eq!(bench.convert_file(&file).await.expect("remembered"), first);
    println!("again: {:?}", began.elapsed());
    assert_ne!(bench.index(&first).source.blob, BlobId::of(b"Pump station"), "it is a PDF now");
}

#[test]
fn without_libreoffice_it_says_what_to_do() {
    let bench = Bench::new();
    let file = bench.named("plan.txt", "Pump station");
    for (language, words) in [
        ("en", ["LibreOffice is needed", "libreoffice.org", "PDF"]),
        ("zh", ["需要 LibreOffice", "libreoffice.org", "PDF"]),
    ] {
        let output = Command::new(PROGRAM)
            .args(["convert", "--lang", language, "--out"])
            .arg(bench.folder.path().join("out"))
            .arg(&file)
            .env("MOOT_SOFFICE", "")
            .output()
            .expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
}

#[tokio::test]
async fn what_is_no_picture_is_named() {
    let bench = Bench::new();
    let files =
        vec![bench.named("a.png", office::png(2, 2, RED)), bench.named("b.txt", "no picture")];
    let error = bench.convert_this(Original::pictures(files)).await.expect_err("a text");
    assert!(matches!(&error, ConvertError::NoPictures { path } if path.ends_with("b.txt")));
}

#[tokio::test]
async fn notes_below_slides_come_with_the_deck_and_leave_nothing_in_its_blobs() {
    if !office::installed() {
        return println!("skipped: LibreOffice is not installed");
    }
    let notes = "<presentation:notes><draw:frame presentation:class=\"notes\" svg:x=\"2cm\" \
                 svg:y=\"14cm\" svg:width=\"16cm\" svg:height=\"9cm\"><draw:text-box><text:p>\
                 Begin slowly, 先等一下</text:p></draw:text-box></draw:frame></presentation:notes>";
    let text = office::flat_slides(2).replacen("</draw:page>", &format!("{notes}</draw:page>"), 1);
    for ending in ["odp", "pptx"] {
        let bench = Bench::new();
        let deck = office::saved_as(bench.folder.path(), "talk.fodp", &text, ending);
        let converted = bench.convert_file(&deck).await.expect(ending);
        assert_eq!(converted.notes, ["Begin slowly, 先等一下", ""], "{ending}");
        let index = bench.index(&converted);
        for blob in index.fetch_order(1).into_iter().map(|b| b.blob).chain([converted.document]) {
            let bytes = bench.converter.sink().get(&blob).expect("kept");
            assert!(!bytes.windows(12).any(|part| part == b"Begin slowly"), "{ending}: {blob}");
        }
        // Remembered with the deck, on this machine.
        let again = bench.convert_file(&deck).await.expect("the same deck");
        assert_eq!(again.notes, converted.notes);
    }
}
