//! A thousand damaged files of each kind that people bring: pages or a sentence, within the limits.

use super::bench::Bench;
use super::pdf;
use moot_node::io::document::{ConvertError, ConvertLimits, Original, Password};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Kind, endings, and how many damaged files of it. Office files cost seconds each.
const SHARES: [(&str, &[&str], u64); 18] = [
    ("PDF", &["pdf"], 330),
    ("locked PDF", &["locked"], 60),
    ("PNG", &["png"], 120),
    ("JPEG", &["jpg"], 120),
    ("WebP", &["webp"], 110),
    ("SVG", &["svg"], 140),
    ("PPTX", &["pptx"], 10),
    ("PPT", &["ppt"], 10),
    ("DOCX", &["docx"], 10),
    ("DOC", &["doc"], 10),
    ("XLSX", &["xlsx"], 10),
    ("XLS", &["xls"], 10),
    ("ODP", &["odp", "otp"], 10),
    ("ODT", &["odt"], 10),
    ("ODS", &["ods"], 10),
    ("RTF", &["rtf"], 10),
    ("text, Markdown", &["txt", "md"], 10),
    ("HTML", &["html"], 10),
];

/// Larger files of the corpus are left out: damage is found as well in small ones.
const LARGEST: u64 = 400_000;

/// Longest for one file on a busy machine: what its limits let it have, and as much again.
const LIMIT: Duration = Duration::from_secs(120);

/// What happened to the files of one kind.
#[derive(Default)]
struct Tally {
    shown: u32,
    partly: u32,
    told: BTreeMap<String, u32>,
    slowest: Duration,
}

#[tokio::test]
#[ignore = "takes half an hour and the corpus: `make corpus`"]
async fn a_thousand_damaged_files_end_in_pages_or_a_sentence() {
    let folder = std::env::var_os("MOOT_CORPUS").map(PathBuf::from);
    let corpus = folder.unwrap_or_else(|| "../target/corpus".into()).join("files");
    let table = include_str!("../../../tests/corpus/files.md");
    let mut all = 0;
    for (kind, endings, share) in SHARES {
        let files = files(&corpus, table, endings);
        assert!(!files.is_empty(), "{kind}: nothing in {}; run `make corpus`", corpus.display());
        let mut tally = Tally::default();
        for seed in 0..share {
            let (file, password) = &files[seed as usize % files.len()];
            damaged(file, password, seed, &mut tally).await;
        }
        let Tally { shown, partly, told, slowest } = &tally;
        all += share;
        println!(
            "{kind}: {share} files, {shown} shown whole, {partly} in part; slowest {slowest:.1?}"
        );
        for (sentence, times) in told {
            println!("  {times} times: {sentence}");
        }
    }
    println!("{all} damaged files: no crash, none beyond its limits");
}

/// Files of the table with these endings, and what opens them.
fn files(corpus: &Path, table: &str, endings: &[&str]) -> Vec<(PathBuf, String)> {
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, kind, name, _, _, _, password, ..] = cells[..] else { return None };
        let ending = if kind == "pdf locked" { "locked" } else { name.rsplit('.').next()? };
        endings.contains(&ending).then(|| (corpus.join(name), password.to_owned()))
    });
    rows.filter(|(file, _)| file.metadata().is_ok_and(|file| file.len() < LARGEST)).collect()
}

async fn damaged(file: &Path, password: &str, seed: u64, tally: &mut Tally) {
    let limits = ConvertLimits {
        page_cpu: Duration::from_secs(8),
        office_cpu: Duration::from_secs(30),
        ..ConvertLimits::default()
    };
    let bench = Bench::of(super::PROGRAM.into(), limits);
    let bytes = std::fs::read(file).expect("the corpus is readable");
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let original = Original::from(bench.named(&name, pdf::mutated(&bytes, seed)));
    let original = original.with_password(Password::new(password));
    let began = Instant::now();
    match bench.convert_this(original).await {
        Ok(converted) => {
            let index = bench.index(&converted);
            assert_eq!(index.pages.len(), converted.pages as usize, "{name}, seed {seed}");
            let whole = converted.warnings.is_empty();
            *(if whole { &mut tally.shown } else { &mut tally.partly }) += 1;
        }
        Err(error @ (ConvertError::Worker(_) | ConvertError::Store(_))) => {
            panic!("{name}, seed {seed}: {error}")
        }
        Err(error) => {
            let sentence = error.to_string();
            let plain = !["panicked", "Os {", "Error("].iter().any(|word| sentence.contains(word));
            assert!(plain && sentence.len() > 15, "{name}, seed {seed}: {sentence}");
            *tally.told.entry(sentence).or_default() += 1;
        }
    }
    assert!(began.elapsed() < LIMIT, "{name}, seed {seed}: {:?}", began.elapsed());
    tally.slowest = tally.slowest.max(began.elapsed());
}
