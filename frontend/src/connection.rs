//! The websocket task: connects, carries messages both ways, and comes back by itself.

use std::{pin::Pin, rc::Rc, time::Duration};

use futures_channel::mpsc;
use futures_util::{
    Sink, SinkExt, StreamExt,
    future::{Either, poll_fn, select},
};
use gloo_net::websocket::{Message, State, futures::WebSocket};
use heapgym_shared::{
    protocol::{ClientMessage, ServerMessage, encode},
    wire::{self, FromJson},
};
use leptos::task::spawn_local;
use serde_json::Value;

mod backoff;

pub use backoff::{LONGEST, SHORTEST, backoff};

/// Most wishes that wait for the task; a person's clicks never reach it.
const COMMANDS: usize = 16;

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

/// What the task tells the page; the page answers with what is to be sent.
#[derive(Debug)]
pub enum Event {
    /// The connection is somewhere else.
    State(ConnectionState),
    /// A socket was opened: time to say hello.
    Connected,
    /// The socket broke.
    Disconnected,
    /// The server said something.
    Received {
        /// The message.
        message: Box<ServerMessage>,
        /// The run's specification in it, as the server wrote it.
        spec: Option<Value>,
    },
    /// The server said something that is not of this protocol.
    Unreadable,
}

type OnEvent = Rc<dyn Fn(Event) -> Vec<ClientMessage>>;

#[derive(Debug)]
enum Command {
    Send(ClientMessage),
    RetryNow,
}

/// The handle on the task. It ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub struct Connection {
    commands: mpsc::Sender<Command>,
}

impl Connection {
    /// Starts the task for the server at `url`.
    pub fn start(url: String, on_event: impl Fn(Event) -> Vec<ClientMessage> + 'static) -> Self {
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let task = Task { url, inbox, on_event: Rc::new(on_event) };
        spawn_local(task.run());
        Self { commands }
    }

    /// Sends a message; answers whether the task took it. Without a connection it is given up.
    pub fn send(&mut self, message: ClientMessage) -> bool {
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

    /// Tells the page something that needs no answer.
    fn say(&self, event: Event) {
        (self.on_event)(event);
    }

    async fn converse(&mut self) -> End {
        let Some(socket) = open(&self.url).await else { return End::Broken { greeted: false } };
        let (mut outgoing, mut incoming) = socket.split();
        let mut greeted = false;
        let mut messages = (self.on_event)(Event::Connected);
        loop {
            for message in messages {
                if outgoing.send(Message::Text(encode(&message))).await.is_err() {
                    return End::Broken { greeted };
                }
            }
            messages = match select(incoming.next(), self.inbox.next()).await {
                Either::Left((Some(Ok(message)), _)) => {
                    let event = read(message);
                    if !greeted && matches!(&event, Event::Received { message, .. } if is_hello(message)) {
                        greeted = true;
                        self.say(Event::State(ConnectionState::Open));
                    }
                    (self.on_event)(event)
                }
                Either::Left((Some(Err(_)) | None, _)) => return End::Broken { greeted },
                Either::Right((Some(Command::Send(message)), _)) => vec![message],
                Either::Right((Some(Command::RetryNow), _)) => Vec::new(),
                Either::Right((None, _)) => return End::Closed,
            };
        }
    }

    /// Waits, counting the seconds down; answers whether to go on.
    async fn wait(&mut self, wait: Duration) -> bool {
        let mut left = wait;
        while !left.is_zero() {
            let retry_in = Duration::from_secs(left.as_millis().div_ceil(1000) as u64);
            self.say(Event::State(ConnectionState::Waiting { retry_in }));
            let step = left - Duration::from_secs((left.as_millis() as u64 - 1) / 1000);
            match select(gloo_timers::future::sleep(step), self.inbox.next()).await {
                Either::Left(_) => left -= step,
                Either::Right((Some(Command::RetryNow), _)) => return true,
                Either::Right((Some(Command::Send(_)), _)) => self.say(Event::Disconnected),
                Either::Right((None, _)) => return false,
            }
        }
        true
    }
}

/// Opens a socket and waits until messages can be sent; none when it does not come to that.
async fn open(url: &str) -> Option<WebSocket> {
    let mut socket = WebSocket::open(url).ok()?;
    poll_fn(|context| Pin::new(&mut socket).poll_ready(context)).await.ok()?;
    // Ready to send, or broken: the sink does not tell one from the other.
    matches!(socket.state(), State::Open).then_some(socket)
}

fn read(message: Message) -> Event {
    match message {
        Message::Text(text) => read_text(&text).unwrap_or(Event::Unreadable),
        Message::Bytes(_) => Event::Unreadable,
    }
}

fn read_text(text: &str) -> Option<Event> {
    let mut value: Value = wire::read(text)?;
    let message = Box::new(ServerMessage::from_json(&value)?);
    Some(Event::Received { message, spec: value.get_mut("spec").map(Value::take) })
}

fn is_hello(message: &ServerMessage) -> bool {
    matches!(message, ServerMessage::Hello { .. })
}
