//! `/api/ws`: one connection, its subscriptions, and its limits.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket, close_code},
    },
    response::{IntoResponse, Response},
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use heapgym_shared::{
    Rejection, RunSpec,
    protocol::{
        ALIVE_EVERY_MS, ClientMessage, MAX_CLIENT_MESSAGE_BYTES, PROTOCOL, RunId, ServerMessage, encode,
    },
};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, interval_at, timeout},
};

use super::{App, AppState, error::ApiError, viewer};
use crate::{
    dispatch::LiveRun,
    limits::{MAX_SUBSCRIPTIONS, MESSAGES_WAITING, SENT_WITHIN},
};

/// From one ping to the next; proxies drop sockets that are idle for a minute.
const PING_EVERY: Duration = Duration::from_secs(20);
/// From one word to the next where there is nothing else to say: pages cannot see pings.
const ALIVE_EVERY: Duration = Duration::from_millis(ALIVE_EVERY_MS as u64);
/// A connection on which nothing comes back for so long, not even a pong, is closed.
const SILENT_FOR: Duration = Duration::from_secs(60);
/// How long a client may take to close its side once it is asked to.
const CLOSES_WITHIN: Duration = Duration::from_secs(1);
/// Eagerly allocated by each connection; the library's own default is 128 KiB.
const READ_BUFFER_BYTES: usize = 8 * 1024;
/// What a socket that takes nothing may hold in memory.
const MAX_WRITE_BUFFER_BYTES: usize = 1024 * 1024;

/// `GET /api/ws`
pub(super) async fn upgrade(State(app): App, upgrade: WebSocketUpgrade) -> Response {
    let place = match app.gates.websocket() {
        Ok(place) => place,
        Err(busy) => return ApiError::from(busy).into_response(),
    };
    upgrade
        .max_message_size(MAX_CLIENT_MESSAGE_BYTES)
        .max_frame_size(MAX_CLIENT_MESSAGE_BYTES)
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(READ_BUFFER_BYTES)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .on_upgrade(async move |socket| {
            let _place = place;
            app.sockets.serve(serve(Arc::clone(&app), socket)).await;
        })
}

async fn serve(app: Arc<AppState>, socket: WebSocket) {
    let (sender, receiver) = socket.split();
    let (out, messages) = mpsc::channel(MESSAGES_WAITING);
    let writer = tokio::spawn(write(sender, messages));
    Connection { app, out, subscriptions: HashMap::new() }.read(receiver).await;
    // The connection and its subscriptions are gone, so the writer has no more to wait for.
    let _ = writer.await;
}

/// Writes messages and pings until there are no more, or the socket takes none.
async fn write(mut socket: SplitSink<WebSocket, Message>, mut messages: mpsc::Receiver<Message>) {
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    let mut silences = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
    loop {
        let message = tokio::select! {
            message = messages.recv() => match message {
                Some(message) => {
                    silences.reset();
                    message
                }
                None => return,
            },
            _ = silences.tick() => Message::Text(encode(&ServerMessage::Alive).into()),
            _ = pings.tick() => Message::Ping(Default::default()),
        };
        if !matches!(timeout(SENT_WITHIN, socket.send(message)).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// One client.
struct Connection {
    app: Arc<AppState>,
    out: mpsc::Sender<Message>,
    subscriptions: HashMap<RunId, Subscription>,
}

/// Ends with the connection, or when it is no longer wanted.
struct Subscription(JoinHandle<()>);

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connection {
    /// Answers messages until the client is gone, or silent for too long.
    async fn read(mut self, mut socket: SplitStream<WebSocket>) {
        let app = Arc::clone(&self.app);
        loop {
            let message = tokio::select! {
                message = timeout(SILENT_FOR, socket.next()) => message,
                () = app.sockets.asked_to_close() => return self.close(socket).await,
            };
            let Ok(Some(message)) = message else { return };
            let answer = match message {
                Ok(Message::Text(text)) => self.hear(&text).await,
                Ok(Message::Binary(_)) => Err(Rejection::new("message", "is binary", "JSON text").into()),
                // Answered by the library. After a close the socket is read on until it has ended, or
                // the closing handshake would stay unfinished.
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)) => continue,
                Err(error) => {
                    self.give_up(&error.to_string()).await;
                    return;
                }
            };
            if let Err(refusal) = answer
                && !self.say(&refusal).await
            {
                return;
            }
        }
    }

    /// Ends the connection because the server ends. The ends of runs are sent first.
    async fn close(mut self, mut socket: SplitStream<WebSocket>) {
        let say_all = async {
            for subscription in self.subscriptions.values_mut() {
                let _ = (&mut subscription.0).await;
            }
            let frame = CloseFrame { code: close_code::AWAY, reason: "the server is shutting down".into() };
            let _ = self.out.send(Message::Close(Some(frame))).await;
            // Read on, or the closing handshake would stay unfinished.
            while let Some(Ok(_)) = socket.next().await {}
        };
        let _ = timeout(CLOSES_WITHIN, say_all).await; // a client that does not read is cut off
    }

    /// Ends the connection over a message that could not even be received, such as one too large.
    async fn give_up(&self, reason: &str) {
        let reason = format!("{reason}; a message is JSON text of at most 64 KiB");
        if self.say(&ServerMessage::Error { reason }).await {
            let frame = CloseFrame { code: close_code::SIZE, reason: "unreadable message".into() };
            let _ = self.out.send(Message::Close(Some(frame))).await;
        }
    }

    /// Sends a message; tells whether anybody is there to receive it.
    async fn say(&self, message: &ServerMessage) -> bool {
        self.out.send(Message::Text(encode(message).into())).await.is_ok()
    }

    async fn hear(&mut self, text: &str) -> Result<(), ServerMessage> {
        match ClientMessage::decode(text)? {
            ClientMessage::Hello { protocol } if protocol != PROTOCOL => {
                return Err(Rejection::new("protocol", format!("is {protocol}"), PROTOCOL.to_string()).into());
            }
            ClientMessage::Hello { .. } => {
                let (version, limits) = (self.app.catalog.version.clone(), self.app.limits);
                self.say(&ServerMessage::Hello { protocol: PROTOCOL, version, limits }).await;
            }
            ClientMessage::Start { spec } => {
                let spec = RunSpec::read(heapgym_shared::field::Reader::new("", &spec)?, &self.app.limits)?;
                let (run, position) = self.app.dispatcher.accept(spec).await.map_err(Rejection::from)?;
                self.say(&ServerMessage::Accepted { run: run.id().clone(), position }).await;
                self.subscribe(run, 0)?;
            }
            ClientMessage::Subscribe { run: id, after_seq } => {
                let refused = |rejection| ServerMessage::not_followed(id.clone(), rejection);
                let run = self.find(id.clone()).await.map_err(refused)?;
                self.subscribe(run, after_seq.map_or(0, |seq| seq + 1)).map_err(refused)?;
            }
            ClientMessage::Unsubscribe { run } => drop(self.subscriptions.remove(&run)),
            ClientMessage::Adjust { run: id, change } => match self.app.dispatcher.live(&id) {
                Some(run) => {
                    change.check(run.spec(), &self.app.limits)?;
                    run.adjust(change)?;
                }
                None => return Err(no_such_run(&id, "a run that waits or goes on").into()),
            },
            ClientMessage::Stop { run } => {
                if !self.app.dispatcher.stop(&run).await {
                    return Err(no_such_run(&run, "a run that waits or goes on").into());
                }
            }
        }
        Ok(())
    }

    async fn find(&self, id: RunId) -> Result<Arc<LiveRun>, Rejection> {
        match self.app.dispatcher.find(&id).await {
            Ok(Some(run)) => Ok(run),
            Ok(None) => Err(no_such_run(&id, "the id of a run of this instance")),
            Err(error) => {
                tracing::error!("{error:#}");
                Err(Rejection::new("run", "could not be loaded; the server's log says why", "try again"))
            }
        }
    }

    /// Follows a run from sequence number `first` on; following it again begins anew.
    fn subscribe(&mut self, run: Arc<LiveRun>, first: u64) -> Result<(), Rejection> {
        let known = run.follow().borrow().samples;
        if first > known {
            let allowed = format!("less than {known}, or none");
            return Err(Rejection::new(
                "after_seq",
                format!("is {}, which is not there yet", first - 1),
                allowed,
            ));
        }
        self.subscriptions.remove(run.id());
        self.subscriptions.retain(|_, subscription| !subscription.0.is_finished());
        if self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            let allowed = format!("at most {MAX_SUBSCRIPTIONS} runs at once");
            return Err(Rejection::new("run", "is one too many for this connection", allowed));
        }
        let id = run.id().clone();
        let reader = self.app.dispatcher.reader(run);
        let task = tokio::spawn(viewer::follow(Arc::clone(&self.app), reader, first, self.out.clone()));
        self.subscriptions.insert(id, Subscription(task));
        Ok(())
    }
}

fn no_such_run(id: &RunId, allowed: &str) -> Rejection {
    Rejection::new("run", format!("is {id}, which names no such run here"), allowed)
}
