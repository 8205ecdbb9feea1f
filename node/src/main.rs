//! moot-node.

use moot_node::io::document::worker;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.peek().is_some_and(|first| first == worker::ARGUMENT) {
        return worker::main(arguments.skip(1));
    }
    ExitCode::SUCCESS
}
