//! Where the demo's nodes run: each in a network namespace of its own, behind one switch, when the
//! system permits it; else all on loopback.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

/// Namespaces of demos begin so, followed by the demo's process number.
const PREFIX: &str = "moot-demo-";

/// The demo's network; taken down when dropped.
#[derive(Debug)]
pub(super) enum Network {
    /// One namespace a node and one for the switch, with Ethernet between.
    Namespaces(Namespaces),
    /// Nothing of its own: nodes meet by link on 127.0.0.1.
    Loopback,
}

/// Namespaces that were made, removed when dropped.
#[derive(Debug)]
pub(super) struct Namespaces {
    made: Vec<String>,
    tag: String,
}

impl Network {
    /// Namespaces for `nodes`, or loopback where the system says no. Blocks for some 20 ms a node.
    pub(super) fn make(nodes: u32) -> Self {
        remove_orphans();
        match Namespaces::make(nodes) {
            Some(namespaces) => Self::Namespaces(namespaces),
            None => Self::Loopback,
        }
    }

    /// Its word in `locales/`.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Namespaces(_) => "demo.namespaces",
            Self::Loopback => "demo.loopback",
        }
    }

    /// Whether nodes must be told where to listen and whom to call: loopback has no multicast.
    pub(super) const fn needs_link(&self) -> bool {
        matches!(self, Self::Loopback)
    }

    /// Whether a node's own traffic can be told from others'.
    pub(super) const fn measures(&self) -> bool {
        matches!(self, Self::Namespaces(_))
    }

    /// `program` with `arguments` as node `number`.
    pub(super) fn command(&self, number: u32, program: &Path, arguments: Vec<OsString>) -> Command {
        let mut command = match self {
            Self::Namespaces(namespaces) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", &namespaces.node(number)]).arg(program);
                command
            }
            Self::Loopback => Command::new(program),
        };
        command.args(arguments);
        command
    }
}

impl Namespaces {
    fn make(nodes: u32) -> Option<Self> {
        let tag = format!("{PREFIX}{}", std::process::id());
        let mut network = Self { made: Vec::new(), tag };
        let switch = network.switch();
        network.add(&switch)?;
        // No snooping and no forwarding delay: multicast and the first packet pass at once.
        let bridge = "type bridge mcast_snooping 0 stp_state 0 forward_delay 0";
        ip(&format!("-n {switch} link add br0 {bridge}"))?;
        ip(&format!("-n {switch} link set br0 up"))?;
        for number in 0..nodes {
            let node = network.node(number);
            network.add(&node)?;
            let port = format!("port{number}");
            ip(&format!("-n {switch} link add {port} type veth peer name eth0 netns {node}"))?;
            ip(&format!("-n {switch} link set {port} master br0 up"))?;
            // TEST-NET-2 (RFC 5737): no machine has these addresses.
            ip(&format!("-n {node} addr add 198.51.100.{}/24 dev eth0", number + 1))?;
            ip(&format!("-n {node} link set lo up"))?;
            ip(&format!("-n {node} link set eth0 up"))?;
            // Multicast without a default route, as on a switch that nobody manages.
            ip(&format!("-n {node} route add 224.0.0.0/4 dev eth0"))?;
        }
        Some(network)
    }

    fn switch(&self) -> String {
        format!("{}-switch", self.tag)
    }

    fn node(&self, number: u32) -> String {
        format!("{}-{number}", self.tag)
    }

    fn add(&mut self, name: &str) -> Option<()> {
        ip(&format!("netns add {name}"))?;
        self.made.push(name.to_owned());
        Some(())
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        // Interfaces go with their namespaces.
        for name in &self.made {
            let _ = ip(&format!("netns del {name}"));
        }
    }
}

/// Bytes that the process `id` sent over all interfaces of its namespace but loopback.
pub(super) fn sent_bytes(id: u32) -> Option<u64> {
    sent_in(&std::fs::read_to_string(format!("/proc/{id}/net/dev")).ok()?)
}

/// From the text of proc(5) `/proc/net/dev`: the ninth number of each line is bytes sent.
fn sent_in(table: &str) -> Option<u64> {
    let lines = table.lines().skip(2).filter_map(|line| line.split_once(':'));
    let sent = lines.filter(|(name, _)| name.trim() != "lo").map(|(_, numbers)| {
        numbers.split_whitespace().nth(8).and_then(|number| number.parse::<u64>().ok())
    });
    sent.sum()
}

/// Removes what a demo left behind that was killed.
fn remove_orphans() {
    let Ok(listed) = Command::new("ip").args(["netns", "list"]).stderr(Stdio::null()).output()
    else {
        return;
    };
    for name in orphans(&String::from_utf8_lossy(&listed.stdout), &|id| {
        Path::new(&format!("/proc/{id}")).exists()
    }) {
        let _ = ip(&format!("netns del {name}"));
    }
}

/// Names in the list of `ip netns` whose demo runs no more.
fn orphans(list: &str, runs: &dyn Fn(u32) -> bool) -> Vec<String> {
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    let orphaned = names.filter(|name| {
        let id = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()?.parse().ok());
        id.is_some_and(|id| !runs(id))
    });
    orphaned.map(str::to_owned).collect()
}

/// Runs `ip` with these words; `None` when it is missing, not permitted, or fails.
fn ip(words: &str) -> Option<()> {
    let ran = Command::new("ip")
        .args(words.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    ran.ok().filter(std::process::ExitStatus::success).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sent_bytes_are_those_of_real_interfaces() {
        let table = "Inter-|   Receive   |  Transmit\n face |bytes packets\n    \
                     lo:  99 1 0 0 0 0 0 0  77 1 0 0 0 0 0 0\n  \
                     eth0: 10 1 0 0 0 0 0 0  1234 3 0 0 0 0 0 0\n";
        assert_eq!(sent_in(table), Some(1234));
        assert_eq!(sent_in("a\nb\n eth0: 1 2 3\n"), None);
    }

    #[test]
    fn only_dead_demos_leave_orphans() {
        let list = "moot-demo-1-switch (id: 3)\nmoot-demo-2-0\nother-1\nmoot-demo-x-0\n";
        assert_eq!(orphans(list, &|id| id == 2), ["moot-demo-1-switch"]);
    }

    #[test]
    fn on_loopback_the_program_is_started_as_it_is() {
        let command = Network::Loopback.command(0, Path::new("/bin/x"), vec!["a".into()]);
        assert_eq!(command.get_program(), "/bin/x");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["a"]);
    }
}
