//! Earlier meetings, as a lobby lists them. Nothing here opens a log.

pub use crate::io::summary::LeftHow;

use crate::io::profile::{self, KnownMeeting, Profile, ProfileError};
use crate::io::summary::Summary;
use crate::room::id::MeetingId;
use crate::room::time::WallTime;
use std::fs;
use std::path::Path;

/// A meeting that is kept on this machine. [`Entrance::Continue`](super::Entrance::Continue) enters
/// it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierMeeting {
    /// Which meeting.
    pub id: MeetingId,
    /// What people call it.
    pub title: String,
    /// When this node was in it last, by this machine's calendar; only for showing.
    pub last_used: WallTime,
    /// What the other members are called, at most 32 of them.
    pub members: Vec<String>,
    /// How many others there are.
    pub others: u32,
    /// Whether there is sound to play back.
    pub recorded: bool,
    /// How it ended; none when a version that did not note it was in it last.
    pub left_how: Option<LeftHow>,
}

/// Why a meeting could not be forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// The data folder is in use (leave the meeting first) or can't be written.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The disk refused.
    #[error("the meeting can't be deleted: {0}")]
    Disk(#[from] std::io::Error),
}

/// The meetings kept in the data folder, the one used last first. Reads two small files for each;
/// takes no lock, so it works while a node runs. Blocks.
#[must_use]
pub fn list(data: &Path) -> Vec<EarlierMeeting> {
    let known = profile::meetings(data);
    known.into_iter().map(|known| earlier(data, known)).collect()
}

/// Deletes a meeting's folder: its log and sound. Documents stay, for other meetings may show them.
/// Forgetting what is not there is done at once. Blocks.
///
/// # Errors
/// [`ForgetError`]: a node uses the data folder, or the disk refuses.
pub fn forget(data: &Path, meeting: &MeetingId) -> Result<(), ForgetError> {
    // Its lock keeps nodes out meanwhile.
    let profile = Profile::open(data)?;
    let folder = profile.meeting_folder(meeting);
    if !folder.exists() {
        return Ok(());
    }
    // Cut off in the middle, half a meeting must not be taken for one: another name is no meeting.
    let doomed = folder.with_extension("forgotten");
    if doomed.exists() {
        fs::remove_dir_all(&doomed)?;
    }
    fs::rename(&folder, &doomed)?;
    fs::remove_dir_all(&doomed)?;
    Ok(())
}

fn earlier(data: &Path, known: KnownMeeting) -> EarlierMeeting {
    let folder = profile::meeting_folder(data, &known.id);
    let recorded = folder.join("sound").is_dir();
    let KnownMeeting { id, title, created, .. } = known;
    match Summary::read(&folder) {
        Some(Summary { last_used, members, others, left }) => {
            EarlierMeeting { id, title, last_used, members, others, recorded, left_how: Some(left) }
        }
        None => {
            let members = Vec::new();
            EarlierMeeting {
                id,
                title,
                last_used: created,
                members,
                others: 0,
                recorded,
                left_how: None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> MeetingId {
        MeetingId([byte; 32])
    }

    #[test]
    fn meetings_are_listed_the_last_first_and_without_their_logs() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(list(data.path()), []);
        let profile = Profile::open(data.path()).unwrap();
        let plans = profile.keep_meeting(id(1), "Plans", WallTime(5)).unwrap();
        let summary = Summary {
            last_used: WallTime(99),
            members: vec!["Ben".into()],
            others: 1,
            left: LeftHow::Cut,
        };
        summary.write(&plans).unwrap();
        fs::create_dir(plans.join("sound")).unwrap();
        profile.keep_meeting(id(2), "Other", WallTime(6)).unwrap();
        let listed = list(data.path());
        let of = |meeting: &EarlierMeeting| (meeting.title.clone(), meeting.last_used);
        assert_eq!(of(&listed[0]), ("Other".into(), WallTime(6)), "no summary: when it began");
        assert_eq!((listed[0].left_how, listed[0].recorded), (None, false));
        assert_eq!(of(&listed[1]), ("Plans".into(), WallTime(99)));
        assert_eq!((listed[1].left_how, listed[1].recorded), (Some(LeftHow::Cut), true));
        assert_eq!((listed[1].members.as_slice(), listed[1].others), (&["Ben".to_owned()][..], 1));
    }

    #[test]
    fn what_is_forgotten_is_gone_and_the_rest_stays() {
        let data = tempfile::tempdir().unwrap();
        let profile = Profile::open(data.path()).unwrap();
        let folder = profile.keep_meeting(id(1), "Plans", WallTime(5)).unwrap();
        profile.keep_meeting(id(2), "Other", WallTime(6)).unwrap();
        let in_use = forget(data.path(), &id(1));
        assert!(matches!(in_use, Err(ForgetError::Profile(ProfileError::InUse(_)))));
        drop(profile);
        forget(data.path(), &id(1)).unwrap();
        assert!(!folder.exists());
        assert_eq!(list(data.path()).len(), 1);
        forget(data.path(), &id(1)).unwrap();
        assert_eq!(fs::read_dir(data.path().join("meetings")).unwrap().count(), 1);
    }
}
