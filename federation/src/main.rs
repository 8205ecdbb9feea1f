//! `moot-bridge`: connects a meeting with a room on an XMPP server.
//!
//! `moot-node` and the window start it by themselves (as `moot-bridge carry`); by hand it keeps an always-on
//! box in a meeting: it becomes `moot-node join … --bridge ROOM`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
