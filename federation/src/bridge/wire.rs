//! Moot's own elements in the room, all in `urn:moot:1:room`.
//!
//! ```text
//! presence  <moot member='…' name='…' meeting='…' title='…' join='code'/>
//! message   <entry author='…' seq='…'>sealed, base64</entry>          to all, kept by the archive
//! message   <parcel id='…'>sealed, base64</parcel>                    to all, kept by the archive
//! message   <sound>sealed bundle, base64</sound>                       to all, kept nowhere
//! whisper   <pipe id='…' n='0' open='…'/> <pipe id='…' n='1'>base64</pipe> … <pipe id='…' n='7' close='true'/>
//! ```
//!
//! Everything read here is a stranger's claim: what is malformed is no element of ours.

use moot_node::limits::ENTRY_BYTES;
use moot_node::room::carrier::{Carried, PIPE_BYTES, Pipe, PipeId, SOUND_BYTES};
use moot_node::room::id::{EntryRef, MeetingId, MemberId};
use moot_node::room::parcel::ParcelId;
use moot_node::room::seal::SEAL_OVERHEAD;
use moot_node::room::stanza::{JoinPolicy, is_name};
use serde_bytes::ByteBuf;
use xmpp_parsers::minidom::Element;

use crate::xep::{element, find};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The namespace of what Moot says in rooms of XMPP servers.
pub const NS: &str = "urn:moot:1:room";

/// Bytes of what is told of a file, sealed: its address and a hash.
const TOLD_BYTES: usize = 4096;

/// Who somebody with Moot says they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Whose device.
    pub member: MemberId,
    /// The meeting they carry; `None` while they look for one.
    pub carried: Option<Carried>,
}

impl Presence {
    /// As an element.
    #[must_use]
    pub fn element(&self) -> Element {
        let member = self.member.to_string();
        match &self.carried {
            None => element!("moot", NS, "member" = member).build(),
            Some(carried) => element!(
                "moot",
                NS,
                "member" = member,
                "name" = carried.name.as_str(),
                "meeting" = carried.meeting.to_string(),
                "title" = carried.title.as_str(),
                "join" = word(carried.join),
            )
            .build(),
        }
    }

    /// From the elements of a presence.
    #[must_use]
    pub fn read(payloads: &[Element]) -> Option<Self> {
        let moot = find(payloads, "moot", NS)?;
        let member = moot.attr("member")?.parse().ok()?;
        let carried = || {
            let (name, title) = (moot.attr("name")?, moot.attr("title")?);
            Some(Carried {
                member,
                name: name.to_owned(),
                meeting: moot.attr("meeting")?.parse::<MeetingId>().ok()?,
                title: title.to_owned(),
                join: policy(moot.attr("join")?)?,
            })
            .filter(|_| is_name(name) && is_name(title))
        };
        Some(Self { member, carried: carried() })
    }
}

fn word(join: JoinPolicy) -> &'static str {
    join.as_str()
}

fn policy(word: &str) -> Option<JoinPolicy> {
    [JoinPolicy::Open, JoinPolicy::Code, JoinPolicy::Ask].into_iter().find(|p| p.as_str() == word)
}

/// An entry as it is said to all.
#[must_use]
pub fn entry(entry: EntryRef, sealed: &[u8]) -> Element {
    element!("entry", NS, "author" = entry.author.to_string(), "seq" = entry.seq.to_string())
        .append(STANDARD.encode(sealed))
        .build()
}

/// The entry among `payloads`, and which it claims to be.
#[must_use]
pub fn read_entry(payloads: &[Element]) -> Option<(EntryRef, Vec<u8>)> {
    let said = find(payloads, "entry", NS)?;
    let author = said.attr("author")?.parse().ok()?;
    let seq = said.attr("seq")?.parse().ok()?;
    let sealed = decode(&said.text(), ENTRY_BYTES + SEAL_OVERHEAD)?;
    Some((EntryRef { author, seq }, sealed))
}

/// What is told of a parcel, sealed, as it is said to all.
#[must_use]
pub fn parcel(id: ParcelId, sealed: &[u8]) -> Element {
    element!("parcel", NS, "id" = id.to_string()).append(STANDARD.encode(sealed)).build()
}

/// The parcel that `payloads` announce.
#[must_use]
pub fn read_parcel(payloads: &[Element]) -> Option<(ParcelId, Vec<u8>)> {
    let said = find(payloads, "parcel", NS)?;
    Some((said.attr("id")?.parse().ok()?, decode(&said.text(), TOLD_BYTES)?))
}

/// A sealed bundle of frames, as it is said to all.
#[must_use]
pub fn sound(sealed: &[u8]) -> Element {
    element!("sound", NS).append(STANDARD.encode(sealed)).build()
}

/// The sealed bundle among `payloads`.
#[must_use]
pub fn read_sound(payloads: &[Element]) -> Option<Vec<u8>> {
    decode(&find(payloads, "sound", NS)?.text(), SOUND_BYTES)
}

/// What happens on a pipe, as it is whispered; `n` counts what one side says on it, from 0.
#[must_use]
pub fn pipe(id: PipeId, n: u64, what: &Pipe) -> Element {
    let (id, n) = (format!("{:016x}", id.0), n.to_string());
    match what {
        Pipe::Open(to) => element!("pipe", NS, "id" = id, "n" = n, "open" = to.to_string()).build(),
        Pipe::Bytes(bytes) => {
            element!("pipe", NS, "id" = id, "n" = n).append(STANDARD.encode(bytes)).build()
        }
        Pipe::Credit(more) => {
            element!("pipe", NS, "id" = id, "n" = n, "credit" = more.to_string()).build()
        }
        Pipe::Close => element!("pipe", NS, "id" = id, "n" = n, "close" = "true").build(),
    }
}

/// The pipe among `payloads`. Of [`Pipe::Open`] the member is who is meant, not who opens.
#[must_use]
pub fn read_pipe(payloads: &[Element]) -> Option<(PipeId, u64, Pipe)> {
    let said = find(payloads, "pipe", NS)?;
    let id = PipeId(u64::from_str_radix(said.attr("id")?, 16).ok()?);
    let n = said.attr("n")?.parse().ok()?;
    let what = if let Some(to) = said.attr("open") {
        Pipe::Open(to.parse().ok()?)
    } else if let Some(credit) = said.attr("credit") {
        Pipe::Credit(credit.parse().ok()?)
    } else if said.attr("close").is_some() {
        Pipe::Close
    } else {
        Pipe::Bytes(ByteBuf::from(decode(&said.text(), PIPE_BYTES)?))
    };
    Some((id, n, what))
}

/// Base64 of at most `max` bytes.
fn decode(text: &str, max: usize) -> Option<Vec<u8>> {
    (text.len() <= max.div_ceil(3) * 4).then(|| STANDARD.decode(text).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 32]);

    fn carried() -> Carried {
        Carried {
            member: ANN,
            name: "Ann <&>".into(),
            meeting: MeetingId([2; 32]),
            title: "堤防".into(),
            join: JoinPolicy::Ask,
        }
    }

    #[test]
    fn presence_comes_back() {
        for carried in [None, Some(carried())] {
            let presence = Presence { member: ANN, carried };
            assert_eq!(Presence::read(&[presence.element()]), Some(presence));
        }
    }

    #[test]
    fn a_presence_with_odd_names_carries_nothing() {
        let odd = Carried { title: "\u{202e}neila".into(), ..carried() };
        let presence = Presence { member: ANN, carried: Some(odd) };
        assert_eq!(Presence::read(&[presence.element()]).expect("read").carried, None);
        assert_eq!(Presence::read(&["<moot xmlns='urn:moot:1:room'/>".parse().unwrap()]), None);
    }

    #[test]
    fn entries_come_back_and_are_bounded() {
        let which = EntryRef { author: ANN, seq: 7 };
        assert_eq!(read_entry(&[entry(which, b"sealed")]), Some((which, b"sealed".to_vec())));
        let long = vec![0; ENTRY_BYTES + SEAL_OVERHEAD + 3];
        assert_eq!(read_entry(&[entry(which, &long)]), None);
    }

    #[test]
    fn parcels_come_back_and_are_bounded() {
        let id = ParcelId([0xa7; 16]);
        assert_eq!(read_parcel(&[parcel(id, b"sealed")]), Some((id, b"sealed".to_vec())));
        assert_eq!(read_parcel(&[parcel(id, &vec![0; TOLD_BYTES + 3])]), None);
    }

    #[test]
    fn bundles_come_back_and_are_bounded() {
        assert_eq!(read_sound(&[sound(b"sealed")]), Some(b"sealed".to_vec()));
        assert_eq!(read_sound(&[sound(&vec![0; SOUND_BYTES + 3])]), None);
    }

    #[test]
    fn pipes_come_back_and_are_bounded() {
        let bytes = Pipe::Bytes(ByteBuf::from(vec![7; PIPE_BYTES]));
        for (n, what) in
            [Pipe::Open(ANN), bytes, Pipe::Credit(9), Pipe::Close].into_iter().enumerate()
        {
            let said = pipe(PipeId(u64::MAX), n as u64, &what);
            assert_eq!(read_pipe(&[said]), Some((PipeId(u64::MAX), n as u64, what)));
        }
        let long = Pipe::Bytes(ByteBuf::from(vec![7; PIPE_BYTES + 3]));
        assert_eq!(read_pipe(&[pipe(PipeId(1), 0, &long)]), None);
    }
}
