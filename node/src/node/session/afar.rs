//! Sound by way of the carrier, where there is room for one voice: bundles to the room and from there.
//!
//! ```text
//! bridge   own frames, and heard ones of who is not in the room ─▶ Recoder ─▶ Bundler ─ sealed ─▶ carrier
//! remote   own frames, coded for the way from the beginning      ───────────▶ Bundler ─ sealed ─▶ carrier
//! both     carrier ─ opened ─▶ Unbundler ─▶ playout; a bridge passes them on to its listeners
//! ```
//!
//! A remote member's frames are the ones that its log names, so a recording here is whole without
//! asking for anything. What a bridge codes anew is heard and not kept.

use super::Session;
use crate::io::audio::{Frame, Recoder, Unbundler};
use crate::io::carrier::CarrierRole;
use crate::io::mesh::Standing;
use crate::io::random::random;
use crate::node::inbox::{By, Done, HeardFrame};
use crate::room::bundle::{Bundle, Bundler};
use crate::room::carrier::{SoundWay, ToCarrier};
use crate::room::foremost::Foremost;
use crate::room::id::MemberId;
use crate::room::stanza::AudioFrame;
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a session has for sound afar.
#[derive(Default)]
pub(super) struct Afar {
    /// How much the room takes; nothing while nobody there would hear it.
    way: Option<SoundWay>,
    /// Who is in the room with Moot.
    there: BTreeSet<MemberId>,
    recoder: Option<Recoder>,
    bundler: Bundler,
    /// Whether one's own voice is to be carried.
    own: Foremost,
    unbundler: Option<Unbundler>,
}

impl Afar {
    /// Whether this carrier speaks for those who are not in the room.
    pub(super) fn speaks_for_others(&self) -> bool {
        self.way.is_some_and(|way| way.others)
    }

    /// Whether this member is in the room.
    pub(super) fn is_there(&self, member: &MemberId) -> bool {
        self.there.contains(member)
    }
}

impl Session {
    /// The room takes another amount of sound, or others are there.
    pub(super) fn on_way(&mut self, way: Option<SoundWay>, there: Vec<MemberId>) {
        let Some(carrying) = &mut self.carrying else { return };
        let afar = &mut carrying.afar;
        afar.way = way;
        afar.there = there.into_iter().collect();
        match (way, carrying.role) {
            (Some(way), CarrierRole::Remote) => self.sound.talk.narrow(Some(way.bitrate)),
            (None, CarrierRole::Remote) => self.sound.talk.narrow(None),
            (None, CarrierRole::Bridge) => afar.recoder = None,
            (Some(way), CarrierRole::Bridge) => {
                if let Some(recoder) = &afar.recoder {
                    return recoder.set_bitrate(way.bitrate);
                }
                let tasks = self.tasks.clone();
                let give = move |author, frame| {
                    // Full: the loop is behind, and the frame would be late.
                    let _ = tasks.try_send(Done::Recoded(author, frame));
                };
                match Recoder::start(way.bitrate, self.clock, give) {
                    Ok(recoder) => afar.recoder = Some(recoder),
                    Err(error) => tracing::error!(%error, "no sound by the carrier"),
                }
            }
        }
    }

    /// An own frame was sent; `level` is what it sounds like (0 to 100).
    pub(super) fn carry_own(&mut self, frame: &AudioFrame, level: u8) {
        let (me, now) = (self.me, self.clock.now());
        let Some(carrying) = &mut self.carrying else { return };
        let afar = &mut carrying.afar;
        match carrying.role {
            CarrierRole::Bridge => {
                if let Some(recoder) = &afar.recoder {
                    recoder.frame(me, frame.clone());
                }
            }
            CarrierRole::Remote => {
                if afar.way.is_some() && afar.own.block(me, level, now) {
                    self.carry(me, frame.clone());
                }
            }
        }
    }

    /// Somebody's frame was heard on their stream: those who are in the room need it, too.
    pub(super) fn carry_heard(&self, author: MemberId, frame: &AudioFrame) {
        let Some(afar) = self.carrying.as_ref().map(|carrying| &carrying.afar) else { return };
        if let Some(recoder) = afar.recoder.as_ref().filter(|_| afar.speaks_for_others())
            && !afar.is_there(&author)
        {
            recoder.frame(author, frame.clone());
        }
    }

    /// A frame goes to the room, when its bundle is full.
    pub(super) fn carry(&mut self, author: MemberId, frame: AudioFrame) {
        let ring = self.secrets.ring();
        let Some(carrying) = &mut self.carrying else { return };
        let Some(way) = carrying.afar.way else { return };
        for bundle in carrying.afar.bundler.push(author, frame, way.frames.into()) {
            let Ok(nonce) = random() else { return };
            let sealed = ByteBuf::from(ring.seal(nonce, &bundle.encode()));
            // Full: the carrier is behind, and the sound would be late.
            let _ = carrying.orders.try_send(ToCarrier::Sound(sealed));
        }
    }

    /// Somebody said a bundle in the room.
    pub(super) fn on_bundle(&mut self, sealed: &[u8]) {
        let now = self.clock.now();
        let bundle = self.secrets.ring().open(sealed).ok().and_then(|b| Bundle::decode(&b).ok());
        let Some(bundle) = bundle.filter(|bundle| self.hears_afar(&bundle.author)) else { return };
        let (clock, input, heard) = (self.clock, self.sound.talk.input(), self.sound.heard.clone());
        let Some(carrying) = &mut self.carrying else { return };
        let unbundler = carrying.afar.unbundler.get_or_insert_with(|| {
            Unbundler::start(clock, move |author, frame| {
                let AudioFrame { epoch, at, opus, resumes } = frame.clone();
                input.frame(Frame { author, epoch, at, opus, resumes, arrived: clock.now() });
                let _ = heard.try_send(HeardFrame { author, frame, by: By::Room });
            })
        });
        unbundler.take(bundle, now);
    }

    /// A frame came out of a bundle: whoever listens to this bridge hears it, too.
    pub(super) fn pass_on(&mut self, author: MemberId, frame: &AudioFrame) {
        if self.carrying.as_ref().is_none_or(|carrying| carrying.role != CarrierRole::Bridge) {
            return;
        }
        let stanza: Arc<[u8]> = frame.to_relayed_xml(author).into_bytes().into();
        let now = self.clock.now();
        self.sound.voices.send(|voice| voice.send(Arc::clone(&stanza), now));
    }

    /// A bridge passed on somebody's frame; whether it is taken: all have been told that it is one, and there is
    /// no better way to them.
    pub(super) fn takes_relayed(&self, bridge: &MemberId, author: &MemberId) -> bool {
        let bridges = self.view.meeting().member(bridge).is_some_and(|by| by.bridges.is_some());
        bridges && self.hears_afar(author)
    }

    /// Whether the frame's bytes are those which its author's log names.
    pub(super) fn is_original(&self, author: &MemberId, by: By) -> bool {
        let there = |carrying: &super::Carrying| carrying.afar.is_there(author);
        by != By::Room || self.carrying.as_ref().is_some_and(there)
    }

    fn hears_afar(&self, author: &MemberId) -> bool {
        let near = self.neighbours.standing.get(author) == Some(&Standing::Member)
            && !self.is_carried(author);
        *author != self.me && !near && self.view.meeting().is_member(author)
    }
}
