use super::*;
use crate::room::replica::{Inserted, Proved, Replica};
use crate::room::samples::{MEETING, write};
use ed25519_dalek::SigningKey;
use redb::{BackendError, StorageBackend, backends::InMemoryBackend};
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

fn folder() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.redb");
    (folder, path)
}

fn open(path: &Path) -> (Log, Opened) {
    Log::open(path, &MEETING).unwrap()
}

/// What a log holds that is closed again at once.
async fn reopened(path: &Path) -> Opened {
    let (log, opened) = open(path);
    log.close().await;
    opened
}

/// A closed log of `entries` in a file.
async fn written(path: &Path, entries: &[Entry]) {
    let (log, _) = open(path);
    log.append(entries.to_vec()).await.unwrap();
    log.put("keyring", b"three keys".to_vec()).await.unwrap();
    log.close().await;
}

#[tokio::test]
async fn what_was_appended_is_there_when_opened_again() {
    let (_folder, path) = folder();
    let (one, two) = (write(1, None, 5, "x"), write(2, None, 3, "y"));
    let (log, opened) = open(&path);
    assert!(opened.entries.is_empty() && opened.healed.is_empty());
    log.append(one.clone()).await.unwrap();
    log.append(two.clone()).await.unwrap();
    log.put("code", b"1234".to_vec()).await.unwrap();
    log.put("code", b"5678".to_vec()).await.unwrap();
    log.close().await;
    let (log, opened) = open(&path);
    let mut expected = [one.clone(), two].concat();
    expected.sort_by_key(|entry| (entry.author(), entry.seq()));
    assert_eq!(opened.entries, expected);
    assert_eq!(opened.healed, []);
    assert_eq!(log.get("code").await, Ok(Some(b"5678".to_vec())));
    assert_eq!(log.get("else").await, Ok(None));
    let at = EntryRef { author: one[0].author(), seq: 3 };
    assert_eq!(log.entry(at).await, Ok(Some(one[2].clone())));
}

#[tokio::test]
async fn a_log_in_memory_does_the_same() {
    let log = Log::in_memory(&MEETING);
    assert_eq!(log.get("code").await, Ok(None));
    let entries = write(1, None, 4, "x");
    log.append(entries.clone()).await.unwrap();
    let author = entries[0].author();
    let read = log.entries(author, 2, 9, usize::MAX).await.unwrap();
    assert_eq!(read, entries[1..].iter().map(Entry::encode).collect::<Vec<_>>());
}

#[tokio::test]
async fn reading_stops_at_the_byte_limit_but_gives_one() {
    let log = Log::in_memory(&MEETING);
    let entries = write(1, None, 10, &"x".repeat(1000));
    log.append(entries.clone()).await.unwrap();
    let author = entries[0].author();
    assert_eq!(log.entries(author, 1, 10, 3_000).await.unwrap().len(), 2);
    assert_eq!(log.entries(author, 1, 10, 0).await.unwrap().len(), 1);
    assert_eq!(log.entries(author, 11, 20, 3_000).await.unwrap().len(), 0);
}

#[tokio::test]
async fn many_at_once_share_commits_and_all_are_kept() {
    let (_folder, path) = folder();
    let (log, _) = open(&path);
    let entries = write(1, None, 300, "x");
    let appends = entries.iter().map(|entry| log.append(vec![entry.clone()]));
    for result in futures::future::join_all(appends).await {
        result.unwrap();
    }
    log.close().await;
    assert_eq!(reopened(&path).await.entries, entries);
}

#[tokio::test]
async fn a_closed_log_says_so() {
    let log = Log::in_memory(&MEETING);
    log.close().await;
    assert_eq!(log.append(write(1, None, 1, "x")).await, Err(LogError::Closed));
    assert_eq!(log.get("code").await, Err(LogError::Closed));
}

#[tokio::test]
async fn one_process_at_a_time_and_one_meeting() {
    let (_folder, path) = folder();
    let (log, _) = open(&path);
    assert_eq!(Log::open(&path, &MEETING).unwrap_err(), LogError::InUse);
    log.close().await;
    let other = MeetingId([8; 32]);
    assert_eq!(Log::open(&path, &other).unwrap_err(), LogError::OtherMeeting);
}

#[tokio::test]
async fn a_fork_is_kept_and_the_branch_does_not_come_back() {
    let (_folder, path) = folder();
    let trunk = write(1, None, 4, "x");
    let twin = write(1, Some(&trunk[1]), 1, "y").remove(0);
    let proof = Proof::new(trunk[2].clone(), twin).unwrap();
    let (log, _) = open(&path);
    log.append(trunk.clone()).await.unwrap();
    log.keep_fork(proof.clone()).await.unwrap();
    log.close().await;
    let (_, opened) = open(&path);
    assert_eq!(opened.forks, vec![proof.clone()]);
    let mut replica = Replica::new();
    assert_eq!(replica.prove(proof), Proved::New);
    let new = opened
        .entries
        .into_iter()
        .filter(|e| matches!(replica.insert(e.clone()), Inserted::New(_)));
    assert_eq!(new.count(), 2, "what stands above the fork does not count");
    let report = verify(&path).unwrap();
    assert_eq!((report.entries, report.authors, report.forks), (4, 1, 1));
}

#[tokio::test]
async fn opening_works_whatever_byte_was_altered() {
    let (_folder, path) = folder();
    let entries = write(1, None, 40, &"words ".repeat(30));
    written(&path, &entries).await;
    let sound = std::fs::read(&path).unwrap();
    for position in (0..sound.len()).step_by(sound.len() / 40) {
        let mut bent = sound.clone();
        bent[position] ^= 0x10;
        std::fs::write(&path, &bent).unwrap();
        let (log, opened) = open(&path);
        let readable = opened.entries.len() as u64;
        let gap: u64 = opened
            .healed
            .iter()
            .map(|h| match h {
                Healed::Gap { behind, .. } => behind + 1,
                Healed::Rebuilt { .. } => 0,
            })
            .sum();
        let lost = 40 - readable - gap;
        assert!(lost <= 1, "one byte at {position} cost {lost} entries: {:?}", opened.healed);
        // The meeting goes on, and a sync brings what is missing.
        log.append(entries.clone()).await.unwrap();
        log.close().await;
        assert_eq!(reopened(&path).await.entries, entries, "after a flip at {position}");
    }
}

#[tokio::test]
async fn opening_works_on_a_file_cut_anywhere() {
    let (_folder, path) = folder();
    let entries = write(1, None, 40, "words");
    written(&path, &entries).await;
    let sound = std::fs::read(&path).unwrap();
    for length in (0..sound.len()).step_by(sound.len() / 25) {
        std::fs::write(&path, &sound[..length]).unwrap();
        let (log, _) = open(&path);
        log.append(entries.clone()).await.unwrap();
        log.close().await;
        assert_eq!(reopened(&path).await.entries, entries, "after a cut at {length}");
    }
}

#[tokio::test]
async fn a_rebuilding_that_was_cut_off_is_finished() {
    let (_folder, path) = folder();
    let entries = write(1, None, 3, "x");
    written(&path, &entries).await;
    std::fs::rename(&path, path.with_extension("rebuilt")).unwrap();
    assert_eq!(reopened(&path).await.entries, entries);
}

#[tokio::test]
async fn a_damaged_log_keeps_its_keys() {
    let (_folder, path) = folder();
    written(&path, &write(1, None, 3, "x")).await;
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..64].fill(0xff);
    std::fs::write(&path, &bytes).unwrap();
    let (log, opened) = open(&path);
    assert_eq!(opened.entries.len(), 3);
    assert!(matches!(opened.healed[..], [Healed::Rebuilt { entries: 3, .. }]));
    assert!(opened.may_lack_entries_of(&opened.entries[0].author()));
    assert_eq!(log.get("keyring").await, Ok(Some(b"three keys".to_vec())));
}

#[tokio::test]
async fn verify_names_the_entry_that_was_altered() {
    let (_folder, path) = folder();
    let entries = write(1, None, 60, &"words ".repeat(30));
    written(&path, &entries).await;
    assert_eq!(verify(&path).unwrap().entries, 60);
    let sound = std::fs::read(&path).unwrap();
    for n in [0usize, 30, 59] {
        let text = entries[n].encode();
        // The last copy is in use; earlier pages may hold older ones.
        let places: Vec<_> =
            sound.windows(text.len()).enumerate().filter(|(_, w)| *w == text).collect();
        let mut bent = sound.clone();
        for (start, _) in places {
            bent[start + 180] ^= 1;
        }
        std::fs::write(&path, &bent).unwrap();
        let at = EntryRef { author: entries[n].author(), seq: n as u64 + 1 };
        assert_eq!(verify(&path), Err(Fault::Altered(at)));
        assert_eq!(std::fs::read(&path).unwrap(), bent, "verify changes nothing");
    }
}

#[tokio::test]
async fn verify_names_the_first_missing_reordered_or_forged_entry() {
    let entries = write(1, None, 5, "x");
    let author = entries[0].author();
    let at = |seq| EntryRef { author, seq };
    let stranger =
        Entry::sign(&SigningKey::from_bytes(&[9; 32]), &MEETING, 3, entries[1].hash(), "x".into());
    let unlinked = write(1, None, 3, "other").remove(2);
    let mut forged = entries[2].encode();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let forged = [&b"MtR1\x01"[..], &(forged.len() as u32).to_be_bytes(), &forged].concat();
    type Meddle = Box<dyn Fn(&mut redb::Table<'_, (&[u8; 32], u64), &[u8]>)>;
    let put = |row: Vec<u8>| -> Meddle {
        Box::new(move |table| {
            table.insert((&author.0, 3), row.as_slice()).unwrap();
        })
    };
    let cases: Vec<(Meddle, Fault)> = vec![
        (
            Box::new(move |table| {
                table.remove((&author.0, 2)).unwrap();
            }),
            Fault::Missing(at(2)),
        ),
        (put(record::entry(&entries[3])), Fault::Reordered { at: at(3), found: 4 }),
        (put(record::entry(&stranger)), Fault::Reordered { at: at(3), found: 3 }),
        (put(record::entry(&unlinked)), Fault::Unlinked(at(3))),
        (put(forged), Fault::Altered(at(3))),
    ];
    for (meddle, fault) in cases {
        let (_folder, path) = folder();
        written(&path, &entries).await;
        let database = Database::open(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        meddle(&mut transaction.open_table(ENTRIES).unwrap());
        transaction.commit().unwrap();
        drop(database);
        assert_eq!(verify(&path), Err(fault));
    }
}

#[tokio::test]
async fn verify_finds_a_flipped_byte_wherever_it_matters() {
    let (_folder, path) = folder();
    let entries = write(1, None, 40, &"words ".repeat(30));
    written(&path, &entries).await;
    let sound = std::fs::read(&path).unwrap();
    let mut noticed = 0;
    for position in (0..sound.len()).step_by(sound.len() / 40) {
        let mut bent = sound.clone();
        bent[position] ^= 0x10;
        std::fs::write(&path, &bent).unwrap();
        match verify(&path) {
            Err(_) => noticed += 1,
            // Free space in the file.
            Ok(report) => assert_eq!(report.entries, 40, "position {position}"),
        }
    }
    assert!(noticed > 0);
}

/// A disk that can be full.
#[derive(Debug, Clone)]
struct Disk {
    bytes: Arc<InMemoryBackend>,
    full: Arc<AtomicBool>,
}

impl Disk {
    fn check(&self) -> std::io::Result<()> {
        if self.full.load(Ordering::SeqCst) {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> std::io::Result<u64> {
        self.bytes.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.bytes.read(offset, out)
    }
    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.check()?;
        self.bytes.set_len(len)
    }
    fn sync_data(&self) -> std::io::Result<()> {
        self.check()
    }
    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.check()?;
        self.bytes.write(offset, data)
    }
    fn try_lock_range(
        &self,
        _: std::ops::Bound<u64>,
        _: std::ops::Bound<u64>,
    ) -> Result<bool, BackendError> {
        Ok(true)
    }
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_the_log_goes_on_when_there_is_space() {
    let full = Arc::new(AtomicBool::new(false));
    let disk = Disk { bytes: Arc::new(InMemoryBackend::new()), full: Arc::clone(&full) };
    let reopen = move || {
        redb::Builder::new()
            .create_with_backend(disk.clone())
            .map_err(|error| LogError::from(redb::Error::from(error)))
    };
    let log = Log::start(MEETING, reopen().unwrap(), Box::new(reopen));
    let entries = write(1, None, 3, "x");
    let author = entries[0].author();
    log.append(entries[..1].to_vec()).await.unwrap();
    full.store(true, Ordering::SeqCst);
    assert_eq!(log.append(entries[1..2].to_vec()).await, Err(LogError::DiskFull));
    assert!(log.append(entries[1..2].to_vec()).await.is_err(), "still full");
    full.store(false, Ordering::SeqCst);
    log.append(entries[1..].to_vec()).await.unwrap();
    assert_eq!(log.entries(author, 1, 9, usize::MAX).await.unwrap().len(), 3);
}
