//! Replies that are sent in parts: each part is made when the client has accepted the one before.

use std::{io, time::Duration};

use axum::body::{Body, Bytes};
use futures_util::stream;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

use crate::{
    gate::Place,
    limits::{EXPORTED_WITHIN, SENT_WITHIN},
};

/// Bytes of a part that is cut from a whole reply.
const PART_BYTES: usize = 64 << 10;

/// Sends the parts of one reply.
pub(super) struct Parts {
    out: mpsc::Sender<Part>,
    deadline: Instant,
}

enum Part {
    Bytes(Bytes),
    /// The reply is complete. Without it the connection is cut off, so that the client notices.
    End,
}

/// Why a reply was cut off.
#[derive(Debug)]
pub(super) struct CutOff(String);

impl From<anyhow::Error> for CutOff {
    fn from(error: anyhow::Error) -> Self {
        Self(format!("{error:#}"))
    }
}

impl Parts {
    /// Sends a part once the client has accepted the one before.
    ///
    /// # Errors
    /// When the client has left, or accepts nothing for too long, or the whole reply takes too long.
    pub(super) async fn send(&self, part: impl Into<Bytes>) -> Result<(), CutOff> {
        let part = part.into();
        if part.is_empty() {
            return Ok(());
        }
        self.put(Part::Bytes(part), SENT_WITHIN).await
    }

    async fn put(&self, part: Part, within: Duration) -> Result<(), CutOff> {
        let sent = timeout_at(self.deadline, timeout(within, self.out.send(part))).await;
        match sent {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(_))) => Err(CutOff("the client has left".to_owned())),
            Ok(Err(_)) => Err(CutOff(format!("the client accepted nothing for {} s", within.as_secs()))),
            Err(_) => Err(CutOff(format!("the reply took longer than {} s", EXPORTED_WITHIN.as_secs()))),
        }
    }
}

/// A body whose parts `write` sends. `place` is free again when the last one was accepted.
pub(super) fn body<F>(place: Place, write: impl FnOnce(Parts) -> F) -> Body
where
    F: Future<Output = Result<Parts, CutOff>> + Send + 'static,
{
    let (out, parts) = mpsc::channel(1);
    let writing = write(Parts { out, deadline: Instant::now() + EXPORTED_WITHIN });
    tokio::spawn(async move {
        let _place = place;
        let written = match writing.await {
            Ok(parts) => parts.put(Part::End, SENT_WITHIN).await,
            Err(cut_off) => Err(cut_off),
        };
        if let Err(CutOff(reason)) = written {
            tracing::info!("a reply was cut off: {reason}");
        }
    });
    Body::from_stream(stream::try_unfold(parts, async |mut parts| match parts.recv().await {
        Some(Part::Bytes(bytes)) => Ok(Some((bytes, parts))),
        Some(Part::End) => Ok(None),
        None => Err(io::Error::other("cut off")),
    }))
}

/// A body of bytes that are all there already.
pub(super) fn whole(place: Place, bytes: Vec<u8>) -> Body {
    let mut bytes = Bytes::from(bytes);
    body(place, async move |parts| {
        while !bytes.is_empty() {
            parts.send(bytes.split_to(PART_BYTES.min(bytes.len()))).await?;
        }
        Ok(parts)
    })
}
