//! One command shows the whole thing and says how well it went.

use moot_tests::launch::Launch;
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::turn;
use std::time::Duration;

#[test]
fn the_demo_ends_with_a_summary_and_equal_digests() {
    let _turn = turn::take();
    let network = Network::new(1);
    let words = ["demo", "--nodes", "4", "--seconds", "15"];
    let demo = Launch::new(&network, 0, "demo", &words).start();
    let code = demo.exit_code(Duration::from_secs(90));
    assert_eq!(code, Some(0), "{}", demo.tail());
    let summary = demo.event("summary", Duration::ZERO);
    println!("{}", summary.body);
    let mut report = Report::new("demo");
    let numbers = summary.body.as_object().into_iter().flatten();
    for (name, value) in numbers.filter_map(|(name, value)| Some((name, value.as_f64()?))) {
        report.figure(name, value, "");
    }
    let equal =
        summary.body.as_object().into_iter().flatten().any(|(name, value)| {
            name.contains("digest") && value == &serde_json::Value::Bool(true)
        });
    assert!(equal, "digests differ: {}", summary.body);
    report.finish();
}
