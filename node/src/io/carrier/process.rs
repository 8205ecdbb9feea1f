//! A carrier as a program of its own: it may crash, and what a foreign server sends is taken apart
//! there and not in the meeting's process. It ends when its standard input does.

use super::{Carrier, CarrierChoice, CarrierError, MESSAGES};
use crate::io::frame;
use crate::room::carrier::{FRAME_BYTES, FromCarrier, ToCarrier};
use futures::AsyncRead;
use std::process::Stdio;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio_util::compat::{TokioAsyncReadCompatExt, TokioAsyncWriteCompatExt};

/// The word that starts a program as a carrier.
const ARGUMENT: &str = "carry";

/// Bytes written at once.
const PIECE_BYTES: usize = 16 * 1024;

impl Carrier {
    /// Starts the program; what it says to people goes where this program's words go.
    ///
    /// # Errors
    /// [`CarrierError::Start`]. That it ends later is told by the end of what it tells.
    pub fn start(choice: &CarrierChoice) -> Result<Self, CarrierError> {
        let mut child = Command::new(&choice.program)
            .arg(ARGUMENT)
            .args(&choice.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| CarrierError::Start {
                program: choice.program.display().to_string(),
                problem: error.to_string(),
            })?;
        let (tell, told) = mpsc::channel(MESSAGES);
        let (orders, mut taken) = mpsc::channel::<ToCarrier>(MESSAGES);
        let (input, output) = (child.stdin.take(), child.stdout.take());
        if let Some(input) = input {
            tokio::spawn(async move {
                let mut input = input.compat_write();
                while let Some(order) = taken.recv().await {
                    if frame::write(&mut input, &order.encode(), PIECE_BYTES).await.is_err() {
                        break;
                    }
                }
            });
        }
        if let Some(output) = output {
            tokio::spawn(async move {
                listen(output.compat(), tell).await;
                end(child).await;
            });
        }
        Ok(Self { told, orders })
    }
}

/// Hands on what it tells until it ends, or says what is no message.
async fn listen(mut output: impl AsyncRead + Unpin, tell: mpsc::Sender<FromCarrier>) {
    while let Ok(Some(bytes)) = frame::read(&mut output, FRAME_BYTES).await {
        let Ok(message) = FromCarrier::decode(&bytes) else {
            tracing::warn!("the carrier said something that is no message");
            break;
        };
        if tell.send(message).await.is_err() {
            break;
        }
    }
}

/// It has closed its output, and is about to end; else it is made to.
async fn end(mut child: Child) {
    /// To say good-bye to its server.
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3);
    if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// The other end, in the program that is the carrier: its standard input and output.
#[must_use]
pub fn at_standard_streams() -> (mpsc::Receiver<ToCarrier>, mpsc::Sender<FromCarrier>) {
    let (take, taken) = mpsc::channel(MESSAGES);
    let (tell, mut told) = mpsc::channel::<FromCarrier>(MESSAGES);
    tokio::spawn(async move {
        let mut input = tokio::io::stdin().compat();
        while let Ok(Some(bytes)) = frame::read(&mut input, FRAME_BYTES).await {
            let Ok(order) = ToCarrier::decode(&bytes) else { break };
            if take.send(order).await.is_err() {
                break;
            }
        }
    });
    tokio::spawn(async move {
        let mut output = tokio::io::stdout().compat_write();
        while let Some(message) = told.recv().await {
            if frame::write(&mut output, &message.encode(), PIECE_BYTES).await.is_err() {
                break;
            }
        }
    });
    (taken, tell)
}
