//! A wire between client and server that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// The wire.
pub struct Proxy {
    pub port: u16,
    cut: Arc<Notify>,
    connections: Arc<AtomicUsize>,
}

impl Proxy {
    /// A wire to `server` on this machine.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (cut, connections) = (Arc::new(Notify::new()), Arc::new(AtomicUsize::new(0)));
        let (cuts, count) = (cut.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let cut = cuts.clone();
                tokio::spawn(async move {
                    if let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await {
                        tokio::select! {
                            () = cut.notified() => {}
                            _ = copy_bidirectional(&mut client, &mut server) => {}
                        }
                    }
                });
            }
        });
        Self { port, cut, connections }
    }

    /// Cuts what is connected; new connections work.
    pub fn cut(&self) {
        self.cut.notify_waiters();
    }

    /// Connections made so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}
