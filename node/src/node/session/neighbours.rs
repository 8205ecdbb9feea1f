//! What a session knows about members beside the log: who is within reach, and who is coming in.

use super::abreast::Abreast;
use super::newcomers::WaitingAtDoor;
use crate::io::mesh::Standing;
use crate::node::contacts::Contacts;
use crate::node::event::MemberState;
use crate::room::id::MemberId;
use std::collections::{BTreeMap, BTreeSet};

/// Members within reach, and those on their way in.
#[derive(Default)]
pub(in crate::node) struct Neighbours {
    /// Who is connected, and how both stand to each other.
    pub(super) standing: BTreeMap<MemberId, Standing>,
    /// Where each member stands, as told last.
    pub(super) told: BTreeMap<MemberId, (String, MemberState)>,
    /// Where members were reached lately, for the next start.
    pub(super) contacts: Contacts,
    /// Admitted by a member, as a voucher proves; the log tells later.
    pub(super) vouched: BTreeSet<MemberId>,
    /// How this node came in, for members who have not heard of it.
    pub(super) own_voucher: Vec<Vec<u8>>,
    /// Members with whom a sync is under way.
    pub(super) syncing: BTreeSet<MemberId>,
    /// Syncs to be repeated: something was missing while one was under way.
    pub(super) sync_again: BTreeSet<MemberId>,
    /// Who has been told all there is.
    pub(super) abreast: Abreast,
    /// Newcomers at the door.
    pub(super) waiting: WaitingAtDoor,
}

impl Neighbours {
    /// Nobody is connected yet. `vouched` have let this node in, as `own_voucher` shows.
    pub(in crate::node) fn new(vouched: BTreeSet<MemberId>, own_voucher: Vec<Vec<u8>>) -> Self {
        Self { vouched, own_voucher, ..Self::default() }
    }
}
