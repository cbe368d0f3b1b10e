//! A network between the program and a server that can fail: a proxy on loopback which passes bytes,
//! or keeps them.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use url::Url;

use super::{Db, TestDb};

/// How often a connection looks whether it may go on.
const TICK: Duration = Duration::from_millis(10);

/// The proxy; its connections break when it is dropped.
pub struct Proxy {
    url: String,
    network: Arc<Network>,
}

#[derive(Default)]
struct Network {
    /// Connections that are made from now on keep their bytes.
    stalled: AtomicBool,
    /// The proxy is gone.
    closed: AtomicBool,
    /// How many connections there were.
    count: AtomicUsize,
    /// For each connection, whether it keeps its bytes.
    connections: Mutex<Vec<Arc<AtomicBool>>>,
    /// A connection on which the program says this keeps its bytes from there on.
    trap: Mutex<Option<String>>,
}

impl Proxy {
    /// Before the server of that database.
    #[track_caller]
    pub fn before(db: &TestDb) -> Proxy {
        let mut url = Url::parse(db.url()).expect("the database's URL");
        let port = url.port().expect("a server's port");
        let server = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let own = listener.local_addr().expect("local address").port();
        url.set_port(Some(own)).expect("a port");
        // What is encrypted cannot be listened to.
        url.set_query(Some(match db.kind() {
            Db::Mysql => "ssl-mode=disabled",
            _ => "sslmode=disable",
        }));
        let network = Arc::new(Network::default());
        let shared = Arc::clone(&network);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.closed.load(SeqCst) {
                    return;
                }
                shared.connect(client, server);
            }
        });
        Proxy {
            url: url.into(),
            network,
        }
    }

    /// The database's URL through it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many connections there were so far.
    pub fn connections(&self) -> usize {
        self.network.count.load(SeqCst)
    }

    /// From now on nothing gets through, on any connection. They stay open.
    pub fn stall(&self) {
        self.network.stalled.store(true, SeqCst);
        self.stall_open_ones();
    }

    /// Nothing gets through on the connections that are open now; new ones work. So does a firewall
    /// that forgot them.
    pub fn stall_open_ones(&self) {
        for stalled in self.network.connections.lock().expect("connections").iter() {
            stalled.store(true, SeqCst);
        }
    }

    /// Stalls a connection as soon as the program says `text` on it, which does not arrive.
    pub fn stall_at(&self, text: &str) {
        *self.network.trap.lock().expect("trap") = Some(text.to_owned());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.network.closed.store(true, SeqCst);
        // Wakes the one who accepts.
        if let Ok(url) = Url::parse(&self.url) {
            let _ = TcpStream::connect(("127.0.0.1", url.port().unwrap_or(0)));
        }
    }
}

impl Network {
    fn connect(self: &Arc<Self>, client: TcpStream, server: SocketAddr) {
        let Ok(server) = TcpStream::connect(server) else {
            return;
        };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        self.count.fetch_add(1, SeqCst);
        let stalled = Arc::new(AtomicBool::new(self.stalled.load(SeqCst)));
        let mut connections = self.connections.lock().expect("connections");
        connections.push(Arc::clone(&stalled));
        let ends = |socket: &TcpStream| socket.try_clone().expect("socket");
        for (from, to, talks) in [
            (ends(&client), ends(&server), true),
            (ends(&server), ends(&client), false),
        ] {
            let (network, stalled) = (Arc::clone(self), Arc::clone(&stalled));
            std::thread::spawn(move || network.pass(from, to, talks, &stalled));
        }
    }

    /// Passes bytes one way until an end closes or the proxy goes.
    fn pass(&self, mut from: TcpStream, mut to: TcpStream, talks: bool, stalled: &AtomicBool) {
        let _ = from.set_read_timeout(Some(TICK));
        let mut buffer = [0; 16 * 1024];
        let mut kept = 0;
        while !self.closed.load(SeqCst) {
            if kept == 0 && !stalled.load(SeqCst) {
                match from.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => kept = read,
                    Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    Err(_) => break,
                }
                if talks && self.is_trapped(&buffer[..kept]) {
                    stalled.store(true, SeqCst);
                }
            }
            if stalled.load(SeqCst) {
                std::thread::sleep(TICK);
            } else if kept > 0 {
                if to.write_all(&buffer[..kept]).is_err() {
                    break;
                }
                kept = 0;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    fn is_trapped(&self, said: &[u8]) -> bool {
        let trap = self.trap.lock().expect("trap");
        trap.as_ref()
            .is_some_and(|text| said.windows(text.len()).any(|part| part == text.as_bytes()))
    }
}
