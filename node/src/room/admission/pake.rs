//! SPAKE2 (RFC 9382's ancestor, crate `spake2`) with key confirmation: a wrong code tells neither
//! side anything but that it was wrong.

use super::Secret;
use crate::room::id::{MeetingId, MemberId};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use spake2::{Ed25519Group, Identity, Password, Spake2};
use std::fmt;

/// Bytes of a PAKE message: a side byte and a point.
pub(super) const PAKE_BYTES: usize = 33;

/// Who speaks with whom about which meeting: what a PAKE is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parties {
    /// Who wants in.
    pub newcomer: MemberId,
    /// Who answers the door.
    pub host: MemberId,
    /// In where.
    pub meeting: MeetingId,
}

/// One side in the middle of the exchange.
pub(super) struct Pake {
    state: Spake2<Ed25519Group>,
    transcript: blake3::Hasher,
    ours: Vec<u8>,
    newcomer: bool,
}

/// Each side's proof that it knew the secret. Comparing two takes the same time whatever differs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Proofs {
    pub(super) newcomer: blake3::Hash,
    pub(super) host: blake3::Hash,
}

/// A proof that is not said yet does not belong in logs.
impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proofs(…)")
    }
}

impl Pake {
    /// Starts the exchange; returns the message for the other side. The seed must be random and
    /// used once.
    pub(super) fn start(
        secret: &Secret,
        parties: &Parties,
        newcomer: bool,
        seed: [u8; 32],
    ) -> (Self, Vec<u8>) {
        let random = ChaCha20Rng::from_seed(seed);
        let password = Password::new(secret.password());
        let a = Identity::new(&[b"newcomer".as_slice(), &parties.newcomer.0].concat());
        let b = Identity::new(&[b"host".as_slice(), &parties.host.0, &parties.meeting.0].concat());
        let (state, ours) = if newcomer {
            Spake2::start_a_with_rng(&password, &a, &b, random)
        } else {
            Spake2::start_b_with_rng(&password, &a, &b, random)
        };
        let mut transcript = blake3::Hasher::new();
        transcript.update(&parties.newcomer.0).update(&parties.host.0).update(&parties.meeting.0);
        (Self { state, transcript, ours: ours.clone(), newcomer }, ours)
    }

    /// Ends the exchange; none when the other's message is no point.
    pub(super) fn finish(mut self, theirs: &[u8]) -> Option<Proofs> {
        let key: [u8; 32] = self.state.finish(theirs).ok()?.try_into().ok()?;
        let (first, second) =
            if self.newcomer { (&self.ours[..], theirs) } else { (theirs, &self.ours[..]) };
        let transcript = self.transcript.update(first).update(second).finalize();
        let proof =
            |context| blake3::keyed_hash(&blake3::derive_key(context, &key), transcript.as_bytes());
        Some(Proofs {
            newcomer: proof("urn:moot:1 2026 admission: newcomer's proof"),
            host: proof("urn:moot:1 2026 admission: host's proof"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Code, LinkSecret};
    use super::*;

    const PARTIES: Parties = Parties {
        newcomer: MemberId([1; 32]),
        host: MemberId([2; 32]),
        meeting: MeetingId([3; 32]),
    };

    fn code(text: &str) -> Secret {
        Secret::Code(text.parse::<Code>().expect("a code"))
    }

    fn run(ours: &Secret, theirs: &Secret, they_think: Parties) -> (Proofs, Proofs) {
        let (newcomer, hello) = Pake::start(ours, &PARTIES, true, [4; 32]);
        let (host, answer) = Pake::start(theirs, &they_think, false, [5; 32]);
        assert_eq!((hello.len(), answer.len()), (PAKE_BYTES, PAKE_BYTES));
        (newcomer.finish(&answer).expect("a point"), host.finish(&hello).expect("a point"))
    }

    #[test]
    fn the_same_secret_gives_the_same_proofs() {
        for secret in [code("123-456"), Secret::Link(LinkSecret::new([7; 16]))] {
            let (here, there) = run(&secret, &secret, PARTIES);
            assert_eq!(here, there);
            assert_ne!(here.newcomer, here.host, "an echo is no proof");
        }
    }

    #[test]
    fn another_secret_meeting_or_person_gives_others() {
        let secret = code("123-456");
        let (here, there) = run(&secret, &code("123-457"), PARTIES);
        assert_ne!(here.newcomer, there.newcomer);
        for other in [
            Parties { meeting: MeetingId([9; 32]), ..PARTIES },
            Parties { newcomer: MemberId([9; 32]), ..PARTIES },
            Parties { host: MemberId([9; 32]), ..PARTIES },
        ] {
            let (here, there) = run(&secret, &secret, other);
            assert!(here.newcomer != there.newcomer && here.host != there.host);
        }
    }

    #[test]
    fn a_message_that_is_no_point_is_refused() {
        let secret = code("123-456");
        for theirs in [vec![], vec![0x42; 5], vec![0xff; PAKE_BYTES], vec![0x41; PAKE_BYTES]] {
            let (newcomer, _) = Pake::start(&secret, &PARTIES, true, [4; 32]);
            assert!(newcomer.finish(&theirs).is_none());
        }
    }
}
