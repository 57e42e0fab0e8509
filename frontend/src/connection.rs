//! The websocket task: connects, carries messages both ways, and comes back by itself.

use std::{pin::Pin, rc::Rc, time::Duration};

use futures_channel::mpsc;
use futures_util::{
    Sink, SinkExt, StreamExt,
    future::{Either, poll_fn, select},
};
use gloo_net::websocket::{Message, State, futures::WebSocket};
use gloo_timers::future::TimeoutFuture;
use heapgym_shared::protocol::{ClientMessage, PROTOCOL, SILENT_AFTER_MS, ServerMessage, decode, encode};
use leptos::task::spawn_local;

mod backoff;

pub use backoff::{LONGEST, SHORTEST, backoff};

/// Most commands that wait for the task; a person's clicks never reach it.
const MOST_COMMANDS: usize = 16;

/// Where the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionState {
    /// It is being made.
    Connecting,
    /// The server has said hello.
    Open,
    /// It broke; the next attempt comes by itself.
    Waiting {
        /// Time until then, in whole seconds.
        retry_in: Duration,
    },
}

/// What the task tells the page.
#[derive(Debug)]
pub enum Event {
    /// The connection is somewhere else.
    State(ConnectionState),
    /// A socket was opened, and hello was said.
    Connected,
    /// The socket broke.
    Disconnected,
    /// The server said something.
    Received(Box<ServerMessage>),
    /// The server said something that is not of this protocol.
    Unreadable,
}

type OnEvent = Rc<dyn Fn(Event)>;

#[derive(Debug)]
enum Command {
    Send(String),
    RetryNow,
}

/// The handle on the task. It ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Connection {
    commands: mpsc::Sender<Command>,
}

impl Connection {
    /// Starts the task for the server at `url`.
    pub fn start(url: String, on_event: impl Fn(Event) + 'static) -> Self {
        let (commands, inbox) = mpsc::channel(MOST_COMMANDS);
        let task = Task { url, inbox, on_event: Rc::new(on_event) };
        spawn_local(task.run());
        Self { commands }
    }

    /// Sends a message; answers whether the task took it. Without a connection it is given up.
    pub fn send(&mut self, message: String) -> bool {
        self.commands.try_send(Command::Send(message)).is_ok()
    }

    /// Makes the next attempt at once.
    pub fn retry_now(&mut self) {
        // A full inbox means that the task is not waiting.
        let _ = self.commands.try_send(Command::RetryNow);
    }
}

struct Task {
    url: String,
    inbox: mpsc::Receiver<Command>,
    on_event: OnEvent,
}

/// Why a conversation is over.
enum End {
    /// The socket broke; whether the server had said hello.
    Broken { greeted: bool },
    /// Nobody holds a handle any more.
    Closed,
}

impl Task {
    async fn run(mut self) {
        let mut failures = 0;
        loop {
            self.say(Event::State(ConnectionState::Connecting));
            match self.converse().await {
                End::Broken { greeted: true } => failures = 1,
                End::Broken { greeted: false } => failures += 1,
                End::Closed => return,
            }
            self.say(Event::Disconnected);
            if !self.wait(backoff(failures, js_sys::Math::random())).await {
                return;
            }
        }
    }

    /// Tells the page.
    fn say(&self, event: Event) {
        (self.on_event)(event);
    }

    async fn converse(&mut self) -> End {
        let opened = select(Box::pin(open(&self.url)), TimeoutFuture::new(SILENT_AFTER_MS)).await;
        let Either::Left((Some(socket), _)) = opened else { return End::Broken { greeted: false } };
        let (mut outgoing, mut incoming) = socket.split();
        let mut greeted = false;
        let mut silence = TimeoutFuture::new(SILENT_AFTER_MS);
        let mut message = Some(encode(&ClientMessage::Hello { protocol: PROTOCOL }));
        self.say(Event::Connected);
        loop {
            if let Some(message) = message
                && outgoing.send(Message::Text(message)).await.is_err()
            {
                return End::Broken { greeted };
            }
            let heard = match select(select(incoming.next(), self.inbox.next()), &mut silence).await {
                Either::Left((heard, _)) => heard,
                Either::Right(_) => return End::Broken { greeted },
            };
            message = match heard {
                Either::Left((Some(Ok(message)), _)) => {
                    silence = TimeoutFuture::new(SILENT_AFTER_MS);
                    let event = read(message);
                    if !greeted && is_hello(&event) {
                        greeted = true;
                        self.say(Event::State(ConnectionState::Open));
                    }
                    self.say(event);
                    None
                }
                Either::Left((Some(Err(_)) | None, _)) => return End::Broken { greeted },
                Either::Right((Some(Command::Send(message)), _)) => Some(message),
                Either::Right((Some(Command::RetryNow), _)) => None,
                Either::Right((None, _)) => return End::Closed,
            };
        }
    }

    /// Waits, counting the seconds down; answers whether to go on.
    async fn wait(&mut self, wait: Duration) -> bool {
        // In milliseconds, or the page would carry the arithmetic of 128 bits that `Duration` has.
        let mut left_ms = u64::from(wait.subsec_millis()) + wait.as_secs() * 1000;
        while left_ms > 0 {
            let retry_in = Duration::from_secs(left_ms.div_ceil(1000));
            self.say(Event::State(ConnectionState::Waiting { retry_in }));
            let step_ms = (left_ms - 1) % 1000 + 1;
            let step = TimeoutFuture::new(step_ms as u32);
            match select(step, self.inbox.next()).await {
                Either::Left(_) => left_ms -= step_ms,
                Either::Right((Some(Command::RetryNow), _)) => return true,
                Either::Right((Some(Command::Send(_)), _)) => self.say(Event::Disconnected),
                Either::Right((None, _)) => return false,
            }
        }
        true
    }
}

/// Opens a socket and waits until messages can be sent; `None` when it does not come to that.
async fn open(url: &str) -> Option<WebSocket> {
    let mut socket = WebSocket::open(url).ok()?;
    poll_fn(|context| Pin::new(&mut socket).poll_ready(context)).await.ok()?;
    // Ready to send, or broken: the sink does not tell one from the other.
    matches!(socket.state(), State::Open).then_some(socket)
}

fn read(message: Message) -> Event {
    match message {
        Message::Text(text) => decode(&text).map_or(Event::Unreadable, Event::Received),
        Message::Bytes(_) => Event::Unreadable,
    }
}

fn is_hello(event: &Event) -> bool {
    matches!(event, Event::Received(message) if matches!(**message, ServerMessage::Hello { .. }))
}
