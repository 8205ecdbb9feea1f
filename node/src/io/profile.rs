//! A person on this machine: identity and kept meetings, in one data folder.
//!
//! ```text
//! DATA/identity          32-byte Ed25519 seed (RFC 8032 §5.1.5), mode 0600
//! DATA/name              what its person was called last (UTF-8)
//! DATA/lock              held by the one process that uses the folder
//! DATA/meetings/ID/      a meeting; ID is 64 hex digits
//! DATA/meetings/ID/meeting.cbor    id, title, when created and in which order opened
//! DATA/meetings/ID/summary.cbor    what a list of meetings shows ([`super::summary`])
//! DATA/blobs/            documents' bytes, shared by all meetings
//! ```
//!
//! All calls block on the disk: make them before the loop starts, or on a blocking thread.

use crate::io::random::random;
use crate::limits::NAME_CHARS;
use crate::room::id::{MeetingId, MemberId};
use crate::room::time::WallTime;
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

const IDENTITY: &str = "identity";
const NAME: &str = "name";
const LOCK: &str = "lock";
const MEETINGS: &str = "meetings";
const BLOBS: &str = "blobs";
const INFO: &str = "meeting.cbor";

/// Digits of an id that people see and may type ([`MeetingId::short`]).
const SHORT_ID: usize = 8;

/// Bytes of a meeting's info file at most: a title of [`NAME_CHARS`] and little else.
const INFO_BYTES: u64 = 4096;

/// An open data folder, this process's own until it is dropped.
#[derive(Debug)]
pub struct Profile {
    root: PathBuf,
    key: SigningKey,
    /// Closing it gives the folder free, also when the process is killed.
    _lock: File,
}

/// A meeting that is kept in the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownMeeting {
    /// Which meeting.
    pub id: MeetingId,
    /// What people call it.
    pub title: String,
    /// When it was founded or first joined, by this machine's calendar; only for showing.
    pub created: WallTime,
    /// The higher, the later it was opened here. Calendars may be wrong; this decides.
    #[serde(default)]
    pub opened: u64,
}

/// Why a data folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Another process has it.
    #[error("{} is used by another moot program; end that one, or choose another folder with --data", .0.display())]
    InUse(PathBuf),
    /// The identity file is not one.
    #[error("{} is damaged; restore it from a copy, or delete it to become a new person", .0.display())]
    DamagedIdentity(PathBuf),
    /// The system gave no random bytes for a new identity.
    #[error("the system gave no random bytes for a new identity; try again")]
    NoChance,
    /// The disk refused.
    #[error("can't use {}: {problem}; check that the folder may be written and has space", path.display())]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        problem: io::Error,
    },
}

/// The folder used when none is named: `$XDG_DATA_HOME/moot` (XDG base directories 0.8) or the
/// system's equivalent. `None` where there is no home.
#[must_use]
pub fn default_root() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.data_dir().join("moot"))
}

/// Where the documents' bytes are in the data folder `root`.
#[must_use]
pub fn blobs_in(root: &Path) -> PathBuf {
    root.join(BLOBS)
}

/// Who the person of the data folder `root` is, once it has an identity. Needs no lock.
#[must_use]
pub fn member_in(root: &Path) -> Option<MemberId> {
    let seed: [u8; 32] = read_at_most(&root.join(IDENTITY), 64).ok()?.try_into().ok()?;
    Some(MemberId(SigningKey::from_bytes(&seed).verifying_key().to_bytes()))
}

/// What the person of the data folder `root` was called last. Needs no lock.
#[must_use]
pub fn remembered_name(root: &Path) -> Option<String> {
    // A character has at most four bytes in UTF-8.
    let text =
        String::from_utf8(read_at_most(&root.join(NAME), NAME_CHARS as u64 * 4).ok()?).ok()?;
    let name = text.trim();
    (1..=NAME_CHARS).contains(&name.chars().count()).then(|| name.to_owned())
}

/// Keeps what the person is called in the data folder `root`, for the next start.
///
/// # Errors
/// [`ProfileError::Disk`].
pub fn remember_name(root: &Path, name: &str) -> Result<(), ProfileError> {
    write_whole(&root.join(NAME), name.as_bytes(), false)
}

impl Profile {
    /// Opens the folder `root`, made with a new identity when it is not there yet.
    ///
    /// # Errors
    /// [`ProfileError`]: in use by another process, damaged, or not writable.
    pub fn open(root: &Path) -> Result<Self, ProfileError> {
        for folder in [root.to_owned(), root.join(MEETINGS), root.join(BLOBS)] {
            make_private(&folder).map_err(disk(&folder))?;
        }
        let lock = lock(root)?;
        let key = identity(root)?;
        Ok(Self { root: root.to_owned(), key, _lock: lock })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The identity.
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Who this is.
    #[must_use]
    pub fn member(&self) -> MemberId {
        MemberId(self.key.verifying_key().to_bytes())
    }

    /// Where blobs are.
    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        blobs_in(&self.root)
    }

    /// Where a meeting is kept; it need not be there yet.
    #[must_use]
    pub fn meeting_folder(&self, id: &MeetingId) -> PathBuf {
        meeting_folder(&self.root, id)
    }

    /// Makes the meeting's folder and notes that it was opened now, after all others.
    ///
    /// `created` is kept from the first time.
    ///
    /// # Errors
    /// [`ProfileError::Disk`].
    pub fn keep_meeting(
        &self,
        id: MeetingId,
        title: &str,
        created: WallTime,
    ) -> Result<PathBuf, ProfileError> {
        let folder = self.meeting_folder(&id);
        fs::create_dir_all(&folder).map_err(disk(&folder))?;
        let known = meetings(&self.root);
        let created = known.iter().find(|m| m.id == id).map_or(created, |m| m.created);
        let opened = known.iter().map(|m| m.opened).max().map_or(1, |last| last.saturating_add(1));
        let info = KnownMeeting { id, title: title.to_owned(), created, opened };
        let bytes = serde_cbor::to_vec(&info).expect("plain data, and memory is the only limit");
        write_whole(&folder.join(INFO), &bytes, false)?;
        Ok(folder)
    }

    /// The kept meeting of this id (or its first 8 or more digits) or title; of several, the one
    /// opened last.
    #[must_use]
    pub fn find_meeting(&self, title_or_id: &str) -> Option<KnownMeeting> {
        let wanted = title_or_id.trim();
        let meetings = meetings(&self.root);
        let by_id = meetings
            .iter()
            .find(|m| wanted.len() >= SHORT_ID && m.id.to_string().starts_with(wanted));
        by_id.or_else(|| meetings.iter().find(|meeting| meeting.title == wanted)).cloned()
    }
}

/// Where the data folder `root` keeps a meeting; it need not be there yet.
#[must_use]
pub fn meeting_folder(root: &Path, id: &MeetingId) -> PathBuf {
    root.join(MEETINGS).join(id.to_string())
}

/// The meetings kept in the data folder `root`, the one opened last first. Folders that hold none
/// are passed over. Needs no lock.
#[must_use]
pub fn meetings(root: &Path) -> Vec<KnownMeeting> {
    let Ok(folders) = fs::read_dir(root.join(MEETINGS)) else { return Vec::new() };
    let mut meetings: Vec<_> =
        folders.filter_map(|folder| known_meeting(&folder.ok()?.path())).collect();
    meetings.sort_by(|a, b| b.opened.cmp(&a.opened).then(a.id.cmp(&b.id)));
    meetings
}

/// The meeting kept in `folder`: what its info file says, if that is for this folder.
#[must_use]
pub fn known_meeting(folder: &Path) -> Option<KnownMeeting> {
    let bytes = read_at_most(&folder.join(INFO), INFO_BYTES).ok()?;
    let info: KnownMeeting = serde_cbor::from_slice(&bytes).ok()?;
    (folder.file_name()?.to_str()? == info.id.to_string()).then_some(info)
}

/// Makes a folder that only its person may look into: meetings are nobody else's business.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn lock(root: &Path) -> Result<File, ProfileError> {
    let path = root.join(LOCK);
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = open.map_err(disk(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ProfileError::InUse(root.to_owned())),
        Err(TryLockError::Error(problem)) => Err(ProfileError::Disk { path, problem }),
    }
}

fn identity(root: &Path) -> Result<SigningKey, ProfileError> {
    let path = root.join(IDENTITY);
    match read_at_most(&path, 64) {
        Ok(bytes) => {
            let seed: [u8; 32] =
                bytes.try_into().map_err(|_| ProfileError::DamagedIdentity(path.clone()))?;
            // A copy by other tools may have opened it to others.
            keep_private(&path).map_err(disk(&path))?;
            Ok(SigningKey::from_bytes(&seed))
        }
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => {
            let seed = random().map_err(|_| ProfileError::NoChance)?;
            write_whole(&path, &seed, true)?;
            Ok(SigningKey::from_bytes(&seed))
        }
        Err(problem) => Err(ProfileError::Disk { path, problem }),
    }
}

/// Writes a file so that after a power cut it holds either all of `bytes` or what it held before.
pub(super) fn write_whole(path: &Path, bytes: &[u8], private: bool) -> Result<(), ProfileError> {
    let draft = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let write = || {
        let mut file = options.open(&draft)?;
        if private {
            // A draft left behind by a cut keeps the mode it was made with.
            keep_private(&draft)?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        // The new name itself is on disk only once its folder is.
        match path.parent() {
            Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
            _ => Ok(()),
        }
    };
    write().map_err(disk(path))
}

#[cfg(unix)]
fn keep_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

/// Elsewhere the person's own folder is private by itself.
#[cfg(not(unix))]
fn keep_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The file's bytes; one more than `limit` when it is larger.
pub(super) fn read_at_most(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> ProfileError {
    let path = path.to_owned();
    |problem| ProfileError::Disk { path, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn id(byte: u8) -> MeetingId {
        MeetingId([byte; 32])
    }

    #[test]
    fn the_same_folder_is_the_same_person() {
        let folder = folder();
        let first = Profile::open(folder.path()).unwrap().member();
        assert_eq!(Profile::open(folder.path()).unwrap().member(), first);
        let other = self::folder();
        assert_ne!(Profile::open(other.path()).unwrap().member(), first);
    }

    #[test]
    fn who_a_folder_is_of_is_told_beside_who_uses_it() {
        let folder = folder();
        assert_eq!(member_in(folder.path()), None, "nobody yet");
        let profile = Profile::open(folder.path()).unwrap();
        assert_eq!(member_in(folder.path()), Some(profile.member()));
    }

    #[test]
    fn two_cannot_use_one_folder_at_once() {
        let folder = folder();
        let first = Profile::open(folder.path()).unwrap();
        let second = Profile::open(folder.path());
        assert!(matches!(second, Err(ProfileError::InUse(_))), "{second:?}");
        drop(first);
        assert!(Profile::open(folder.path()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn the_identity_is_its_persons_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let path = folder.path().join(IDENTITY);
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        drop(Profile::open(folder.path()).unwrap());
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        drop(Profile::open(folder.path()).unwrap());
        assert_eq!(mode(), 0o600, "closed again");
    }

    #[test]
    fn a_damaged_identity_is_said_and_never_overwritten() {
        let folder = folder();
        for bytes in [&[][..], &[1; 31], &[1; 33], &[1; 4096]] {
            fs::write(folder.path().join(IDENTITY), bytes).unwrap();
            let opened = Profile::open(folder.path());
            assert!(matches!(opened, Err(ProfileError::DamagedIdentity(_))), "{opened:?}");
            assert_eq!(fs::read(folder.path().join(IDENTITY)).unwrap(), bytes);
        }
    }

    #[test]
    fn a_draft_left_by_a_power_cut_does_no_harm() {
        let folder = folder();
        fs::write(folder.path().join("identity.new"), [7; 12]).unwrap();
        let member = Profile::open(folder.path()).unwrap().member();
        assert_eq!(Profile::open(folder.path()).unwrap().member(), member);
    }

    #[test]
    fn meetings_are_found_by_title_and_id() {
        let folder = folder();
        let profile = Profile::open(folder.path()).unwrap();
        profile.keep_meeting(id(1), "Plans", WallTime(9)).unwrap();
        profile.keep_meeting(id(2), "Plans", WallTime(1)).unwrap();
        profile.keep_meeting(id(3), "Other", WallTime(5)).unwrap();
        let of = |text: &str| profile.find_meeting(text).map(|meeting| meeting.id);
        assert_eq!(of("Plans"), Some(id(2)), "opened last, whatever the calendar says");
        assert_eq!(of(&id(1).to_string()), Some(id(1)));
        assert_eq!(of(&id(1).short()), Some(id(1)), "as people see it");
        assert_eq!(of("0"), None, "too short to be meant");
        assert_eq!(of("None"), None);
        profile.keep_meeting(id(1), "Plans", WallTime(99)).unwrap();
        let again = profile.find_meeting("Plans").unwrap();
        assert_eq!((again.id, again.created), (id(1), WallTime(9)), "its creation stays");
    }

    #[test]
    fn what_is_no_meeting_is_passed_over() {
        let folder = folder();
        let profile = Profile::open(folder.path()).unwrap();
        let meeting = profile.keep_meeting(id(1), "Plans", WallTime(0)).unwrap();
        let copy = folder.path().join(MEETINGS).join("copy");
        fs::create_dir(&copy).unwrap();
        fs::copy(meeting.join(INFO), copy.join(INFO)).unwrap();
        fs::write(folder.path().join(MEETINGS).join("note.txt"), "x").unwrap();
        assert_eq!(meetings(folder.path()).len(), 1);
        fs::write(meeting.join(INFO), b"rubbish").unwrap();
        assert_eq!(meetings(folder.path()), []);
    }

    #[test]
    fn the_name_is_remembered() {
        let folder = folder();
        assert_eq!(remembered_name(folder.path()), None);
        let profile = Profile::open(folder.path()).unwrap();
        remember_name(profile.root(), "李雷").unwrap();
        assert_eq!(remembered_name(folder.path()), Some("李雷".into()));
        fs::write(folder.path().join(NAME), "x".repeat(NAME_CHARS + 1)).unwrap();
        assert_eq!(remembered_name(folder.path()), None);
    }
}
