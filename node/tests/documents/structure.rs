//! Outline, links and page labels of real files.

use super::bench::Bench;
use super::pdf;
use moot_node::room::pages::{LinkTarget, Structure};

/// Three pages with everything there is, in the ways there are; the second is turned.
fn book() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R /Dests << /old [5 0 R /Fit] >> \
         /Names << /Dests << /Kids [9 0 R] >> >> \
         /PageLabels << /Nums [0 << /S /r >> 2 << /S /D /P (A-) /St 3 >>] >> >>",
        "<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 /MediaBox [0 0 400 200] >>",
        "<< /Type /Page /Parent 2 0 R /Annots [10 0 R 11 0 R 12 0 R 13 0 R] >>",
        "<< /Type /Page /Parent 2 0 R /Rotate 90 /Annots [14 0 R] >>",
        "<< /Type /Page /Parent 2 0 R >>",
        "<< /Type /Outlines /First 7 0 R /Last 8 0 R /Count 2 >>",
        "<< /Title <FEFF7B2C4E007AE0> /Parent 6 0 R /Dest [3 0 R /Fit] /Next 8 0 R /First 15 0 R >>",
        // It leads back to the first: a ring.
        "<< /Title (Second) /Parent 6 0 R /A << /S /GoTo /D (new) >> /Next 7 0 R >>",
        "<< /Limits [(new) (new)] /Names [(new) << /D [4 0 R /XYZ 0 0 0] >>] >>",
        "<< /Subtype /Link /Rect [40 150 200 180] /A << /S /URI /URI (https://example.org/a) >> >>",
        "<< /Subtype /Link /Rect [0 0 40 20] /Dest /old >>",
        "<< /Subtype /Link /Rect [0 0 40 20] /A << /S /URI /URI (file:///etc/passwd) >> >>",
        "<< /Subtype /Link /F 2 /Rect [0 0 40 20] /Dest [5 0 R /Fit] >>",
        "<< /Subtype /Link /Rect [0 0 40 20] /A << /S /Named /N /NextPage >> >>",
        "<< /Title (Below) /Parent 7 0 R /Dest [1 /Fit] >>",
    ];
    pdf::of(&objects)
}

#[tokio::test]
async fn a_book_keeps_its_contents_its_links_and_what_its_pages_are_called() {
    let bench = Bench::new();
    let index = bench.index(&bench.convert(&book()).await.expect("an honest book"));
    let blob = index.structure.expect("it has one").blob;
    let bytes = bench.converter.sink().get(&blob).expect("kept");
    let structure = Structure::decode(&bytes).expect("sound");
    let labels = [1, 2, 3].map(|n| structure.label(n));
    assert_eq!(labels, [Some("i"), Some("ii"), Some("A-3")]);
    let outline: Vec<_> =
        structure.outline().iter().map(|h| (h.title.as_str(), h.page, h.depth)).collect();
    assert_eq!(outline, [("第一章", 1, 0), ("Below", 2, 1), ("Second", 2, 0)]);
    let links: Vec<_> = structure.links(1).map(|link| (link.area, link.to.clone())).collect();
    let address = LinkTarget::Address("https://example.org/a".into());
    assert_eq!(
        links,
        [([1000, 1000, 4000, 1500], address), ([0, 9000, 1000, 1000], LinkTarget::Page(3))],
        "neither what is hidden nor what opens files"
    );
    // Turned clockwise, what was at the lower left is at the upper left.
    let turned: Vec<_> = structure.links(2).map(|link| (link.area, link.to.clone())).collect();
    assert_eq!(turned, [([0, 0, 1000, 1000], LinkTarget::Page(3))]);
}

#[tokio::test]
async fn a_deck_without_any_has_no_blob_for_it() {
    let bench = Bench::new();
    let index = bench.index(&bench.convert(&super::pdf::deck(1)).await.expect("honest"));
    assert_eq!(index.structure, None);
}
