//! `demo`: a whole meeting on one machine, measured from what its nodes tell.
//!
//! ```text
//! stage (document, speech, folder) ─┐
//! network (namespaces | loopback) ──┼→ child × N ── events ──→ measure → table, summary
//! script (what the presenter does) ─┘        └── commands ──┘
//! ```

mod child;
mod measure;
mod network;
mod script;
mod stage;
mod table;

#[cfg(test)]
pub(super) use measure::example_summary;
#[cfg(test)]
pub(super) use table::composed_keys;

use super::args;
use super::output::{Message, Output, Style};
use super::signals::Stop;
use super::{Exit, meeting};
use child::{Child, Told};
use measure::Measurement;
use network::Network;
use rust_i18n::t;
use stage::Stage;
use std::time::Duration;
use table::Table;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// Events of all nodes that wait to be counted.
const WAITING: usize = 4096;

/// How long a node may take to start, convert the document, and be let in. Conversion dominates:
/// 30 ms a page typically, 4 s for the worst one measured (research on documents §3).
const SETTING_UP: Duration = Duration::from_secs(60);

/// From the script's being handed over to its first action, so that no action is late for it.
const LEAD: Duration = Duration::from_millis(1500);

/// How long the last actions and documents may take to arrive everywhere.
const SETTLING: Duration = Duration::from_secs(10);

/// Between two requests for the state while nodes still differ.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// How long a node may take to leave.
const LEAVING: Duration = Duration::from_secs(6);

/// Holds the meeting; fine when all nodes were in it to the end and agree on its state.
pub(crate) async fn demo(demo: args::Demo, output: &Output) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(problem) => {
            output.trouble("start", problem.to_string()).await;
            return Exit::Failed;
        }
    };
    let held = tokio::select! {
        biased;
        () = stop.asked() => return Exit::Fine,
        () = output.closed() => return Exit::Fine,
        held = hold(demo, output) => held,
    };
    match held {
        Ok(measured) => {
            let summary = measured.summary(output.now());
            let fine = measured.succeeded();
            let words = table::summary_words(&measured);
            output.print(Message::Told { line: summary, words }).await;
            if fine { Exit::Fine } else { Exit::Failed }
        }
        Err(problem) => {
            output.trouble("demo", problem).await;
            Exit::Failed
        }
    }
}

async fn hold(demo: args::Demo, output: &Output) -> Result<Measurement, String> {
    let program = meeting::this_program()?;
    let wanted = demo.clone();
    let whole = SETTING_UP + LEAD + Duration::from_secs(demo.seconds.into()) + SETTLING;
    let prepared = tokio::task::spawn_blocking(move || {
        let stage = Stage::set(wanted.document, wanted.speech.as_deref(), whole)?;
        let network = Network::make(wanted.nodes);
        Ok::<_, String>((stage, network))
    });
    let (stage, network) = prepared.await.map_err(|panic| panic.to_string())??;
    if output.style() == Style::Words {
        let words = t!(
            "demo.begins",
            nodes = demo.nodes,
            network = t!(network.word()),
            document = stage.document.display(),
            speech = t!(stage::origin_key(stage.speech_origin))
        );
        output.print(Message::Words(words.into_owned())).await;
    }
    let mut run = Run::new(demo.nodes, demo.seconds, output.style());
    let held = run.hold(&program, &stage, &network).await;
    let logs = stage.complaints();
    run.leave().await;
    held.map_err(|problem| run.explained(&problem) + &logs)?;
    Ok(run.measured)
}

/// The nodes and what was heard of them.
struct Run {
    children: Vec<Child>,
    told: mpsc::Receiver<Told>,
    sender: mpsc::Sender<Told>,
    measured: Measurement,
    table: Table,
    seconds: u32,
    nodes: u32,
}

impl Run {
    fn new(nodes: u32, seconds: u32, style: Style) -> Self {
        let (sender, told) = mpsc::channel(WAITING);
        let measured = Measurement::new(nodes as usize, seconds);
        let table = if style == Style::Words { Table::on_terminal(nodes) } else { Table::none() };
        Self { children: Vec::new(), told, sender, measured, table, seconds, nodes }
    }

    async fn hold(
        &mut self,
        program: &std::path::Path,
        stage: &Stage,
        network: &Network,
    ) -> Result<(), String> {
        let began = Instant::now();
        let host = stage.host_arguments(network);
        self.start(program, stage, network, 0, host)?;
        self.until(SETTING_UP, "demo.no_meeting", |m| m.invitation().is_some()).await?;
        let (link, code) = self.measured.invitation().unwrap_or_default();
        for number in 1..self.nodes {
            let join = stage.join_arguments(network, number, &link, code.as_deref());
            self.start(program, stage, network, number, join)?;
        }
        self.until(SETTING_UP, "demo.not_joined", Measurement::all_joined).await?;
        // The source began after its process: by now it has played at most this much.
        let first = began.elapsed() + LEAD;
        let pages = self.measured.pages();
        let script = script::script(self.seconds, pages, first);
        self.measured.expect(&script);
        for line in &script {
            self.children[0].say(&line.command()).await;
        }
        let speaking = SETTING_UP + Duration::from_secs(self.seconds.into());
        self.until(speaking, "demo.not_finished", Measurement::script_done).await?;
        // What is still missing after this shows in the summary.
        let _ = self.until(SETTLING, "", Measurement::all_arrived).await;
        self.agree().await;
        Ok(())
    }

    fn start(
        &mut self,
        program: &std::path::Path,
        stage: &Stage,
        network: &Network,
        number: u32,
        arguments: Vec<std::ffi::OsString>,
    ) -> Result<(), String> {
        let command = network.command(number, program, arguments);
        let log = stage.log(number)?;
        let child = Child::start(command, number as usize, log, self.sender.clone())
            .map_err(|problem| t!("demo.no_child", problem = problem).into_owned())?;
        if number == 0 && network.measures() {
            self.measured.count_bytes_of(child.id());
        }
        self.children.push(child);
        Ok(())
    }

    /// Counts what the nodes tell until `reached`; `problem` says what failed otherwise.
    async fn until(
        &mut self,
        patience: Duration,
        problem: &str,
        reached: impl Fn(&Measurement) -> bool,
    ) -> Result<(), String> {
        let counted = timeout(patience, async {
            while !reached(&self.measured) {
                let Some(told) = self.told.recv().await else { return Err(String::new()) };
                self.measured.note(&told);
                self.table.show(&self.measured);
                if let Some(ended) = self.measured.ended_early() {
                    return Err(t!("demo.ended", node = ended + 1).into_owned());
                }
            }
            Ok(())
        });
        match counted.await {
            Ok(counted) => counted,
            Err(_) if problem.is_empty() => Err(String::new()),
            Err(_) => Err(t!(problem, seconds = patience.as_secs()).into_owned()),
        }
    }

    /// Asks for the state until all agree.
    async fn agree(&mut self) {
        let deadline = Instant::now() + SETTLING;
        while Instant::now() < deadline && !self.measured.digests_equal() {
            self.measured.forget_digests();
            for child in &mut self.children {
                child.say("state").await;
            }
            let _ = self.until(ASK_AGAIN, "", Measurement::digests_equal).await;
        }
    }

    /// A problem, with what the nodes themselves said about it.
    fn explained(&self, problem: &str) -> String {
        let told = self.measured.troubles().map(|(number, text)| {
            let text = moot_node::words::clean(text);
            format!("\n{}", t!("demo.trouble", node = number + 1, text = text))
        });
        problem.to_owned() + &told.collect::<String>()
    }

    async fn leave(&mut self) {
        self.table.clear();
        for child in &mut self.children {
            child.say("leave").await;
        }
        let deadline = Instant::now() + LEAVING;
        for child in &mut self.children {
            child.end(deadline).await;
        }
    }
}
