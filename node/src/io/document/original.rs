//! What somebody wants shown, as it lies on their disk: looked at from outside, nothing parsed.

use super::ConvertError;
use super::kind::{Kind, Odd, Office, Picture};
use crate::limits::{DOCUMENT_BYTES, DOCUMENT_PAGES};
use crate::room::id::BlobId;
use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of a password: what a PDF may have (ISO 32000-2, §7.6.4.3.3).
pub const PASSWORD_BYTES: usize = 127;

/// Bytes that tell whether a file in a folder is a picture.
const GLANCE: u64 = 4096;

/// A word that opens a locked file. It is never printed, logged or kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// What is to be converted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Original {
    /// One file, or one folder of pictures, or several pictures that become one document.
    pub files: Vec<PathBuf>,
    /// What opens it, if it is locked.
    pub password: Option<Password>,
}

/// The bytes of an original, and what they are.
#[derive(Debug)]
pub(super) enum Taken {
    Pdf { path: PathBuf, bytes: Vec<u8> },
    Office { kind: Office, bytes: Vec<u8> },
    Pictures { files: Vec<(PathBuf, Picture)>, key: BlobId },
}

impl Password {
    /// A password as it was typed, cut to what a file can have.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text[..text.floor_char_boundary(PASSWORD_BYTES)].to_owned())
    }

    /// The word itself, for the worker.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

impl Original {
    /// Several pictures that become one document, in the natural order of their names.
    #[must_use]
    pub fn pictures(mut files: Vec<PathBuf>) -> Self {
        files.sort_by(|a, b| by_name(a, b));
        Self { files, password: None }
    }

    /// The same with this password.
    #[must_use]
    pub fn with_password(self, password: Password) -> Self {
        Self { password: Some(password), ..self }
    }

    /// What people may call it: the name of the file; of several, that of their folder.
    #[must_use]
    pub fn name(&self) -> String {
        let named = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(first) = self.files.first() else { return String::new() };
        let name = match self.files.len() {
            1 => named(first),
            _ => first.parent().and_then(named).or_else(|| named(first)),
        };
        name.unwrap_or_else(|| first.to_string_lossy().into_owned())
    }
}

impl<P: AsRef<Path>> From<P> for Original {
    fn from(file: P) -> Self {
        Self { files: vec![file.as_ref().to_owned()], password: None }
    }
}

impl Taken {
    /// By what the result is remembered.
    pub(super) fn key(&self) -> BlobId {
        match self {
            Self::Pdf { bytes, .. } | Self::Office { bytes, .. } => BlobId::of(bytes),
            Self::Pictures { key, .. } => *key,
        }
    }
}

/// Reads an original and tells what it is. Blocks.
pub(super) fn take(original: &Original) -> Result<Taken, ConvertError> {
    match original.files.as_slice() {
        [one] if one.is_dir() => several(&pictures_in(one)?, one),
        [one] => single(one),
        [first, ..] => several(&original.files, first),
        [] => Err(odd(Odd::Empty)),
    }
}

fn single(path: &Path) -> Result<Taken, ConvertError> {
    let bytes = read(path, DOCUMENT_BYTES)?;
    Ok(match Kind::of(&bytes, &path.to_string_lossy()).map_err(odd)? {
        Kind::Pdf => Taken::Pdf { path: path.to_owned(), bytes },
        Kind::Office(kind) => Taken::Office { kind, bytes },
        Kind::Picture(kind) => {
            Taken::Pictures { files: vec![(path.to_owned(), kind)], key: BlobId::of(&bytes) }
        }
    })
}

fn several(files: &[PathBuf], place: &Path) -> Result<Taken, ConvertError> {
    if files.is_empty() {
        return Err(ConvertError::NoPictures { path: place.to_owned() });
    }
    if files.len() > DOCUMENT_PAGES as usize {
        let pages = u32::try_from(files.len()).unwrap_or(u32::MAX);
        return Err(ConvertError::TooManyPages { pages });
    }
    let (mut left, mut names, mut pictures) = (DOCUMENT_BYTES, Vec::new(), Vec::new());
    for path in files {
        let bytes = read(path, left)?;
        left -= bytes.len() as u64;
        match Kind::of(&bytes, &path.to_string_lossy()) {
            Ok(Kind::Picture(kind)) => pictures.push((path.clone(), kind)),
            _ => return Err(ConvertError::NoPictures { path: path.clone() }),
        }
        names.extend_from_slice(&BlobId::of(&bytes).0);
    }
    Ok(Taken::Pictures { files: pictures, key: BlobId::of(&names) })
}

/// The pictures that lie directly in a folder; hidden files and everything else are passed over.
fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, ConvertError> {
    let unreadable = |source| ConvertError::Unreadable { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with('.')
            && path.is_file()
            && glance(&path).is_ok_and(|head| Kind::is_picture(&head, &name))
        {
            files.push(path);
        }
    }
    files.sort_by(|a, b| by_name(a, b));
    Ok(files)
}

fn glance(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(GLANCE).read_to_end(&mut head)?;
    Ok(head)
}

/// Reads a file of `most` bytes or fewer.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, ConvertError> {
    let unreadable = |source| ConvertError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::ErrorKind::InvalidInput.into()));
    }
    if metadata.len() > most {
        return Err(ConvertError::TooLarge { bytes: metadata.len() });
    }
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if read as u64 > most {
        return Err(ConvertError::TooLarge { bytes: read as u64 });
    }
    Ok(bytes)
}

fn odd(odd: Odd) -> ConvertError {
    match odd {
        Odd::Empty => ConvertError::NoBytes,
        Odd::Locked => ConvertError::LockedOffice,
        Odd::Bomb => ConvertError::Bomb,
        Odd::Unknown => ConvertError::Unknown,
    }
}

/// Natural order: "2.png" before "10.png".
fn by_name(a: &Path, b: &Path) -> Ordering {
    let text = |path: &Path| path.to_string_lossy().to_lowercase();
    natural(&text(a), &text(b)).then_with(|| a.cmp(b))
}

fn natural(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let (left, right) = (piece(a), piece(b));
        let order = match (number(left), number(right)) {
            // Longer numbers are greater; equally long ones compare as text.
            (Some(left), Some(right)) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
            _ => left.cmp(right),
        };
        if order != Ordering::Equal || left.is_empty() {
            return order;
        }
        (a, b) = (&a[left.len()..], &b[right.len()..]);
    }
}

/// The digits at the beginning, or all that comes before the next digit.
fn piece(text: &str) -> &str {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    &text[..end]
}

/// A number without the zeros before it.
fn number(piece: &str) -> Option<&str> {
    piece.starts_with(|c: char| c.is_ascii_digit()).then(|| piece.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_ordered_as_people_count() {
        let mut names =
            ["b1", "a10.png", "a2.png", "a2b", "A1.png", "a02.png", "a"].map(PathBuf::from);
        names.sort_by(|a, b| by_name(a, b));
        let names = names.map(|name| name.to_string_lossy().into_owned());
        assert_eq!(names, ["a", "A1.png", "a02.png", "a2.png", "a2b", "a10.png", "b1"]);
    }

    #[test]
    fn a_password_is_never_shown_and_never_too_long() {
        let original = Original::from("a.pdf").with_password(Password::new("open sesame"));
        assert!(!format!("{original:?}").contains("sesame"));
        assert_eq!(Password::new(&"密".repeat(100)).reveal().len(), 126, "whole letters");
    }

    #[test]
    fn several_pictures_bear_the_name_of_their_folder() {
        let files = ["/p/Dike/10.png", "/p/Dike/9.png"].map(PathBuf::from).to_vec();
        let original = Original::pictures(files);
        assert_eq!(original.name(), "Dike");
        assert_eq!(original.files[0], PathBuf::from("/p/Dike/9.png"));
        assert_eq!(Original::from("/p/plan.odp").name(), "plan.odp");
    }

    #[test]
    fn a_folder_gives_its_pictures_in_order() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let png = b"\x89PNG\r\n\x1a\n";
        for name in ["10.png", "9.png", ".hidden.png"] {
            std::fs::write(folder.path().join(name), png).expect("a scratch file");
        }
        std::fs::write(folder.path().join("notes.txt"), "hello").expect("a scratch file");
        let taken = take(&Original::from(folder.path())).expect("two pictures");
        let Taken::Pictures { files, .. } = taken else { panic!("{taken:?}") };
        let names = files.iter().map(|(path, _)| path.file_name().expect("a name"));
        assert_eq!(names.collect::<Vec<_>>(), ["9.png", "10.png"]);

        let empty = tempfile::tempdir().expect("a scratch folder");
        let none = take(&Original::from(empty.path()));
        assert!(matches!(none, Err(ConvertError::NoPictures { .. })), "{none:?}");
    }

    proptest! {
        #[test]
        fn natural_order_is_an_order(a in "[a0-2]{0,6}", b in "[a0-2]{0,6}", c in "[a0-2]{0,6}") {
            prop_assert_eq!(natural(&a, &b), natural(&b, &a).reverse());
            if natural(&a, &b).is_le() && natural(&b, &c).is_le() {
                prop_assert!(natural(&a, &c).is_le());
            }
        }
    }
}
