//! Documents with what was drawn on them, looked at by another viewer than our own (poppler).

use super::bench::{Bench, PROGRAM};
use super::pdf;
use moot_node::io::document::{Password, burnt};
use moot_node::room::id::BlobId;
use moot_node::room::ink::svg::Mark;
use moot_node::room::pages::{BlobRef, Page, PageIndex, PageProblem, PageSize, Picture};
use moot_node::room::stanza::{Note, PageTurn, Point, Stroke, Tool};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pages that are turned, cut, and end with everything open: media box, further entries, content.
const PAGES: [(&str, &str, &str); 7] = [
    ("0 0 600 400", "", "0.8 g 20 20 100 50 re f"),
    ("0 0 600 400", "/Rotate 90", "0.8 g 20 20 100 50 re f"),
    ("0 0 600 400", "/Rotate 180", "0.8 g 20 20 100 50 re f"),
    ("0 0 600 400", "/Rotate -90", "0.8 g 20 20 100 50 re f"),
    ("-50 -20 700 500", "/CropBox [100 50 500 350] /Rotate 450", "0.8 g 120 70 20 20 re f"),
    ("0 0 600 400", "", "q 2 0 0 2 50 50 cm q 0.8 g 20 20 50 25 re f BT"),
    ("0 0 600 400", "/UserUnit 2", "Q Q 0.8 g 20 20 100 50 re f"),
];

/// A PDF of [`PAGES`]; fonts are the tree's, not the pages' own.
fn odd_pages() -> Vec<u8> {
    let mut objects = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned(), String::new()];
    let mut kids = String::new();
    for (media, more, content) in PAGES {
        let content = format!("{content}\n");
        let halves = content.split_at(6);
        for half in [halves.0, halves.1] {
            objects.push(format!("<< /Length {} >>\nstream\n{half}\nendstream", half.len()));
        }
        let count = objects.len();
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [{media}] {more} /Contents [{} 0 R {count} 0 R] >>",
            count - 1
        ));
        let _ = write!(kids, "{} 0 R ", count + 1);
    }
    objects[1] = format!(
        "<< /Type /Pages /Kids [{kids}] /Count {} \
         /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        PAGES.len()
    );
    pdf::of(&objects)
}

fn stroke(tool: Tool, colour: [u8; 4], width: u32, points: &[(i32, i32)], hard: &[u8]) -> Stroke {
    Stroke {
        on: PageTurn { document: BlobId([1; 32]), page: 1 },
        points: points.iter().map(|&(x, y)| Point { x, y }).collect(),
        pressure: hard.to_vec(),
        colour,
        width,
        tool,
    }
}

/// One of each kind of mark.
fn drawn() -> (Vec<Stroke>, Note) {
    let red = [0xe5, 0x20, 0x20, 0xff];
    let strokes = vec![
        stroke(Tool::Line, red, 600, &[(2000, 2000), (5000, 2000)], &[]),
        stroke(Tool::Highlighter, [0xff, 0xe0, 0, 0x69], 500, &[(6000, 3000), (9000, 3000)], &[]),
        stroke(
            Tool::Pen,
            [0, 0, 0xc0, 0xff],
            100,
            &[(1000, 8000), (3000, 6500), (5000, 8000)],
            &[0, 63, 10],
        ),
        stroke(Tool::Arrow, red, 40, &[(6000, 7000), (9000, 9000)], &[]),
        stroke(Tool::Ellipse, [0, 0x90, 0, 0xff], 60, &[(6000, 5000), (9000, 6000)], &[]),
    ];
    let note = Note {
        on: strokes[0].on,
        at: Point { x: 1000, y: 4000 },
        colour: [0, 0, 0, 255],
        size: 300,
        text: "Dyke & <raised>\n会议".into(),
    };
    (strokes, note)
}

/// The PDF with every mark on each page.
async fn burn(
    bench: &Bench,
    file: &Path,
    index: &PageIndex,
    password: Option<&Password>,
) -> Vec<u8> {
    let (strokes, note) = drawn();
    let on = |_| strokes.iter().map(Mark::Stroke).chain([Mark::Note(&note)]).collect();
    let pdf = burnt(Path::new(PROGRAM), file, index, password, on).await.expect("a sound file");
    bench.named("drawn.pdf", &pdf);
    pdf
}

/// A picture: pixels rightwards, downwards, and their colours.
struct Shot(usize, usize, Vec<u8>);

impl Shot {
    fn at(&self, x: f64, y: f64) -> [u8; 3] {
        let Self(width, height, rgb) = self;
        let place = (y * *height as f64) as usize * width + (x * *width as f64) as usize;
        [rgb[place * 3], rgb[place * 3 + 1], rgb[place * 3 + 2]]
    }

    /// Mean difference of two pictures of one size, 0 to 255.
    fn off(&self, other: &Self) -> f64 {
        assert_eq!((self.0, self.1), (other.0, other.1));
        let sum: u64 = self.2.iter().zip(&other.2).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / self.2.len() as f64
    }
}

/// What poppler makes of a page at our own size; `None` where it is not installed.
fn poppler(file: &Path, number: u32, width: u32, height: u32) -> Option<Shot> {
    // It scales a page before it turns it.
    let (_, more, _) = PAGES[number as usize - 1];
    let turned = ["/Rotate 90", "/Rotate -90", "/Rotate 450"].iter().any(|way| more.ends_with(way));
    let (width, height) = if turned { (height, width) } else { (width, height) };
    let [number, x, y] = [number, width, height].map(|n| n.to_string());
    let output = Command::new("pdftoppm")
        .args(["-cropbox", "-f", &number, "-l", &number, "-scale-to-x", &x, "-scale-to-y", &y])
        .arg(file)
        .output();
    let Ok(output) = output else {
        println!("skipped: poppler-utils is not installed");
        return None;
    };
    let ppm = output.stdout;
    let mut fields = ppm.splitn(4, |byte| byte.is_ascii_whitespace());
    assert_eq!(fields.next(), Some(&b"P6"[..]));
    let mut number = || std::str::from_utf8(fields.next()?).ok()?.parse().ok();
    let size: (usize, usize) = (number()?, number()?);
    let rgb = ppm[ppm.len() - size.0 * size.1 * 3..].to_vec();
    Some(Shot(size.0, size.1, rgb))
}

/// Whether another program that knows PDF well finds anything wrong.
fn check(file: &Path) {
    match Command::new("qpdf").arg("--check").arg(file).output() {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(_) => println!("not checked: qpdf is not installed"),
    }
}

fn path(bench: &Bench) -> PathBuf {
    bench.folder.path().join("drawn.pdf")
}

#[tokio::test]
async fn marks_lie_where_they_were_drawn_however_the_page_is_turned() {
    let bench = Bench::new();
    let file = bench.named("odd.pdf", odd_pages());
    let index = bench.index(&bench.convert_file(&file).await.expect("honest"));
    let pdf = burn(&bench, &file, &index, None).await;
    check(&path(&bench));
    let after = bench.index(&bench.convert(&pdf).await.expect("what we write we can read"));
    assert_eq!(after.pages.len(), PAGES.len());
    for number in 1..=PAGES.len() as u32 {
        assert_eq!(after.page(number).map(|p| p.size), index.page(number).map(|p| p.size));
        let ours = bench.picture(&after, number);
        let (width, height) = (ours.width, ours.height);
        let ours = Shot(width as usize, height as usize, ours.rgb);
        let plain = bench.picture(&index, number);
        let plain = Shot(width as usize, height as usize, plain.rgb);
        let mut shots = vec![&ours];
        let theirs = poppler(&path(&bench), number, width, height);
        shots.extend(&theirs);
        for shot in shots {
            let page = &PAGES[number as usize - 1];
            assert_eq!(shot.at(0.3, 0.2), [0xe5, 0x20, 0x20], "the line: {page:?}");
            assert_eq!(shot.at(0.16, 0.2), [255; 3], "left of the line: {page:?}");
            let [red, green, blue] = shot.at(0.7, 0.3);
            assert!(
                red > 250 && (230..250).contains(&green) && (140..160).contains(&blue),
                "{page:?}"
            );
            assert_eq!(shot.at(0.95, 0.45), [255; 3], "nothing else: {page:?}");
        }
        if let Some(theirs) = theirs {
            let off = ours.off(&theirs);
            println!(
                "page {number}: {off:.3} of 255 from poppler's, {:.3} from the page alone",
                ours.off(&plain)
            );
            // 0.5 measured at most, all of it edges of letters and lines.
            assert!(off < 1.5, "page {number}: {off}");
        }
    }
}

#[tokio::test]
async fn words_stay_words_and_the_deck_its_own() {
    let bench = Bench::new();
    let file = bench.named("deck.pdf", pdf::deck(2));
    let index = bench.index(&bench.convert_file(&file).await.expect("honest"));
    burn(&bench, &file, &index, None).await;
    check(&path(&bench));
    let Ok(output) = Command::new("pdftotext").arg(path(&bench)).arg("-").output() else {
        return println!("skipped: poppler-utils is not installed");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Page 1 of 2") && text.contains("Page 2 of 2"), "{text}");
    assert_eq!(text.matches("Dyke & <raised>").count(), 2, "{text}");
    let output =
        Command::new("pdfimages").arg("-list").arg(path(&bench)).output().expect("beside it");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).lines().count(),
        2,
        "no page became a picture"
    );
}

#[tokio::test]
async fn a_locked_file_is_opened_and_what_comes_out_is_not_locked() {
    for way in ["rc4-128", "aes-128", "aes-256"] {
        let bench = Bench::new();
        let Some(file) = super::locked::locked(&bench, way, "open sesame") else { return };
        let bytes = std::fs::read(&file).expect("just written");
        let size = PageSize::from_points(960.0, 540.0);
        let page = Page { size, picture: Picture::Missing(PageProblem::NotTried) };
        let index =
            PageIndex::new(BlobRef::of(&bytes), "test", None, vec![page; 2]).expect("small");
        let on = |_| Vec::new();
        let none = burnt(Path::new(PROGRAM), &file, &index, None, on).await;
        assert!(matches!(
            none,
            Err(moot_node::io::document::ConvertError::Password { wrong: false })
        ));
        let pdf = burn(&bench, &file, &index, Some(&Password::new("open sesame"))).await;
        check(&path(&bench));
        let converted = bench.convert(&pdf).await.expect("not locked");
        assert!(bench.text(&bench.index(&converted)).page(2).contains("Page 2 of 2"), "{way}");
    }
}
