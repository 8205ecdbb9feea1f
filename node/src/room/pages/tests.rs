use super::*;
use proptest::prelude::*;

fn image(content: u8) -> Page {
    let file = BlobRef { blob: BlobId([content; 32]), bytes: 1000 };
    Page {
        size: PageSize::from_points(595.28, 841.89),
        picture: Picture::Image { file, width: 1920, height: 2715 },
    }
}

fn index(pages: Vec<Page>) -> PageIndex {
    let text = Some(BlobRef { blob: BlobId([0xee; 32]), bytes: 10 });
    PageIndex::new(BlobRef::of(b"%PDF-"), "test-1", text, pages).expect("within bounds")
}

fn numbers(order: &[BlobRef]) -> Vec<u8> {
    order.iter().map(|blob| blob.blob.0[0]).collect()
}

#[test]
fn round_trips_and_is_deterministic() {
    let missing = Page { picture: Picture::Missing(PageProblem::TooSlow), ..image(0) };
    let index = index(vec![image(1), missing, image(3)]);
    let bytes = index.encode();
    assert_eq!(PageIndex::decode(&bytes).as_ref(), Ok(&index));
    assert_eq!(PageIndex::decode(&bytes).expect("just written").encode(), bytes);
}

#[test]
fn a_structure_is_named_beside_the_text_and_fetched_before_it() {
    let plan = BlobRef { blob: BlobId([0xdd; 32]), bytes: 100 };
    let plain = index(vec![image(1)]);
    let with = plain.clone().with_structure(Some(plan)).expect("a possible size");
    assert_eq!(PageIndex::decode(&with.encode()).as_ref(), Ok(&with));
    assert_eq!(numbers(&with.fetch_order(1))[..3], [1, 0xdd, 0xee]);
    let large = BlobRef { bytes: 2 * 1024 * 1024, ..plan };
    assert_eq!(plain.clone().with_structure(Some(large)), Err(PageIndexError::Size(0)));
    // An index without one is as it was before there were any, to the byte.
    assert_eq!(plain.clone().with_structure(None).expect("none").encode(), plain.encode());
    assert!(!plain.encode().windows(4).any(|bytes| bytes == b"plan"));
}

#[test]
fn a_page_costs_little() {
    let one = index(vec![image(1)]).encode().len();
    let many = index((0..=99).map(image).collect()).encode().len();
    assert!((many - one) / 99 < 100, "{} bytes a page", (many - one) / 99);
    let most = index(vec![image(1); DOCUMENT_PAGES as usize]).encode().len();
    assert!(most <= PAGE_INDEX_BYTES, "the longest document's index takes {most} bytes");
}

#[test]
fn page_on_show_comes_first_and_the_file_last() {
    let index = index((1..=9).map(image).collect());
    let source = index.source.blob.0[0];
    assert_eq!(
        numbers(&index.fetch_order(5)),
        [5, 6, 7, 4, 8, 9, 3, 2, 1, 0xee, source],
        "neighbours, forwards, backwards, text, file"
    );
    assert_eq!(numbers(&index.fetch_order(1))[..4], [1, 2, 3, 4]);
    assert_eq!(numbers(&index.fetch_order(9))[..4], [9, 8, 7, 6]);
    assert_eq!(index.fetch_order(0), index.fetch_order(1), "out of range is brought in");
    assert_eq!(index.fetch_order(u32::MAX), index.fetch_order(9));
}

#[test]
fn equal_pages_are_fetched_and_counted_once() {
    let index = index(vec![image(1), image(1), image(2)]);
    assert_eq!(index.fetch_order(1).len(), 4, "two images, text, file");
    assert_eq!(index.bytes(), 1000 + 1000 + 10 + 5);
}

#[test]
fn impossible_sizes_are_refused() {
    let refuse = |page: Page| {
        let bytes = PageIndex { pages: vec![image(1), page], ..index(vec![image(1)]) }.encode();
        assert_eq!(PageIndex::decode(&bytes), Err(PageIndexError::Size(2)));
    };
    let file = BlobRef { blob: BlobId([1; 32]), bytes: 1 };
    let picture = |width, height| Picture::Image { file, width, height };
    refuse(Page { picture: picture(0, 10), ..image(1) });
    refuse(Page { picture: picture(u32::MAX, u32::MAX), ..image(1) });
    refuse(Page { picture: picture(1920, 4097), ..image(1) });
    refuse(Page { size: PageSize { width: 0, height: 1 }, ..image(1) });
    refuse(Page { size: PageSize { width: 1, height: 1_440_001 }, ..image(1) });
    let large = BlobRef { bytes: PAGE_IMAGE_BYTES + 1, ..file };
    refuse(Page { picture: Picture::Image { file: large, width: 1, height: 1 }, ..image(1) });
}

#[test]
fn too_many_pages_and_other_versions_are_refused() {
    let mut other = index(vec![image(1)]);
    other.format = 2;
    assert_eq!(PageIndex::decode(&other.encode()), Err(PageIndexError::Version(2)));
    other = PageIndex { format: FORMAT, pages: vec![], ..other };
    assert_eq!(PageIndex::decode(&other.encode()), Err(PageIndexError::Pages(0)));
    other.pages = vec![image(1); 2001];
    assert_eq!(PageIndex::decode(&other.encode()), Err(PageIndexError::Pages(2001)));
    let large = vec![0; PAGE_INDEX_BYTES + 1];
    assert_eq!(PageIndex::decode(&large), Err(PageIndexError::TooLarge(large.len())));
}

#[test]
fn fields_of_later_versions_are_skipped() {
    #[derive(Serialize)]
    struct Later {
        v: u32,
        src: BlobRef,
        by: &'static str,
        text: Option<BlobRef>,
        pages: Vec<Page>,
        links: Vec<u32>,
    }
    let now = index(vec![image(1)]);
    let later = Later {
        v: FORMAT,
        src: now.source,
        by: "test-1",
        text: now.text,
        pages: now.pages.clone(),
        links: vec![1, 2],
    };
    let bytes = serde_cbor::to_vec(&later).expect("plain");
    assert_eq!(PageIndex::decode(&bytes), Ok(now));
}

#[test]
fn text_is_cut_at_characters_and_bounded_in_all() {
    let long = "字".repeat(PAGE_TEXT_BYTES);
    let texts = PageTexts::new(vec![long; DOCUMENT_PAGES as usize]);
    assert_eq!(texts.page(1).len(), PAGE_TEXT_BYTES / 3 * 3);
    assert_eq!(texts.page(DOCUMENT_PAGES), "", "the document's share is used up");
    let bytes = texts.encode();
    assert_eq!(PageTexts::decode(&bytes), Ok(texts), "what is written can be read");
    assert_eq!(PageTexts::default().page(0), "");
}

#[test]
fn absurd_sizes_become_possible_ones() {
    for side in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e300] {
        let page = Page { size: PageSize::from_points(side, 100.0), ..image(1) };
        assert!(page.is_possible(), "{side}");
    }
}

#[test]
fn fuzz_decode() {
    bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
        if let Ok(index) = PageIndex::decode(bytes) {
            assert_eq!(PageIndex::decode(&index.encode()), Ok(index));
        }
        if let Ok(texts) = PageTexts::decode(bytes) {
            assert_eq!(PageTexts::decode(&texts.encode()), Ok(texts));
        }
    });
}

proptest! {
    #[test]
    fn damaged_indexes_never_panic(place in 0_usize..200, byte: u8, cut in 0_usize..200) {
        let mut bytes = index(vec![image(1), image(2)]).encode();
        let place = place % bytes.len();
        bytes[place] = byte;
        let _ = PageIndex::decode(&bytes);
        let _ = PageIndex::decode(&bytes[..cut.min(bytes.len())]);
    }

    #[test]
    fn every_blob_is_fetched_exactly_once(pages in 1_u8..40, shown: u32) {
        let index = index((1..=pages).map(image).collect());
        let mut order = numbers(&index.fetch_order(shown));
        prop_assert_eq!(u32::from(order[0]), shown.clamp(1, pages.into()));
        order.truncate(pages.into());
        order.sort_unstable();
        prop_assert_eq!(order, (1..=pages).collect::<Vec<_>>());
    }
}
