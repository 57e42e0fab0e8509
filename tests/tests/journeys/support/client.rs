//! A websocket client that speaks the same enums as the server.

use std::{ops::RangeInclusive, time::Duration};

use futures_util::{SinkExt, StreamExt};
use heapgym_shared::{
    Outcome, Report, Sample,
    adjust::{Adjustment, EventKind},
    protocol::{ClientMessage, PROTOCOL, RunId, ServerMessage, decode, encode},
};
use serde_json::Value;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

/// Longer than anything a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to a server.
pub struct TestClient {
    socket: WebSocketStream<TcpStream>,
}

/// All that was heard of one run.
#[derive(Debug, Default)]
pub struct Heard {
    /// Samples in the order they came.
    pub samples: Vec<Sample>,
    /// Sequence numbers that will not come.
    pub gaps: Vec<RangeInclusive<u64>>,
    /// How it ended, once it has.
    pub finished: Option<(Outcome, Option<Box<Report>>)>,
    /// Why the server did not store its end.
    pub not_kept: Option<String>,
}

impl Heard {
    /// Every sequence number that was heard of, sent or left out, in order.
    pub fn sequence(&self) -> Vec<u64> {
        let sent = self.samples.iter().map(|sample| sample.seq);
        let mut all: Vec<u64> = sent.chain(self.gaps.iter().cloned().flatten()).collect();
        all.sort_unstable();
        all
    }

    /// Events that somebody caused, each with the position of its sample. What the allocator purges by itself comes
    /// when it likes.
    pub fn caused(&self) -> impl Iterator<Item = (usize, &EventKind)> {
        let events =
            self.samples.iter().enumerate().flat_map(|(position, sample)| {
                sample.events.iter().map(move |event| (position, &event.what))
            });
        events.filter(|(_, what)| !matches!(what, EventKind::Purged { .. }))
    }

    pub fn outcome(&self) -> &Outcome {
        &self.finished.as_ref().expect("the run has ended").0
    }
}

impl TestClient {
    pub async fn connect(address: &str) -> Self {
        Self::over(TcpStream::connect(address).await.unwrap(), address).await
    }

    /// A client whose kernel takes in very little while it does not read.
    pub async fn connect_narrow(address: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Self::over(socket.connect(address.parse().unwrap()).await.unwrap(), address).await
    }

    async fn over(stream: TcpStream, address: &str) -> Self {
        let (socket, _) = client_async(format!("ws://{address}/api/ws"), stream).await.unwrap();
        let mut client = Self { socket };
        client.send(&ClientMessage::Hello { protocol: PROTOCOL }).await;
        assert!(matches!(client.receive().await, ServerMessage::Hello { protocol: PROTOCOL, .. }));
        client
    }

    pub async fn send(&mut self, message: &ClientMessage) {
        self.send_raw(Message::text(encode(message))).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        // What the server will not take may fail on the way; the test then looks at the answer.
        let _ = self.socket.send(message).await;
    }

    /// The next message of the server.
    pub async fn receive(&mut self) -> ServerMessage {
        self.try_receive().await.expect("the connection is open")
    }

    /// The next message; `None` when the connection has ended.
    pub async fn try_receive(&mut self) -> Option<ServerMessage> {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("a message in time")? {
                Ok(Message::Text(text)) => match decode(&text).expect("a message of the protocol") {
                    ServerMessage::Alive => {}
                    message => return Some(message),
                },
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Listens until the server closes the connection; returns the close code, if it sent one.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("the end of the connection in time")? {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Asks for a change to a run.
    pub async fn adjust(&mut self, run: &RunId, change: Adjustment) {
        self.send(&ClientMessage::Adjust { run: run.clone(), change }).await;
    }

    /// Starts a run and gives its name.
    pub async fn start(&mut self, spec: Value) -> RunId {
        self.send(&ClientMessage::Start { spec }).await;
        match self.receive().await {
            ServerMessage::Accepted { run, .. } => run,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// Starts a run that is to be refused, and gives the field, the reason and what is allowed.
    pub async fn refused(&mut self, spec: Value) -> (String, String, String) {
        self.send(&ClientMessage::Start { spec }).await;
        self.rejection().await
    }

    pub async fn rejection(&mut self) -> (String, String, String) {
        match self.receive().await {
            ServerMessage::Rejected { field, reason, allowed, .. } => (field, reason, allowed),
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Listens until the run has ended.
    pub async fn hear_out(&mut self, run: &RunId) -> Heard {
        self.hear_until(run, |heard| heard.finished.is_some()).await
    }

    /// Listens until `enough` has been heard of the run.
    pub async fn hear_until(&mut self, run: &RunId, enough: impl Fn(&Heard) -> bool) -> Heard {
        let mut heard = Heard::default();
        while !enough(&heard) {
            match self.receive().await {
                ServerMessage::Samples { run: id, first_seq, batch } if id == *run => {
                    assert_eq!(batch.first().map(|sample| sample.seq), Some(first_seq));
                    heard.samples.extend(batch);
                }
                ServerMessage::Gap { run: id, from, to } if id == *run => heard.gaps.push(from..=to),
                ServerMessage::Finished { run: id, outcome, report, not_kept } if id == *run => {
                    heard.not_kept = not_kept;
                    heard.finished = Some((outcome, report));
                }
                ServerMessage::Error { reason } => panic!("the server failed: {reason}"),
                _ => {}
            }
        }
        heard
    }
}
