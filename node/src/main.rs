//! moot-node.
fn main() {}
