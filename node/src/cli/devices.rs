//! `devices`: which microphones and loudspeakers there are.

use super::Exit;
use super::output::Output;

#[cfg(all(test, feature = "devices"))]
pub(crate) use listing::device;

/// Lists microphones and loudspeakers; the system's choice is marked.
#[cfg(feature = "devices")]
pub(crate) async fn devices(output: &Output) -> Exit {
    use moot_node::io::devices::{DeviceError, Devices, list};
    let listed = tokio::task::spawn_blocking(list).await;
    let listed = listed.unwrap_or_else(|panic| Err(DeviceError::NoSystem(panic.to_string())));
    match listed {
        Ok(Devices { microphones, loudspeakers }) => {
            listing::print("microphone", &microphones, output).await;
            listing::print("loudspeaker", &loudspeakers, output).await;
            if microphones.is_empty() && loudspeakers.is_empty() {
                Exit::NotFound
            } else {
                Exit::Fine
            }
        }
        Err(error) => {
            output.trouble("sound", moot_node::words::device_error(&error)).await;
            Exit::Failed
        }
    }
}

/// Without sound devices there are none.
#[cfg(not(feature = "devices"))]
pub(crate) async fn devices(output: &Output) -> Exit {
    output.trouble("sound", rust_i18n::t!("failure.no_devices").into_owned()).await;
    Exit::Failed
}

#[cfg(feature = "devices")]
mod listing {
    use crate::cli::output::{Message, Output};
    use crate::cli::print_json::{Line, fields};
    use moot_node::io::devices::Device;
    use moot_node::room::time::LocalTime;
    use moot_node::words::clean;
    use rust_i18n::t;

    pub(super) async fn print(kind: &'static str, devices: &[Device], output: &Output) {
        for found in devices {
            let mark = if found.default { "*" } else { " " };
            let kind_of =
                if kind == "microphone" { t!("text.microphone") } else { t!("text.loudspeaker") };
            let words = format!("{mark} {kind_of}  {}", clean(&found.name));
            let line = device(kind, found, output.now());
            output.print(Message::Told { line, words }).await;
        }
    }

    /// What is told of one device.
    pub(crate) fn device(kind: &'static str, found: &Device, now: LocalTime) -> Line {
        let Device { id, name, default } = found;
        Line::new(
            "device",
            now,
            fields! { "kind": kind, "id": id, "name": name, "default": default },
        )
    }
}
