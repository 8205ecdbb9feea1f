use super::*;
use crate::limits::RANGE_BYTES;
use crate::room::ranges::RangeSet;
use std::fs;
use tempfile::TempDir;

fn store() -> (TempDir, Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).unwrap();
    (folder, blobs)
}

fn bytes(len: u64) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn range(bytes: &[u8], index: u32) -> Vec<u8> {
    bytes.chunks(RANGE_BYTES as usize).nth(index as usize).unwrap().to_vec()
}

#[tokio::test]
async fn what_was_put_is_there_in_whole_and_in_ranges() {
    let (folder, blobs) = store();
    for len in [0, 10, RANGE_BYTES, RANGE_BYTES + 1, 3 * RANGE_BYTES] {
        let bytes = bytes(len);
        let blob = blobs.put(bytes.clone()).await.unwrap();
        assert_eq!(blob, BlobId::of(&bytes));
        assert_eq!(blobs.put(bytes.clone()).await, Ok(blob), "twice is as good");
        // Another process finds it, too.
        let blobs = Blobs::open(folder.path()).unwrap();
        assert_eq!(blobs.get(blob).await, Ok(Some(bytes.clone())));
        assert_eq!(blobs.held(vec![blob]).await, Ok(vec![Held::All { len }]));
        assert_eq!(*blobs.outline(blob).await.unwrap().unwrap(), Outline::of(&bytes));
        if len > 0 {
            assert_eq!(blobs.read_range(blob, 0).await, Ok(Some(range(&bytes, 0))));
        }
        assert_eq!(blobs.read_range(blob, 9).await, Ok(None));
    }
    assert_eq!(blobs.list().await.unwrap().len(), 5);
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let (_folder, blobs) = store();
    let blob = BlobId([3; 32]);
    assert_eq!(blobs.get(blob).await, Ok(None));
    assert_eq!(blobs.read_range(blob, 0).await, Ok(None));
    assert_eq!(blobs.outline(blob).await, Ok(None));
    assert_eq!(blobs.held(vec![blob]).await, Ok(vec![Held::Nothing]));
    assert_eq!(blobs.remove(blob).await, Ok(()));
    assert_eq!(blobs.write_range(blob, 1, vec![1]).await, Err(BlobError::NotBegun));
}

#[tokio::test]
async fn a_part_goes_on_after_a_restart() {
    let (folder, blobs) = store();
    let bytes = bytes(3 * RANGE_BYTES + 5);
    let outline = Outline::of(&bytes);
    let (blob, len) = (outline.blob(), outline.len());
    blobs.begin(outline).await.unwrap();
    for index in [2, 0] {
        let written = blobs.write_range(blob, index, range(&bytes, index)).await;
        assert_eq!(written, Ok(Written { len, complete: false }));
    }
    assert_eq!(blobs.read_range(blob, 2).await, Ok(Some(range(&bytes, 2))));
    assert_eq!(blobs.read_range(blob, 1).await, Ok(None));
    let blobs = Blobs::open(folder.path()).unwrap();
    let mut ranges = RangeSet::none(4);
    assert!(ranges.insert(0) && ranges.insert(2));
    assert_eq!(blobs.held(vec![blob]).await, Ok(vec![Held::Some { len, ranges }]));
    assert_eq!(blobs.get(blob).await, Ok(None), "a part is not the blob");
    assert_eq!(blobs.list().await, Ok(vec![]));
    blobs.write_range(blob, 3, range(&bytes, 3)).await.unwrap();
    let written = blobs.write_range(blob, 1, range(&bytes, 1)).await;
    assert_eq!(written, Ok(Written { len, complete: true }));
    assert_eq!(blobs.get(blob).await, Ok(Some(bytes)));
    let files = fs::read_dir(blobs.path(&blob).parent().unwrap()).unwrap().count();
    assert_eq!(files, 1, "part and outline are gone");
}

#[tokio::test]
async fn bytes_that_do_not_belong_are_refused_and_change_nothing() {
    let (_folder, blobs) = store();
    let bytes = bytes(2 * RANGE_BYTES);
    let outline = Outline::of(&bytes);
    let blob = outline.blob();
    blobs.begin(outline).await.unwrap();
    let wrong = range(&bytes, 1);
    assert_eq!(blobs.write_range(blob, 0, wrong.clone()).await, Err(BlobError::Wrong));
    assert_eq!(blobs.write_range(blob, 7, wrong).await, Err(BlobError::Wrong));
    assert_eq!(blobs.write_range(BlobId::of(b"x"), 0, b"y".to_vec()).await, Err(BlobError::Wrong));
    let held = Held::Some { len: 2 * RANGE_BYTES, ranges: RangeSet::none(2) };
    assert_eq!(blobs.held(vec![blob]).await, Ok(vec![held]));
}

#[tokio::test]
async fn a_part_that_the_disk_has_altered_loses_only_that_range() {
    let (folder, blobs) = store();
    let bytes = bytes(3 * RANGE_BYTES);
    let outline = Outline::of(&bytes);
    let blob = outline.blob();
    blobs.begin(outline).await.unwrap();
    for index in [0, 1] {
        blobs.write_range(blob, index, range(&bytes, index)).await.unwrap();
    }
    let part = blobs.path(&blob).with_extension("part");
    let mut bent = fs::read(&part).unwrap();
    bent[5] ^= 1;
    fs::write(&part, bent).unwrap();
    let blobs = Blobs::open(folder.path()).unwrap();
    let mut ranges = RangeSet::none(3);
    assert!(ranges.insert(1));
    let held = Held::Some { len: 3 * RANGE_BYTES, ranges };
    assert_eq!(blobs.held(vec![blob]).await, Ok(vec![held]));
}

#[tokio::test]
async fn an_outline_cut_off_in_writing_begins_anew() {
    let (folder, blobs) = store();
    let outline = Outline::of(&bytes(2 * RANGE_BYTES));
    let blob = outline.blob();
    blobs.begin(outline.clone()).await.unwrap();
    let path = blobs.path(&blob).with_extension("outline");
    fs::write(&path, &fs::read(&path).unwrap()[..20]).unwrap();
    let blobs = Blobs::open(folder.path()).unwrap();
    assert_eq!(blobs.held(vec![blob]).await, Ok(vec![Held::Nothing]));
    assert!(matches!(blobs.begin(outline).await, Ok(Held::Some { .. })));
}

#[tokio::test]
async fn a_blob_that_the_disk_has_altered_is_gone() {
    let (folder, blobs) = store();
    let blob = blobs.put(bytes(2 * RANGE_BYTES)).await.unwrap();
    let path = blobs.path(&blob);
    let mut bent = fs::read(&path).unwrap();
    bent[5] ^= 1;
    for read in [true, false] {
        fs::write(&path, &bent).unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        if read {
            assert_eq!(blobs.get(blob).await, Ok(None));
        } else {
            assert_eq!(blobs.read_range(blob, 1).await, Ok(None));
        }
        assert_eq!(blobs.held(vec![blob]).await, Ok(vec![Held::Nothing]));
    }
}

#[tokio::test]
async fn a_removed_blob_is_gone() {
    let (_folder, blobs) = store();
    let blob = blobs.put(bytes(10)).await.unwrap();
    blobs.remove(blob).await.unwrap();
    assert_eq!(blobs.get(blob).await, Ok(None));
    assert_eq!(blobs.read_range(blob, 0).await, Ok(None));
}

#[tokio::test]
async fn ranges_written_at_once_complete_the_blob_once() {
    let (_folder, blobs) = store();
    let bytes = bytes(16 * RANGE_BYTES);
    let outline = Outline::of(&bytes);
    let blob = outline.blob();
    blobs.begin(outline).await.unwrap();
    let writes = (0..16).map(|index| blobs.write_range(blob, index, range(&bytes, index)));
    for written in futures::future::join_all(writes).await {
        written.unwrap();
    }
    assert_eq!(blobs.get(blob).await, Ok(Some(bytes)));
}

#[tokio::test]
async fn documents_leave_some_of_the_disk_free() {
    let (folder, blobs) = store();
    let (small, large) = (bytes(10), bytes(3 * RANGE_BYTES));
    let outline = Outline::of(&large);
    let blob = blobs.put(small.clone()).await.unwrap();
    blobs.begin(outline.clone()).await.unwrap();
    blobs.write_range(outline.blob(), 0, range(&large, 0)).await.unwrap();
    assert!((RANGE_BYTES..=RANGE_BYTES + 4096).contains(&blobs.on_disk(&outline.blob())));
    // More than any disk has.
    let full = Blobs::leaving(folder.path(), 1 << 60).unwrap();
    assert_eq!(full.put(bytes(11)).await, Err(BlobError::DiskFull));
    assert_eq!(full.begin(Outline::of(&bytes(2 * RANGE_BYTES))).await, Err(BlobError::DiskFull));
    let held = full.held(vec![outline.blob()]).await.unwrap();
    assert!(matches!(held[..], [Held::Some { .. }]), "what is here is still served");
    let written = full.write_range(outline.blob(), 1, range(&large, 1)).await;
    assert_eq!(written, Err(BlobError::DiskFull));
    assert_eq!(full.put(small.clone()).await, Ok(blob), "it is here already");
    assert_eq!(full.get(blob).await, Ok(Some(small)));
}
