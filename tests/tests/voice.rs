//! The processing of a microphone's sound in a room that is computed: echo, two who speak at once, first
//! syllables, howling. Nothing here hangs on the machine: every figure is a bound.

use moot_node::io::audio::Howl;
use moot_node::io::voice::{Chain, EchoCanceller, PIECE, Piece, QUIET, Sonora, Switches};
use moot_node::room::group::{Group, Own};
use moot_node::room::id::MemberId;
use moot_node::room::stanza::RoomName;
use moot_node::room::time::LocalTime;
use moot_tests::acoustics::{Path, Room, drifting, level, loudspeaker, stoi};
use moot_tests::chance::Chance;
use moot_tests::speech;

/// Samples of a second.
const SECOND: usize = 48_000;

/// Noise of the room and the microphone, in dBFS.
const NOISE_DB: f64 = -62.0;

/// A laptop in the room.
struct Scene {
    name: &'static str,
    delay_ms: f64,
    gain_db: f64,
    drift_ppm: f64,
}

/// Those of research: audio §4b.
const SCENES: [Scene; 5] = [
    Scene { name: "own loudspeaker", delay_ms: 55.0, gain_db: -3.0, drift_ppm: 0.0 },
    Scene { name: "own, quiet", delay_ms: 55.0, gain_db: -15.0, drift_ppm: 0.0 },
    Scene { name: "another laptop's", delay_ms: 140.0, gain_db: -12.0, drift_ppm: 40.0 },
    Scene { name: "another's, late", delay_ms: 320.0, gain_db: -12.0, drift_ppm: 40.0 },
    Scene { name: "own, 100 ppm", delay_ms: 55.0, gain_db: -3.0, drift_ppm: 100.0 },
];

/// Level of speech that telephones are tested with, in dBFS, its pauses left out (ITU-T P.56, P.800).
const SPEECH_DB: f64 = -26.0;

/// Two readings that are not the same words: `seconds` of each.
fn voices(seconds: usize) -> (Vec<f32>, Vec<f32>) {
    let all = speech::with_clicks(2.0 * seconds as f64, &[]);
    let active: Vec<f32> =
        all.chunks_exact(PIECE).filter(|piece| level(piece) > -45.0).flatten().copied().collect();
    let louder = 10_f64.powf((SPEECH_DB - level(&active)) / 20.0) as f32;
    let all: Vec<f32> = all.iter().map(|sample| sample * louder).collect();
    let (one, two) = all.split_at(seconds * SECOND);
    (one.to_vec(), two.to_vec())
}

/// A room's noise (uniform, which is white) of this level, in dBFS.
fn noise(chance: &mut Chance, level: f64, length: usize) -> Vec<f32> {
    let peak = 10_f64.powf(level / 20.0) * 3_f64.sqrt();
    (0..length).map(|_| chance.level() * peak as f32).collect()
}

fn pieces(sound: &[f32]) -> impl Iterator<Item = Piece> + '_ {
    sound.chunks_exact(PIECE).map(|part| {
        let mut piece = QUIET;
        piece.copy_from_slice(part);
        piece
    })
}

/// What comes of a scene: the microphone's sound, and what the canceller leaves of it.
struct Heard {
    microphone: Vec<f32>,
    left: Vec<f32>,
    late: usize,
}

/// `played` by the scene's loudspeaker while `said` at its microphone.
fn hear(scene: &Scene, played: &[f32], said: &[f32], suppress: bool) -> Heard {
    let driven: Vec<f32> = drifting(played, scene.drift_ppm).into_iter().map(loudspeaker).collect();
    let echo = Room::new(scene.delay_ms, scene.gain_db, 5).path().all(&driven);
    let around = noise(&mut Chance::new(9), NOISE_DB, echo.len());
    let parts = echo.iter().zip(said).zip(&around);
    let microphone: Vec<f32> = parts.map(|((echo, said), noise)| echo + said + noise).collect();
    let mut canceller = Sonora::new();
    canceller.suppress_noise(suppress);
    let mut left = Vec::with_capacity(microphone.len());
    for (mut piece, played) in pieces(&microphone).zip(pieces(played)) {
        canceller.played(&played);
        canceller.process(&mut piece);
        left.extend(piece);
    }
    let late = (canceller.delay().as_secs_f64() * SECOND as f64).round() as usize;
    Heard { microphone, left, late }
}

#[test]
fn echo_goes_and_who_speaks_into_it_stays() {
    let (played, said) = voices(16);
    let half = 8 * SECOND;
    // The second half is said into the echo.
    let near: Vec<f32> = (0..said.len()).map(|n| if n < half { 0.0 } else { said[n] }).collect();
    for suppress in [false, true] {
        println!("noise suppression {suppress}:");
        for scene in &SCENES {
            let Heard { microphone, left, late } = hear(scene, &played, &near, suppress);
            let erle = |from: usize, to: usize| {
                let (from, to) = (from * SECOND / 2, to * SECOND / 2);
                level(&microphone[from..to]) - level(&left[from + late..to + late])
            };
            let (early, erle) = (erle(1, 4), erle(4, 16));
            let end = left.len() - late;
            let raw = stoi(&near[half..end], &microphone[half..end]);
            let kept = stoi(&near[half..end], &left[half + late..]);
            // Suppression is on unless somebody switches it off; without it the room's noise is what is left.
            assert!(erle >= if suppress { 25.0 } else { 20.0 }, "{}: {erle:.1} dB", scene.name);
            assert!(raw < 0.9 || kept >= 0.8, "{}: STOI {kept:.3}", scene.name);
            println!(
                "  {:18} ERLE {early:.1} dB from 0.5 s, {erle:.1} dB from 2 s; double talk STOI {kept:.3}, raw {raw:.3}",
                scene.name
            );
        }
    }
}

/// Words that begin after a pause: their first samples in `sound`. A reading's own noise is at -50 dBFS.
fn beginnings(sound: &[f32]) -> Vec<usize> {
    /// 120 ms.
    const PAUSE: usize = 12;
    /// Louder than this is a word, in dBFS.
    const WORD: f64 = -44.0;
    let levels: Vec<f64> = sound.chunks_exact(PIECE).map(level).collect();
    let begins =
        |n: &usize| levels[n - PAUSE..*n].iter().all(|level| *level < WORD) && levels[*n] > WORD;
    (PAUSE..levels.len() - 100).filter(begins).map(|n| n * PIECE).collect()
}

#[test]
fn no_first_syllable_is_cut_and_nothing_is_sent_of_silence() {
    let (said, _) = voices(18);
    let begins = beginnings(&said);
    assert!(begins.len() >= 5, "a reading with {} pauses", begins.len());
    for noise_db in [NOISE_DB, NOISE_DB + 12.0] {
        let lost = begins.iter().map(|at| lost(&said[*at..*at + SECOND], noise_db));
        let lost: Vec<f64> = lost.collect();
        let worst = lost.iter().copied().fold(0.0, f64::max);
        println!("noise of {noise_db} dBFS, {} words: {worst:.2} dB lost at worst", begins.len());
        assert!(worst <= 1.0, "{worst:.2} dB");
    }
}

/// How much of the first 100 ms of these words the gate keeps back, in dB.
fn lost(words: &[f32], noise_db: f64) -> f64 {
    // Two seconds of nobody, a second of words, and nobody again.
    let mut sound = noise(&mut Chance::new(words.len() as u64), noise_db, 5 * SECOND);
    for (place, sample) in sound[2 * SECOND..].iter_mut().zip(words) {
        *place += sample;
    }
    let switches = Switches { noise: false, gain: false, aloud: true, muted: false };
    let (mut chain, mut canceller) = (Chain::new(Box::new(Sonora::new())), Sonora::new());
    let (mut sent, mut whole) = (Vec::new(), Vec::new());
    for mut piece in pieces(&sound) {
        let mut same = piece;
        chain.piece(&mut piece, &QUIET, switches);
        canceller.played(&QUIET);
        canceller.process(&mut same);
        sent.extend(piece);
        whole.extend(same);
    }
    let silent = |part: &[f32]| part.iter().all(|sample| *sample == 0.0);
    assert!(silent(&sent[3 * SECOND / 2..2 * SECOND - PIECE]), "silence before");
    assert!(silent(&sent[4 * SECOND..]), "silence a second after");
    let late = (chain.delay().as_secs_f64() * SECOND as f64) as usize;
    let first = 2 * SECOND + late..2 * SECOND + late + SECOND / 10;
    level(&whole[first.clone()]) - level(&sent[first])
}

#[test]
fn who_speaks_is_noticed_and_noise_and_others_are_not() {
    let (played, said) = voices(12);
    let quiet = vec![0.0; said.len()];
    let silence = noise(&mut Chance::new(2), NOISE_DB, said.len());
    let echo = hear(&SCENES[0], &played, &quiet, true).microphone;
    let words: Vec<bool> = said.chunks_exact(PIECE).map(|piece| level(piece) > -40.0).collect();
    let all = vec![true; words.len()];
    let somebody = share(&said, &quiet, &words);
    let (nobody, loudspeaker) = (share(&silence, &quiet, &all), share(&echo, &played, &all));
    println!("taken for speech: words {somebody:.2}, noise {nobody:.2}, echo {loudspeaker:.2}");
    assert!(somebody >= 0.85 && nobody == 0.0 && loudspeaker <= 0.02);
}

/// In how many of those pieces of `microphone` that count somebody is noticed to speak, 0 to 1.
fn share(microphone: &[f32], played: &[f32], counts: &[bool]) -> f64 {
    /// The canceller learns for two seconds.
    const LEARNS: usize = 200;
    /// What is noticed is of 15 to 60 ms before, in pieces.
    const LATE: usize = 4;
    let mut chain = Chain::new(Box::new(Sonora::new()));
    let switches = Switches { noise: true, gain: false, aloud: true, muted: true };
    let noticed = pieces(microphone)
        .zip(pieces(played))
        .map(|(mut piece, played)| chain.piece(&mut piece, &played, switches).speech);
    let noticed: Vec<bool> = noticed.collect();
    let counted = noticed[LEARNS + LATE..].iter().zip(&counts[LEARNS..]);
    let counted: Vec<bool> =
        counted.filter(|(_, counts)| **counts).map(|(speech, _)| *speech).collect();
    counted.iter().filter(|speech| **speech).count() as f64 / counted.len() as f64
}

/// What two laptops of one room send when each plays the other, and one person speaks.
struct Loop {
    /// Of the first, by whom it is spoken.
    sent: Vec<f32>,
    /// When the guard did something first, and what at most.
    guarded: Option<f64>,
    most: Howl,
}

/// Gains from a laptop's own loudspeaker to its microphone, and from the other's. `plays`: which of them plays
/// the other's voice.
fn howl(own_db: f64, other_db: f64, said: &[f32], guarded: bool, plays: [bool; 2]) -> Loop {
    /// From one laptop's microphone to the other's loudspeaker: with 10 ms through the air 60.
    const NETWORK: usize = 5;
    let path = |gain, seed| Room::new(10.0, gain, seed).path();
    let mut own: Vec<Path> = vec![path(own_db, 1), path(own_db, 2)];
    let mut other: Vec<Path> = vec![path(other_db, 3), path(other_db, 4)];
    let mut chains: Vec<Chain> = (0..2).map(|_| Chain::new(Box::new(Sonora::new()))).collect();
    let mut bare = [Sonora::new(), Sonora::new()];
    let mut under_way = [[QUIET; NETWORK]; 2];
    let mut ducked = [1.0_f32; 2];
    let around = noise(&mut Chance::new(4), NOISE_DB, 2 * said.len());
    let (mut sent, mut guarded_at, mut most) = (Vec::new(), None, Howl::Calm);
    for (number, voice) in pieces(said).enumerate() {
        let slot = number % NETWORK;
        let played: [Piece; 2] = std::array::from_fn(|me| {
            let volume = if plays[me] { ducked[me] } else { 0.0 };
            under_way[1 - me][slot].map(|sample| (sample * volume).clamp(-1.0, 1.0))
        });
        let air = played.map(|piece| piece.map(loudspeaker));
        for me in 0..2 {
            let (mine, others) = (own[me].piece(&air[me]), other[me].piece(&air[1 - me]));
            let from = (2 * number + me) * PIECE;
            let near = if me == 0 { 1.0 } else { 0.5 };
            let mut piece: Piece =
                std::array::from_fn(|n| mine[n] + others[n] + around[from + n] + voice[n] * near);
            if guarded {
                let switches = Switches { noise: true, gain: true, aloud: true, muted: false };
                let howl = chains[me].piece(&mut piece, &played[me], switches).howl;
                ducked[me] = if howl == Howl::Calm { 1.0 } else { 0.25 };
                most = most.max(howl);
                if howl != Howl::Calm && guarded_at.is_none() {
                    guarded_at = Some(number as f64 / 100.0);
                }
            } else {
                piece = piece.map(|sample| sample.clamp(-1.0, 1.0));
                bare[me].suppress_noise(true);
                bare[me].played(&played[me]);
                bare[me].process(&mut piece);
            }
            under_way[me][slot] = piece;
            if me == 0 {
                sent.extend(piece);
            }
        }
    }
    Loop { sent, guarded: guarded_at, most }
}

/// Seconds that this roars: louder than people speak, without a pause.
fn roaring(sent: &[f32]) -> f64 {
    const ROARS_DB: f64 = -13.0;
    const LASTS: usize = 30;
    let loud: Vec<bool> = sent.chunks_exact(PIECE).map(|piece| level(piece) >= ROARS_DB).collect();
    let roars = loud.chunk_by(|a, b| a == b).filter(|run| run[0] && run.len() >= LASTS);
    roars.map(|run| run.len()).sum::<usize>() as f64 / 100.0
}

#[test]
fn a_howl_is_over_soon_and_what_does_not_howl_is_left_alone() {
    let (said, _) = voices(12);
    println!(
        "own/other loudspeaker: seconds of roaring, level sent in each second, what the guard did"
    );
    for (own, other) in [(0.0, 0.0), (6.0, 0.0), (0.0, -6.0), (-6.0, -12.0)] {
        let [bare, guarded] =
            [false, true].map(|guarded| howl(own, other, &said, guarded, [true; 2]));
        for (name, heard) in [("without", &bare), ("with", &guarded)] {
            let levels: Vec<f64> = heard.sent.chunks_exact(SECOND).map(level).collect();
            let (roars, at, most) = (roaring(&heard.sent), heard.guarded, heard.most);
            println!(
                "{own:+.0}/{other:+.0} dB {name:7} {roars:.1} s {levels:.0?} {most:?} from {at:?}"
            );
        }
        if other == 0.0 {
            assert!(roaring(&bare.sent) > 2.0, "a scene that howls");
            assert!(roaring(&guarded.sent) <= 1.5, "{:.1} s", roaring(&guarded.sent));
        } else {
            assert_eq!(guarded.most, Howl::Calm, "nothing howls");
        }
    }
}

/// Which of two laptops plays the other's voice when both say that they sit in one room.
fn plays_in_one_room() -> [bool; 2] {
    let own = || Own { room: RoomName::new("Elbe"), plays: true, speaks: true, headphones: false };
    let ids = [MemberId([1; 32]), MemberId([2; 32])];
    let mut groups = ids.map(|id| Group::new(id, own()));
    let seats = [groups[0].seat(), groups[1].seat()];
    let now = LocalTime::from_millis(1000);
    std::array::from_fn(|me| {
        groups[me].sits(ids[1 - me], seats[1 - me].clone(), now);
        !groups[me].settle(now).ears.hushed.contains(&ids[1 - me])
    })
}

#[test]
fn with_the_rooms_rules_nothing_howls_however_loud() {
    let (said, _) = voices(12);
    // Nothing is played, and no loudspeaker reaches a microphone.
    let alone = level(&howl(-120.0, -120.0, &said, true, [false; 2]).sent);
    for (own, other) in [(0.0, 0.0), (6.0, 0.0), (0.0, -6.0), (-6.0, -12.0)] {
        let heard = howl(own, other, &said, true, plays_in_one_room());
        let (sent, most) = (level(&heard.sent), heard.most);
        println!(
            "{own:+.0}/{other:+.0} dB in one room: {sent:.1} dBFS, alone {alone:.1}, {most:?}"
        );
        assert!((sent - alone).abs() <= 1.0, "{sent:.1} dBFS");
        assert_eq!((most, roaring(&heard.sent)), (Howl::Calm, 0.0));
    }
}
