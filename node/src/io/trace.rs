//! What happens inside, for whoever looks for a fault: on standard error, chosen by `MOOT_LOG`.

use std::io::IsTerminal;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// What is written unless asked otherwise. The client of PulseAudio calls it an error when a stream is closed.
const ERRORS: &str = "error,pulseaudio=off";

/// Libraries that write down what they send, passwords and keys included (tokio-xmpp at `trace`, measured): of them nobody
/// ever gets more than warnings, whatever `MOOT_LOG` asks.
const SECRETIVE: [&str; 8] =
    ["tokio_xmpp", "xmpp", "xmpp_parsers", "sasl", "rustls", "tokio_rustls", "rxml", "xso"];

/// Begins to write, as `MOOT_LOG` asks (syntax of [`EnvFilter`]), else only errors. To be called
/// once, by a program.
///
/// # Errors
/// `MOOT_LOG` can't be understood, and why; errors are written all the same.
pub fn to_stderr() -> Result<(), String> {
    let wanted = std::env::var("MOOT_LOG").unwrap_or_else(|_| ERRORS.to_owned());
    let (filter, problem) = match EnvFilter::try_new(&wanted) {
        Ok(filter) => (filter, Ok(())),
        Err(problem) => (EnvFilter::new(ERRORS), Err(problem.to_string())),
    };
    subscriber(filter, std::io::stderr().is_terminal(), std::io::stderr).init();
    problem
}

/// What writes, and never what is secret.
fn subscriber<W>(filter: EnvFilter, ansi: bool, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let writes = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi);
    writes.with_writer(writer).finish().with(filter_fn(|about| !is_secret(about)))
}

fn is_secret(about: &Metadata<'_>) -> bool {
    let library = about.target().split("::").next().unwrap_or_default();
    *about.level() > Level::WARN && SECRETIVE.contains(&library)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("nobody panics holding it").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_filter_lets_passwords_out() {
        let cases = [
            ("trace", true, true),
            ("tokio_xmpp=trace", true, false),
            ("tokio_xmpp::xmlstream=trace,sasl=debug,rustls=info", false, false),
        ];
        for (wanted, warns, traces) in cases {
            let written = Written::default();
            let writer = written.clone();
            let subscriber = subscriber(EnvFilter::new(wanted), false, move || writer.clone());
            tracing::subscriber::with_default(subscriber, || {
                tracing::trace!(target: "tokio_xmpp::xmlstream::common", "<auth>hunter2</auth>");
                tracing::debug!(target: "sasl", "hunter2");
                tracing::info!(target: "rustls::client", "hunter2");
                tracing::warn!(target: "tokio_xmpp::stanzastream", "a warning");
                tracing::trace!(target: "moot_node::io", "a trace");
            });
            let text = String::from_utf8(written.0.lock().expect("free").clone()).expect("text");
            assert!(!text.contains("hunter2"), "{wanted}: {text}");
            assert_eq!(text.contains("a trace"), traces, "{wanted}: {text}");
            assert_eq!(text.contains("a warning"), warns, "{wanted}: {text}");
        }
    }
}
