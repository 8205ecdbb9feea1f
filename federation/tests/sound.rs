//! A voice by way of the room: somebody with no account is heard by who is in no network but the server's, and the
//! other way round, within what servers allow an account by default.

mod common;

use common::person::{Person, settings};
use common::server::{Kind, Server};
use moot_node::node::{Config, Entrance, Heard, MemberState, News, SinkChoice, SourceChoice};
use moot_node::room::id::MemberId;
use moot_node::room::stanza::JoinPolicy;
use std::path::Path;
use tempfile::TempDir;

with_both_servers!(voices_go_both_ways);

/// Frames that are listened to: 24 s, in which more sound is tried.
const FRAMES: u64 = 1200;

/// A tone's level at the least: -26 dBFS. Coded twice, at 7 kbit/s, it is still there.
const LOUD: f32 = 0.05;

impl Person {
    /// How this member is heard once enough of them was.
    async fn hears_voice(&mut self, who: MemberId) -> Heard {
        self.told("a voice", |news| match news {
            News::Audio { author, heard } if author == who && heard.received >= FRAMES => {
                Some(heard)
            }
            _ => None,
        })
        .await
    }

    /// Who is called so.
    async fn member(&mut self, wanted: &str) -> MemberId {
        self.told("a member", |news| match news {
            News::Member { peer, name, state: MemberState::Here | MemberState::Away, .. }
                if name == wanted =>
            {
                Some(peer)
            }
            _ => None,
        })
        .await
    }
}

fn talks_and_hears(name: &str, folder: &Path, entrance: Entrance) -> Config {
    Config {
        source: SourceChoice::Tone,
        sink: SinkChoice::Wav(folder.join(format!("{name}.wav"))),
        ..Person::config(name, folder, entrance)
    }
}

/// The level of the loudest second (root mean square, full scale is 1) of 16-bit samples behind the header.
fn loudest_second(file: &Path) -> f32 {
    let bytes = std::fs::read(file).expect("the sink wrote a file");
    let samples: Vec<_> = bytes
        .get(44..)
        .unwrap_or_default()
        .chunks_exact(2)
        .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
        .collect();
    let level =
        |second: &[f32]| (second.iter().map(|s| s * s).sum::<f32>() / second.len() as f32).sqrt();
    samples.chunks_exact(48_000).map(level).fold(0.0, f32::max)
}

async fn voices_go_both_ways(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let folder = TempDir::new().expect("a folder");
    let found =
        Entrance::Host { title: "Plans".to_owned(), join: JoinPolicy::Code, documents: Vec::new() };
    let mut anna =
        Person::start(&server, "alice", folder.path(), found, settings(true, false)).await;
    let (link, code) = anna
        .told("the link", |news| match news {
            News::Meeting { link, code, .. } => Some((link, code)),
            _ => None,
        })
        .await;
    anna.told("the bridge", |news| matches!(news, News::Bridge { .. }).then_some(())).await;
    let here = Entrance::Join { meeting: Some(link), code: None };
    let mut dora = Person::start_here_with(talks_and_hears("dora", folder.path(), here)).await;
    let there = Entrance::Join { meeting: None, code };
    let bob = talks_and_hears("bob", folder.path(), there);
    let mut bob = Person::start_with(&server, "bob", bob, settings(false, false)).await;
    let (his, hers) = (dora.member("bob").await, bob.member("dora").await);
    let (dora_hears, bob_hears) = tokio::join!(dora.hears_voice(his), bob.hears_voice(hers));
    for (who, heard) in [("dora", dora_hears), ("bob", bob_hears)] {
        println!("{kind:?}: {who} heard {heard:?}");
        assert!(heard.concealed * 20 <= heard.received, "{who} missed more than 5 %: {heard:?}");
    }
    for person in [bob, dora, anna] {
        person.node.shutdown().await;
    }
    for name in ["bob", "dora"] {
        let level = loudest_second(&folder.path().join(format!("{name}.wav")));
        assert!(level > LOUD, "{name} heard a tone: {level}");
    }
}
