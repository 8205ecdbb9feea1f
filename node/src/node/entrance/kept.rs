//! What a node keeps of a meeting beside its log: enough to come back without a code.

use super::{Entered, Entrance, EntranceError};
use crate::io::log::{Log, LogError, Opened};
use crate::io::profile::KnownMeeting;
use crate::room::address::Address;
use crate::room::id::{MeetingId, MemberId};
use crate::room::secrets::Secrets;
use crate::room::stanza::{Founding, JoinPolicy};
use std::collections::BTreeMap;
use std::path::Path;

/// A meeting's log in its folder.
pub(in crate::node) const LOG: &str = "log.redb";

/// The names under which a meeting's log keeps what is no entry.
pub(in crate::node) const KEYS: &str = "keys";
pub(super) const VOUCHER: &str = "voucher";
pub(in crate::node) const PEERS: &str = "peers";
pub(super) const FOUNDING: &str = "founding";

impl Entrance<'_> {
    /// Opens a meeting that is kept here: no code needed.
    pub(super) async fn come_back(
        &mut self,
        known: &KnownMeeting,
        mut peers: BTreeMap<MemberId, Vec<Address>>,
    ) -> Result<Entered, EntranceError> {
        let folder = self.profile.keep_meeting(known.id, &known.title, self.wall)?;
        let (log, opened) = open_log(&folder, known.id).await?;
        let entered = async {
            let keys = log.get(KEYS).await?.ok_or(EntranceError::Incomplete)?;
            let secrets = Secrets::decode(&keys).map_err(|_| EntranceError::Incomplete)?;
            let founding = log.get(FOUNDING).await?.ok_or(EntranceError::Incomplete)?;
            let founding = decode_founding(&founding).ok_or(EntranceError::Incomplete)?;
            let voucher = decode_list(log.get(VOUCHER).await?);
            Ok::<_, EntranceError>((secrets, founding, voucher, log.get(PEERS).await?))
        };
        let (secrets, founding, voucher, kept_peers) = match entered.await {
            Ok(entered) => entered,
            Err(error) => {
                log.close().await;
                return Err(error);
            }
        };
        for (member, addresses) in decode_peers(kept_peers) {
            peers.entry(member).or_default().extend(addresses);
        }
        // Founded, and cut off before the founding was on disk.
        let founds = opened.entries.is_empty()
            && MeetingId::of_founding(&self.profile.member(), &founding) == known.id;
        let meeting = known.id;
        Ok(Entered { meeting, founding, folder, log, opened, secrets, voucher, peers, founds })
    }
}

pub(super) async fn open_log(
    folder: &Path,
    meeting: MeetingId,
) -> Result<(Log, Opened), EntranceError> {
    let path = folder.join(LOG);
    let opened = tokio::task::spawn_blocking(move || Log::open(&path, &meeting)).await;
    Ok(opened.map_err(|_| LogError::Closed)??)
}

type FoundingRecord = (String, String, String, serde_bytes::ByteArray<16>);

pub(super) fn encode_founding(founding: &Founding) -> Vec<u8> {
    let nonce = serde_bytes::ByteArray::new(founding.nonce);
    let record: FoundingRecord =
        (founding.title.clone(), founding.join.as_str().into(), founding.name.clone(), nonce);
    serde_cbor::to_vec(&record).expect("plain data")
}

fn decode_founding(bytes: &[u8]) -> Option<Founding> {
    let (title, join, name, nonce): FoundingRecord = serde_cbor::from_slice(bytes).ok()?;
    let join = [JoinPolicy::Open, JoinPolicy::Code, JoinPolicy::Ask]
        .into_iter()
        .find(|policy| policy.as_str() == join)?;
    Some(Founding { title, join, name, nonce: nonce.into_array() })
}

pub(super) fn encode_list(list: &[Vec<u8>]) -> Vec<u8> {
    let list: Vec<_> = list.iter().map(|item| serde_bytes::Bytes::new(item)).collect();
    serde_cbor::to_vec(&list).expect("plain data")
}

fn decode_list(bytes: Option<Vec<u8>>) -> Vec<Vec<u8>> {
    let list = bytes.and_then(|bytes| serde_cbor::from_slice(&bytes).ok());
    let list: Vec<serde_bytes::ByteBuf> = list.unwrap_or_default();
    list.into_iter().map(serde_bytes::ByteBuf::into_vec).collect()
}

pub(in crate::node) fn encode_peers(peers: &BTreeMap<MemberId, Vec<Address>>) -> Vec<u8> {
    let list: Vec<_> = peers.iter().collect();
    serde_cbor::to_vec(&list).expect("plain data")
}

fn decode_peers(bytes: Option<Vec<u8>>) -> Vec<(MemberId, Vec<Address>)> {
    bytes.and_then(|bytes| serde_cbor::from_slice(&bytes).ok()).unwrap_or_default()
}
