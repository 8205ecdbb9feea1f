//! Recordings that are kept on this machine: listed and deleted. [`replay`](super::replay) plays them.

use crate::io::log::{self, LogError};
use crate::io::profile::{self, known_meeting};
use crate::io::recording;
use crate::io::summary::Summary;
use crate::node::entrance::LOG;
use crate::room::id::MeetingId;
use crate::room::meeting::{Meeting, Status};
use crate::room::stanza::Action;
use crate::room::time::WallTime;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// The folder of a meeting's sound.
const SOUND: &str = "sound";

/// A kept meeting with its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingSummary {
    /// The meeting's folder: what [`Replay::open`](super::Replay::open) and [`delete`] take.
    pub folder: PathBuf,
    /// Which meeting.
    pub id: MeetingId,
    /// What people call it.
    pub title: String,
    /// What its members are called, oneself included.
    pub members: Vec<String>,
    /// How long it is, at speed 1.
    pub duration: Duration,
    /// When the recording began, by this machine's calendar; only for showing.
    pub started: Option<WallTime>,
    /// What its documents are called.
    pub documents: Vec<String>,
    /// Bytes of its sound on disk.
    pub bytes: u64,
    /// Why it can't be played (in whole), if so. It can still be deleted.
    pub problem: Option<RecordingProblem>,
}

/// What is damaged of a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordingProblem {
    /// What was noted of its sound.
    #[error("its sound can't be read: {0}")]
    Sound(String),
    /// What was said and shown.
    #[error("its log can't be read: {0}")]
    Log(String),
}

/// Why a recording could not be deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// Not the folder of a meeting.
    #[error("{} is not the folder of a meeting", .0.display())]
    NoMeeting(PathBuf),
    /// A program is in that meeting now.
    #[error("this meeting is open; leave it first")]
    InUse,
    /// The disk refused.
    #[error("the recording can't be deleted: {0}")]
    Disk(#[from] std::io::Error),
}

/// The recordings in the data folder, of the meeting opened last first. Reads each one's log (half a
/// second for 100 000 entries); takes no lock, so it works while a node runs. Blocks.
#[must_use]
pub fn list(data: &Path) -> Vec<RecordingSummary> {
    let folders = profile::meetings(data).into_iter().map(|known| {
        (profile::meeting_folder(data, &known.id), known.id, known.title, known.created)
    });
    folders
        .filter(|(folder, ..)| folder.join(SOUND).is_dir())
        .map(|(folder, id, title, created)| summary(folder, id, title, created))
        .collect()
}

/// Deletes the recording in a meeting's folder: its sound. The meeting itself stays, to be entered
/// again; [`history::forget`](super::history::forget) deletes all of it. Deleting what is not there
/// is done at once. Blocks.
///
/// # Errors
/// [`DeleteError`].
pub fn delete(folder: &Path) -> Result<(), DeleteError> {
    known_meeting(folder).ok_or_else(|| DeleteError::NoMeeting(folder.to_owned()))?;
    let sound = folder.join(SOUND);
    if !sound.exists() {
        return Ok(());
    }
    // Whoever is in the meeting holds its log, and may be recording.
    if log::is_in_use(&folder.join(LOG)) {
        return Err(DeleteError::InUse);
    }
    // Cut off in the middle, half a recording must not be taken for one.
    let doomed = folder.join("sound.deleted");
    if doomed.exists() {
        fs::remove_dir_all(&doomed)?;
    }
    fs::rename(&sound, &doomed)?;
    Ok(fs::remove_dir_all(&doomed)?)
}

fn summary(folder: PathBuf, id: MeetingId, title: String, created: WallTime) -> RecordingSummary {
    let sound = folder.join(SOUND);
    let (duration, unheard) = match recording::duration(&folder) {
        Ok(duration) => (duration, None),
        Err(problem) => (Duration::ZERO, Some(RecordingProblem::Sound(problem.to_string()))),
    };
    let (members, documents, unread) = match names(&folder, &id) {
        Ok((members, documents)) => (members, documents, None),
        // Those who spoke, and those the list of earlier meetings knows.
        Err(problem) => {
            let mut members = recording::voices(&folder);
            members.extend(Summary::read(&folder).into_iter().flat_map(|kept| kept.members));
            members.sort();
            members.dedup();
            (members, Vec::new(), Some(RecordingProblem::Log(problem.to_string())))
        }
    };
    RecordingSummary {
        started: begun(&sound).or(Some(created)),
        bytes: bytes(&sound),
        folder,
        id,
        title,
        members,
        duration,
        documents,
        problem: unheard.or(unread),
    }
}

/// Members and documents, by the log.
fn names(folder: &Path, id: &MeetingId) -> Result<(Vec<String>, Vec<String>), LogError> {
    let mut meeting = Meeting::new(*id);
    for entry in log::entries_in(&folder.join(LOG), id)? {
        if let Ok(action) = Action::parse(entry.stanza()) {
            meeting.apply(&entry, &action);
        }
    }
    let members = meeting.members().filter(|member| member.status != Status::Removed);
    let members = members.map(|member| member.name.to_owned()).collect();
    let documents = meeting.documents().map(|(_, known)| known.name.clone()).collect();
    Ok((members, documents))
}

/// When the folder was made, where the file system tells.
fn begun(sound: &Path) -> Option<WallTime> {
    let made = fs::metadata(sound).ok()?.created().ok()?;
    let since = made.duration_since(UNIX_EPOCH).ok()?;
    Some(WallTime(i64::try_from(since.as_millis()).ok()?))
}

fn bytes(sound: &Path) -> u64 {
    let files = fs::read_dir(sound).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::log::Log;
    use crate::io::profile::Profile;
    use crate::io::recording::Recorder;
    use crate::room::id::MemberId;
    use crate::room::time::{Epoch, LocalTime, MediaTime};

    /// A meeting with 3 s of Anna's sound, and an empty log.
    fn recorded(profile: &Profile, byte: u8, title: &str) -> PathBuf {
        let id = MeetingId([byte; 32]);
        let folder = profile.keep_meeting(id, title, WallTime(5)).unwrap();
        drop(Log::open(&folder.join(LOG), &id).unwrap());
        let mut recorder = Recorder::open(&folder, LocalTime::START).unwrap();
        recorder.name(MemberId([1; 32]), "Anna");
        for index in 0..150 {
            let (at, now) =
                (MediaTime::from_samples(index * 960), LocalTime::from_millis(index * 20));
            recorder.frame(MemberId([1; 32]), Epoch(1), at, &[72, 1, 2], now).unwrap();
        }
        recorder.applied(
            crate::room::id::EntryRef { author: MemberId([1; 32]), seq: 1 },
            LocalTime::from_millis(3000),
        );
        recorder.finish().unwrap();
        folder
    }

    #[tokio::test]
    async fn recordings_are_listed_and_a_damaged_one_costs_itself_alone() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(list(data.path()), []);
        let profile = Profile::open(data.path()).unwrap();
        let plans = recorded(&profile, 1, "Plans");
        let other = recorded(&profile, 2, "Other");
        profile.keep_meeting(MeetingId([3; 32]), "Unrecorded", WallTime(5)).unwrap();
        let listed = list(data.path());
        assert_eq!(listed.iter().map(|one| &*one.title).collect::<Vec<_>>(), ["Other", "Plans"]);
        assert_eq!(listed[1].duration, Duration::from_secs(3));
        assert_eq!((listed[1].folder.clone(), listed[1].problem.clone()), (plans.clone(), None));
        assert!(listed[1].bytes > 500 && listed[1].started.is_some());

        fs::write(other.join(LOG), b"rubbish").unwrap();
        fs::remove_file(plans.join("sound/timeline")).unwrap();
        let listed = list(data.path());
        assert_eq!(listed.len(), 2);
        assert_eq!(listed[0].members, ["Anna"], "as far as the files tell");
        assert!(matches!(listed[0].problem, Some(RecordingProblem::Log(_))), "{listed:?}");
        assert!(matches!(listed[1].problem, Some(RecordingProblem::Sound(_))), "{listed:?}");
    }

    #[tokio::test]
    async fn a_deleted_recording_is_gone_and_its_meeting_stays() {
        let data = tempfile::tempdir().unwrap();
        let profile = Profile::open(data.path()).unwrap();
        let folder = recorded(&profile, 1, "Plans");
        let (log, _) = Log::open(&folder.join(LOG), &MeetingId([1; 32])).unwrap();
        assert!(matches!(delete(&folder), Err(DeleteError::InUse)));
        log.close().await;
        delete(&folder).unwrap();
        assert_eq!(list(data.path()), []);
        assert!(known_meeting(&folder).is_some() && folder.join(LOG).exists());
        delete(&folder).unwrap();
        assert!(matches!(delete(data.path()), Err(DeleteError::NoMeeting(_))));
    }
}
