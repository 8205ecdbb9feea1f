//! A network of laptops: one namespace each, joined by a bridge in a namespace of its own, so that
//! nothing shows on the host and nothing of the host shows in it (ip-netns(8)).
//!
//! Every way of making it worse is the kernel's own: nftables drops packets, a token bucket limits
//! the rate, and a split moves ports to another bridge. Namespaces need the right to make them; where
//! it is missing, [`Network::new`] says so and gives loopback, on which only unshaped scenarios run.

use crate::shell::{self, ShellError, run};
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};

/// First word of every namespace's name; followed by the process id, so that stale ones are known.
const PREFIX: &str = "mootrig";

/// Which addresses the laptops have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// IPv4 in 10.77.0.0/24, and IPv6 link-local as every Linux has.
    Usual,
    /// IPv6 in fd77::/64 and link-local, no IPv4.
    Ipv6,
    /// IPv6 link-local alone.
    LinkLocal,
}

/// The laptops' network; gone on drop.
#[derive(Debug)]
pub struct Network {
    /// Name of this network's namespaces without their last part; empty on loopback.
    name: String,
    nodes: usize,
}

impl Network {
    /// A network of `nodes` laptops with the usual addresses; loopback where namespaces are not permitted.
    #[must_use]
    pub fn new(nodes: usize) -> Self {
        Self::with_addresses(nodes, Addresses::Usual)
    }

    /// A network with the given addresses.
    #[must_use]
    pub fn with_addresses(nodes: usize, addresses: Addresses) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        remove_stale();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let network = Self { name: format!("{PREFIX}{}-{count}-", std::process::id()), nodes };
        match network.build(addresses) {
            Ok(()) => network,
            Err(error) => {
                eprintln!("no namespaces here, using loopback: {error}");
                drop(network);
                Self { name: String::new(), nodes }
            }
        }
    }

    /// Whether it is a network of namespaces; otherwise only processes on loopback.
    #[must_use]
    pub fn is_real(&self) -> bool {
        !self.name.is_empty()
    }

    /// Like [`Network::is_real`], and says that `scenario` is skipped when it is not.
    #[must_use]
    pub fn can(&self, scenario: &str) -> bool {
        if !self.is_real() {
            println!("skipped: {scenario} needs network namespaces");
        }
        self.is_real()
    }

    /// How many laptops.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.nodes
    }

    /// Words that start a program on laptop `node`.
    #[must_use]
    pub fn enter(&self, node: usize) -> Vec<String> {
        if !self.is_real() {
            return Vec::new();
        }
        ["ip", "netns", "exec", &self.laptop(node)].map(str::to_owned).to_vec()
    }

    /// Laptop `node` loses `permille` of the UDP and TCP packets that reach it, at random; 0 ends it.
    ///
    /// # Panics
    /// When the rule is refused: the figures would be of another network.
    pub fn loss(&self, node: usize, permille: u32) {
        let rule = format!(
            "iifname eth0 meta l4proto {{ tcp, udp }} numgen random mod 1000 < {permille} drop"
        );
        self.filter(node, "loss", &[("input", rule.as_str())][..usize::from(permille > 0)]);
    }

    /// Laptop `node` neither hears nor speaks multicast DNS (as behind a guest Wi-Fi), or does again.
    ///
    /// # Panics
    /// When the rule is refused.
    pub fn block_mdns(&self, node: usize, blocked: bool) {
        let rules = [("input", "udp dport 5353 drop"), ("output", "udp dport 5353 drop")];
        self.filter(node, "mdns", if blocked { &rules } else { &[] });
    }

    /// Laptop `node` hears and reaches nobody but laptop `other`: a home, from which the company's server alone
    /// can be seen.
    ///
    /// # Panics
    /// When the rule is refused.
    pub fn reaches_only(&self, node: usize, other: usize) {
        let address = self.address(other);
        let from = format!("iifname eth0 ip saddr != {address} drop");
        let to = format!("oifname eth0 ip daddr != {address} drop");
        let no_ipv6 = "meta nfproto ipv6 drop";
        let rules = [("input", from.as_str()), ("output", to.as_str())];
        self.filter(
            node,
            "home",
            &[&rules[..], &[("input", no_ipv6), ("output", no_ipv6)]].concat(),
        );
    }

    /// Limits what reaches laptop `node`, as tc(8) writes rates ("1mbit"); `None` ends it.
    ///
    /// # Panics
    /// When the limit is refused.
    pub fn rate(&self, node: usize, rate: Option<&str>) {
        let (hub, port) = (self.hub(), port(node));
        let _none_yet = run(&["tc", "-n", &hub, "qdisc", "del", "dev", &port, "root"]);
        if let Some(rate) = rate {
            let bucket = ["tbf", "rate", rate, "burst", "16kb", "latency", "200ms"];
            let line = [&["tc", "-n", &hub, "qdisc", "add", "dev", &port, "root"], &bucket[..]];
            run(&line.concat()).expect("a rate limit can be set on one's own network");
        }
    }

    /// Limits what leaves laptop `node`; `None` ends it.
    ///
    /// # Panics
    /// When the limit is refused.
    pub fn rate_out(&self, node: usize, rate: Option<&str>) {
        let laptop = self.laptop(node);
        let _none_yet = run(&["tc", "-n", &laptop, "qdisc", "del", "dev", "eth0", "root"]);
        if let Some(rate) = rate {
            let line = ["tc", "-n", &laptop, "qdisc", "add", "dev", "eth0", "root"];
            run(&[&line[..], &["tbf", "rate", rate, "burst", "16kb", "latency", "200ms"]].concat())
                .expect("a rate limit can be set on one's own network");
        }
    }

    /// Limits every laptop's way in and way out.
    ///
    /// # Panics
    /// When a limit is refused.
    pub fn every_port(&self, rate: Option<&str>) {
        for node in 0..self.nodes {
            self.rate(node, rate);
            self.rate_out(node, rate);
        }
    }

    /// The IPv4 address of laptop `node`, when it has the usual ones.
    #[must_use]
    pub fn address(&self, node: usize) -> String {
        format!("10.77.0.{}", node + 1)
    }

    /// Cuts the network into `groups`; laptops hear only their own group.
    ///
    /// # Panics
    /// When ports cannot be moved.
    pub fn split(&self, groups: &[&[usize]]) {
        let hub = self.hub();
        for (number, group) in groups.iter().enumerate().skip(1) {
            let bridge = format!("br{number}");
            if run(&["ip", "-n", &hub, "link", "show", &bridge]).is_err() {
                add_bridge(&hub, &bridge).expect("a bridge can be added to one's own network");
            }
            for node in *group {
                self.plug(*node, &bridge).expect("a port can be moved on one's own network");
            }
        }
    }

    /// Joins what [`Network::split`] cut.
    ///
    /// # Panics
    /// When ports cannot be moved.
    pub fn heal(&self) {
        for node in 0..self.nodes {
            self.plug(node, "br0").expect("a port can be moved on one's own network");
        }
    }

    /// Bytes that laptop `node` has put on the wire since the network was made.
    ///
    /// # Panics
    /// When the counter cannot be read.
    #[must_use]
    pub fn sent_bytes(&self, node: usize) -> u64 {
        self.counter(node, "rx")
    }

    /// Bytes that the wire has brought to laptop `node` since the network was made.
    ///
    /// # Panics
    /// When the counter cannot be read.
    #[must_use]
    pub fn received_bytes(&self, node: usize) -> u64 {
        self.counter(node, "tx")
    }

    /// The bridge's end of a laptop's cable counts the other way round.
    fn counter(&self, node: usize, direction: &str) -> u64 {
        let text = run(&["ip", "-n", &self.hub(), "-j", "-s", "link", "show", "dev", &port(node)]);
        let links: Value = serde_json::from_str(&text.expect("a port has counters")).expect("JSON");
        links[0]["stats64"][direction]["bytes"].as_u64().expect("a count")
    }

    fn build(&self, addresses: Addresses) -> Result<(), ShellError> {
        let hub = self.hub();
        run(&["ip", "netns", "add", &hub])?;
        add_bridge(&hub, "br0")?;
        for node in 0..self.nodes {
            self.add_laptop(node, addresses)?;
        }
        Ok(())
    }

    fn add_laptop(&self, node: usize, addresses: Addresses) -> Result<(), ShellError> {
        let (hub, laptop, port) = (self.hub(), self.laptop(node), port(node));
        let host = node + 1;
        run(&["ip", "netns", "add", &laptop])?;
        let cable = ["type", "veth", "peer", "name", "eth0", "netns", &laptop];
        run(&[&["ip", "-n", &hub, "link", "add", &port], &cable[..]].concat())?;
        let inside = |line: &[&str]| run(&[&["ip", "-n", &laptop], line].concat());
        // Addresses are used at once: nobody else is here who could have the same one (RFC 4862 §5.4).
        let sysctl = "echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad";
        run(&["ip", "netns", "exec", &laptop, "sh", "-c", sysctl])?;
        match addresses {
            Addresses::Usual => {
                inside(&["addr", "add", &format!("10.77.0.{host}/24"), "dev", "eth0"])?;
            }
            Addresses::Ipv6 => {
                inside(&["addr", "add", &format!("fd77::{host:x}/64"), "dev", "eth0", "nodad"])?;
            }
            Addresses::LinkLocal => {}
        }
        inside(&["link", "set", "lo", "up"])?;
        inside(&["link", "set", "eth0", "up"])?;
        if addresses == Addresses::Usual {
            // Multicast without a default route, as on a switch with nothing but laptops.
            inside(&["route", "add", "224.0.0.0/4", "dev", "eth0"])?;
        }
        // Otherwise one dropped "packet" may be 64 KB.
        let offloads = ["tso", "off", "gso", "off", "gro", "off", "tx", "off"];
        let ethtool = ["ip", "netns", "exec", &laptop, "ethtool", "-K", "eth0"];
        run(&[&ethtool[..], &offloads].concat())?;
        run(&["ip", "-n", &hub, "link", "set", &port, "up"])?;
        self.plug(node, "br0")
    }

    fn plug(&self, node: usize, bridge: &str) -> Result<(), ShellError> {
        run(&["ip", "-n", &self.hub(), "link", "set", &port(node), "master", bridge]).map(|_| ())
    }

    /// Replaces the laptop's nftables table `name` by one with `rules` (chain, rule).
    fn filter(&self, node: usize, name: &str, rules: &[(&str, &str)]) {
        let mut script = format!("add table inet {name}; delete table inet {name};");
        for (chain, rule) in rules {
            let hook = format!("type filter hook {chain} priority 0;");
            script +=
                &format!("add table inet {name}; add chain inet {name} {chain} {{ {hook} }};");
            script += &format!("add rule inet {name} {chain} {rule};");
        }
        run(&["ip", "netns", "exec", &self.laptop(node), "nft", &script])
            .expect("a filter can be set on one's own network");
    }

    fn hub(&self) -> String {
        format!("{}hub", self.name)
    }

    fn laptop(&self, node: usize) -> String {
        format!("{}{node}", self.name)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if self.is_real() {
            let laptops = (0..self.nodes).map(|node| self.laptop(node));
            for name in laptops.chain([self.hub()]) {
                let _gone_already = run(&["ip", "netns", "del", &name]);
            }
        }
    }
}

/// The bridge's end of a laptop's cable.
fn port(node: usize) -> String {
    format!("port{node}")
}

fn add_bridge(hub: &str, bridge: &str) -> Result<(), ShellError> {
    let options = ["mcast_snooping", "0", "stp_state", "0", "forward_delay", "0"];
    run(&[&["ip", "-n", hub, "link", "add", bridge, "type", "bridge"], &options[..]].concat())?;
    run(&["ip", "-n", hub, "link", "set", bridge, "up"]).map(|_| ())
}

/// Removes namespaces of test processes that no longer run. Their nodes died with them.
fn remove_stale() {
    let Some(list) = shell::find("ip").and_then(|_| run(&["ip", "netns", "list"]).ok()) else {
        return;
    };
    for name in list.lines().filter_map(|line| line.split_whitespace().next()) {
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        let Some(owner) = owner.and_then(|id| id.parse::<u32>().ok()) else { continue };
        if !std::path::Path::new(&format!("/proc/{owner}")).exists() {
            let _gone_already = run(&["ip", "netns", "del", name]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    /// Sends `count` numbered UDP packets from laptop 0 to laptop 1; gives how many came.
    fn packets(network: &Network, count: u32) -> usize {
        let receive = "import socket,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n\
            s.bind(('',7777));s.settimeout(1);print('bound',flush=True)\nn=0\n\
            try:\n while True:\n  s.recv(2000);n+=1\nexcept OSError: print(n)";
        let send = format!(
            "import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n\
            for i in range({count}): s.sendto(b'x'*1000,('10.77.0.2',7777)); time.sleep(0.001)"
        );
        let python = |node: usize, script: &str| -> Child {
            let words = network.enter(node);
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]).args(["python3", "-c", script]).stdout(Stdio::piped());
            command.spawn().expect("python3 starts")
        };
        let mut receiver = python(1, receive);
        let mut out = std::io::BufReader::new(receiver.stdout.take().expect("piped"));
        let mut line = String::new();
        std::io::BufRead::read_line(&mut out, &mut line).expect("bound");
        python(0, &send).wait().expect("sender ends");
        line.clear();
        std::io::BufRead::read_line(&mut out, &mut line).expect("count");
        receiver.wait().expect("receiver ends");
        line.trim().parse().expect("a number")
    }

    #[test]
    fn loss_split_and_counters_do_what_they_say() {
        let network = Network::new(2);
        if !network.can("network self-test") || shell::find("python3").is_none() {
            return;
        }
        let before = network.sent_bytes(0);
        assert_eq!(packets(&network, 400), 400);
        let sent = network.sent_bytes(0) - before;
        assert!((400_000..500_000).contains(&sent), "{sent}");
        assert!(network.received_bytes(1) >= 400_000);
        network.loss(1, 250);
        let came = packets(&network, 400);
        assert!((240..360).contains(&came), "{came} of 400 at 25 % loss");
        network.loss(1, 0);
        network.split(&[&[0], &[1]]);
        assert_eq!(packets(&network, 10), 0);
        network.heal();
        let healed = crate::wait::find(Duration::from_secs(5), || {
            (packets(&network, 10) == 10).then_some(())
        });
        assert!(healed.is_some(), "healed");
        network.rate(1, Some("1mbit"));
        assert!(packets(&network, 400) < 200, "a limited link drops what does not fit");
    }

    #[test]
    fn nothing_is_left_behind() {
        let network = Network::new(2);
        let name = network.name.clone();
        drop(network);
        if !name.is_empty() {
            assert!(!run(&["ip", "netns", "list"]).expect("list").contains(&name));
        }
    }
}
