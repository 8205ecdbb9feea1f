//! `moot`: the window.

fn main() {}
