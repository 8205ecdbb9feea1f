//! Seconds of sound that were missed live: kept for others, fetched, handed to the recorder.

use super::{Errand, Library, LibraryEvent};
use crate::io::recording::Announced;
use crate::room::id::BlobId;

impl Library {
    /// Keeps a second of sound for those who missed it.
    pub(in crate::node) fn keep_sound(&self, bytes: Vec<u8>) {
        self.errand(Errand::Keep(bytes));
    }

    /// Fetches a second of sound that was missed.
    pub(in crate::node) fn fetch_sound(&mut self, sound: Announced) {
        self.sounds.add(sound);
        self.fetch_sounds();
    }

    /// Goes on with missed seconds: some at a time. Call once a second, too.
    pub(in crate::node) fn fetch_sounds(&mut self) {
        while let Some(sound) = self.sounds.next() {
            // Full: tried again in a second.
            if self.errands.try_send(Errand::Sound(sound)).is_err() {
                self.sounds.put_back(sound);
                break;
            }
        }
    }

    /// This blob has come. If it is a missed second of sound, [`LibraryEvent::Sound`] follows.
    pub(in crate::node) fn fetched_sound(&self, blob: BlobId) {
        let sounds = self.sounds.under_way(blob);
        if sounds.is_empty() {
            return;
        }
        let (blobs, outlet) = (self.blobs.clone(), self.outlet.clone());
        tokio::spawn(async move {
            let bytes = blobs.get(blob).await.ok().flatten();
            for sound in sounds {
                let _ = outlet.send(LibraryEvent::Sound(sound, bytes.clone())).await;
            }
        });
    }

    /// What was told of a missed second is with the recorder; or it was not taken (`again`).
    pub(in crate::node) fn sound_taken(&mut self, sound: Announced, again: bool) {
        self.sounds.done(&sound);
        if again {
            // Later: with the next second, or when another has been taken.
            self.sounds.add(sound);
        } else {
            self.fetch_sounds();
        }
    }

    /// Seconds of sound that are still to come.
    pub(in crate::node) fn missed_sounds(&self) -> usize {
        self.sounds.len()
    }
}
