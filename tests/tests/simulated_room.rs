//! Many rooms, each with its own weather: replicas end equal, and nothing reported as done is lost.
//!
//! `MOOT_SIM_SEED=n` replays one room; `MOOT_SIM_ROOMS=n` tries more of them.

use moot_node::room::id::EntryRef;
use moot_tests::chance::Chance;
use moot_tests::sim::{Room, Weather};

/// Rooms of each weather: half a minute in all on a small machine.
const ROOMS: u64 = 20;

/// Simulated milliseconds of acting.
const ACTING_MS: u64 = 60_000;

#[test]
fn a_calm_room_agrees() {
    rooms("calm", Weather::calm());
}

#[test]
fn gossip_that_is_lost_repeated_late_and_bent_costs_nothing() {
    let weather = Weather {
        delay_ms: 1500,
        loss_permille: 300,
        repeat_permille: 200,
        bend_permille: 100,
        ..Weather::calm()
    };
    rooms("lossy", weather);
}

#[test]
fn a_network_that_falls_apart_costs_nothing() {
    rooms("split", Weather { cut_permille: 100, loss_permille: 50, ..Weather::calm() });
}

#[test]
fn pulled_plugs_cost_nothing_that_was_reported() {
    rooms("power", Weather { power_permille: 300, cut_permille: 30, ..Weather::calm() });
}

#[test]
fn an_author_who_signs_a_number_twice_is_seen_and_splits_nobody() {
    let weather = Weather { restore_permille: 30, cut_permille: 50, ..Weather::calm() };
    let forks = rooms("forks", weather);
    assert!(forks > 0, "no fork ever happened: the test shows nothing");
}

/// Runs rooms of this weather; gives how many authors forked in all.
fn rooms(name: &str, weather: Weather) -> usize {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rooms = number("MOOT_SIM_ROOMS").unwrap_or(ROOMS);
    let seeds = match number("MOOT_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..rooms + 1,
    };
    let (mut entries, mut forks) = (0, 0);
    for seed in seeds {
        let laptops = 2 + seed as usize % 6;
        let mut room = Room::new(seed, laptops, weather);
        room.pass(ACTING_MS);
        room.calm_down();
        let again = format!("weather {name}; MOOT_SIM_SEED={seed} replays it");
        forks += check(&room, seed, &again);
        entries += room.laptops[0].replica().entries();
    }
    println!("{name}: {entries} entries, {forks} forks");
    forks
}

/// Gives the number of forked authors.
fn check(room: &Room, seed: u64, again: &str) -> usize {
    let first = &room.laptops[0];
    for laptop in &room.laptops {
        assert_eq!(laptop.replica().have(), first.replica().have(), "different logs; {again}");
        assert_eq!(laptop.state().digest(), first.state().digest(), "different digests; {again}");
        let refolded = laptop.refolded(&mut Chance::new(seed));
        assert_eq!(refolded.digest(), first.state().digest(), "order mattered; {again}");
    }
    let authors = room.laptops.iter().map(|laptop| laptop.member());
    let forked: Vec<_> = authors.filter(|author| first.replica().fork(author).is_some()).collect();
    let counts = |at: &EntryRef| first.replica().fork(&at.author).is_none_or(|f| at.seq < f.seq());
    for author in &room.laptops {
        for (at, hash) in author.reported().iter().filter(|(at, _)| counts(at)) {
            let lost = room.laptops.iter().position(|laptop| !laptop.holds(at, hash));
            assert_eq!(lost, None, "a reported entry {at:?} is missing; {again}");
        }
    }
    if forked.is_empty() {
        let reported: usize = room.laptops.iter().map(|laptop| laptop.reported().len()).sum();
        assert_eq!(first.state().entries(), reported as u64, "entries nobody reported; {again}");
    }
    forked.len()
}
