//! Parts of a document that travel as files on a company's server, where members are reached by a carrier alone: what an
//! account may say there is a page in a minute, and files are not counted.
//!
//! A parcel holds whole blobs, each known by its hash when it comes. Which blobs lie together follows from the
//! document alone, so that two who post it post the same parcels. Sealed with the meeting key, and named by a number that
//! nobody without the key can work out from the document.

use super::id::BlobId;
use super::pages::{BlobRef, PageIndex};
use super::seal::{MeetingKey, SEAL_OVERHEAD};
use super::wire::Malformed;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bytes of blobs that lie together, unless one alone has more: 2 s of a home's 1 Mbit/s.
const TOGETHER: u64 = 256 * 1024;

/// Bytes of blobs in a parcel: below the 10 MB that Debian's Prosody takes as one file. A larger blob (the file a
/// deck was made of) stays where it is.
pub const PARCEL_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes of a sealed parcel.
pub const SEALED_PARCEL_BYTES: usize = PARCEL_BYTES as usize + 64 * 1024 + SEAL_OVERHEAD;

/// Bytes before each blob.
const LENGTH_BYTES: usize = 4;

/// Names a parcel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ParcelId(pub [u8; 16]);

impl ParcelId {
    /// Of the parcel with these blobs.
    #[must_use]
    pub fn of(blobs: &[BlobId], key: &MeetingKey) -> Self {
        let mut hash = blake3::Hasher::new_keyed(&key.derive("urn:moot:1 parcel"));
        for blob in blobs {
            hash.update(&blob.0);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hash.finalize().as_bytes()[..16]);
        Self(id)
    }
}

impl fmt::Display for ParcelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ParcelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for ParcelId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let number = u128::from_str_radix(text, 16).map_err(|_| Malformed)?;
        (text.len() == 32).then(|| Self(number.to_be_bytes())).ok_or(Malformed)
    }
}

/// The parcels of a document whose index has `bytes` bytes, in the order in which they are wanted while `shown` is on show.
#[must_use]
pub fn plan(document: BlobId, bytes: u64, index: &PageIndex, shown: u32) -> Vec<Vec<BlobId>> {
    let mut parcels: Vec<(u64, Vec<BlobId>)> = vec![(bytes, vec![document])];
    // As for the first page on show: always the same.
    for BlobRef { blob, bytes } in index.fetch_order(1) {
        if bytes > PARCEL_BYTES {
            continue;
        }
        match parcels.last_mut() {
            Some((size, blobs)) if *size + bytes <= TOGETHER => {
                *size += bytes;
                blobs.push(blob);
            }
            _ => parcels.push((bytes, vec![blob])),
        }
    }
    let mut plan: Vec<_> = parcels.into_iter().map(|(_, blobs)| blobs).collect();
    let picture = index.page(shown).and_then(|page| page.picture.file()).map(|file| file.blob);
    // The index lies in the first one, and without it nothing can be shown.
    let place = plan.iter().position(|blobs| picture.is_some_and(|p| blobs.contains(&p)));
    if let Some(place) = place.filter(|place| *place > 0) {
        plan[1..].rotate_left(place - 1);
    }
    plan
}

/// Blobs as the bytes of a parcel.
#[must_use]
pub fn pack(blobs: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(blobs.iter().map(|blob| LENGTH_BYTES + blob.len()).sum());
    for blob in blobs {
        bytes.extend(u32::try_from(blob.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend(blob);
    }
    bytes
}

/// The blobs in a parcel.
///
/// # Errors
/// [`Malformed`]: it is cut, or none.
pub fn unpack(mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut blobs = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Malformed)?;
        let blob = rest.get(..length).ok_or(Malformed)?;
        blobs.push(blob.to_vec());
        bytes = &rest[length..];
    }
    if bytes.is_empty() && !blobs.is_empty() { Ok(blobs) } else { Err(Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::pages::{Page, PageSize, Picture};

    const DECK: BlobId = BlobId([0xdd; 32]);

    fn image(page: u32) -> BlobId {
        BlobId([page as u8; 32])
    }

    /// A deck of 40 pages of 60 kB, made of a file of `source` bytes.
    fn deck(source: u64) -> PageIndex {
        let page = |number| Page {
            size: PageSize::from_points(960.0, 540.0),
            picture: Picture::Image {
                file: BlobRef { blob: image(number), bytes: 60_000 },
                width: 1920,
                height: 1080,
            },
        };
        let file = BlobRef { blob: BlobId([0xff; 32]), bytes: source };
        PageIndex::new(file, "test", None, (1..=40).map(page).collect()).expect("within bounds")
    }

    #[test]
    fn each_blob_lies_in_one_parcel_and_the_page_on_show_comes_early() {
        let plan = plan(DECK, 4_000, &deck(1_000), 30);
        let mut all: Vec<_> = plan.concat();
        assert_eq!((all.len(), plan[0][0]), (42, DECK));
        assert!(plan[1].contains(&image(30)), "{plan:?}");
        assert!(plan.iter().all(|blobs| blobs.len() <= 5));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 42);
    }

    #[test]
    fn whoever_posts_a_document_posts_the_same_parcels() {
        let key = MeetingKey::new(1, [7; 32]);
        let ids = |shown| {
            let plan = plan(DECK, 4_000, &deck(1_000), shown);
            plan.iter()
                .map(|blobs| ParcelId::of(blobs, &key))
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(ids(1), ids(30));
        let other = MeetingKey::new(1, [8; 32]);
        assert_ne!(ParcelId::of(&[DECK], &key), ParcelId::of(&[DECK], &other));
        let id = ParcelId::of(&[DECK], &key);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("+f".repeat(16).parse::<ParcelId>(), Err(Malformed));
    }

    #[test]
    fn a_file_that_is_too_large_stays_where_it_is() {
        let plan = plan(DECK, 4_000, &deck(PARCEL_BYTES + 1), 1);
        assert_eq!(plan.concat().len(), 41);
    }

    #[test]
    fn blobs_come_back_and_nothing_else_does() {
        let blobs = vec![b"index".to_vec(), vec![7; 300], Vec::new()];
        let packed = pack(&blobs);
        assert_eq!(unpack(&packed), Ok(blobs));
        assert_eq!(unpack(&packed[..packed.len() - 1]), Err(Malformed));
        assert_eq!(unpack(&[]), Err(Malformed));
        bolero::check!().for_each(|bytes: &[u8]| {
            if let Ok(blobs) = unpack(bytes) {
                assert_eq!(pack(&blobs), bytes);
            }
        });
    }
}
