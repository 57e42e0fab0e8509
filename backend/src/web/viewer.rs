//! Sends one run to one viewer, and never waits for a slow one longer than its own queue.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::extract::ws::Message;
use futures_util::FutureExt;
use heapgym_shared::{
    Sample,
    protocol::{RunState, ServerMessage, encode},
};
use tokio::{sync::mpsc, time::Instant};

use super::{AppState, Sockets};
use crate::{
    dispatch::{LiveRun, Progress, Reader},
    limits::PIECE_SAMPLES,
};

/// Samples a viewer may be behind the run before they are merged for it.
const LAG: u64 = 32;
/// Samples merged into one for a viewer that is behind.
const MERGED: u64 = 8;
/// From one telling of how many viewers there are to the next: thousands may come at once, and each is told of all.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Sends everything of a run from sequence number `first` on, until it has ended, the client has left, or the server
/// ends.
pub(super) async fn follow(app: Arc<AppState>, mut reader: Reader, first: u64, out: mpsc::Sender<Message>) {
    let run = Arc::clone(reader.run());
    let sent = AssertUnwindSafe(send_all(&app.sockets, &mut reader, first, &out)).catch_unwind().await;
    // A connection that has closed needs no answer. One whose run cannot be sent must not wait for ever.
    let reason = match sent {
        Ok(Ok(()) | Err(Ended::Closed)) => return,
        Ok(Err(Ended::Failed(error))) => {
            tracing::error!(run = %run.id(), "the samples could not be read: {error:#}");
            format!("the samples of run {} could not be read", run.id())
        }
        Err(_) => format!("the server failed while it sent run {}; its log says why", run.id()),
    };
    let _ = send(&out, || ServerMessage::Error { reason }).await;
}

async fn send_all(
    sockets: &Sockets,
    reader: &mut Reader,
    first: u64,
    out: &mpsc::Sender<Message>,
) -> Result<(), Ended> {
    let run = &Arc::clone(reader.run());
    let mut progress = run.follow();
    // What was there before this viewer came is sent whole, however much it is.
    let known = progress.borrow().samples;
    let mut cursor = first;
    let mut told = None;
    let _counted = run.view();
    let mut count = Count::default();
    loop {
        let now = progress.borrow_and_update().clone();
        let (samples, state) = (now.samples, now.state.clone());
        // A viewer that comes after the end still learns what was run before it gets the samples; one
        // that was there is told of the end by `finished`.
        if told.is_none() || !matches!(state, RunState::Finished { .. }) && told.as_ref() != Some(&state) {
            send(out, || state_message(run, &state)).await?;
            told = Some(state.clone());
        }
        while cursor < samples {
            cursor = send_next(reader, &now, cursor, known, out).await?;
        }
        if let RunState::Finished { outcome } = state {
            let report = || now.report.as_deref().cloned().map(Box::new);
            let finished = || ServerMessage::Finished {
                run: run.id().clone(),
                outcome,
                report: report(),
                not_kept: now.not_kept.clone(),
            };
            return send(out, finished).await;
        }
        if let Some(count) = count.news(run.viewers(), Instant::now()) {
            send(out, || ServerMessage::Viewers { run: run.id().clone(), count }).await?;
        }
        tokio::select! {
            biased;
            changed = progress.changed() => changed.map_err(|_| Ended::Closed)?,
            () = sockets.asked_to_close() => return Ok(()),
        }
    }
}

/// What a viewer was told of how many there are.
#[derive(Debug, Default)]
struct Count(Option<(u32, Instant)>);

impl Count {
    /// The number to be told now; `None` when it is known, or was told a moment ago.
    fn news(&mut self, viewers: u32, now: Instant) -> Option<u32> {
        let is_news = self.0.is_none_or(|(told, at)| told != viewers && now >= at + COUNT_EVERY);
        is_news.then(|| {
            self.0 = Some((viewers, now));
            viewers
        })
    }
}

/// Why no more is sent.
#[derive(Debug)]
enum Ended {
    /// The client has left.
    Closed,
    /// The samples cannot be read.
    Failed(anyhow::Error),
}

/// Waits for room in the queue of the socket, and only then makes the message: what waits takes no memory.
async fn send(out: &mpsc::Sender<Message>, message: impl FnOnce() -> ServerMessage) -> Result<(), Ended> {
    let room = out.reserve().await.map_err(|_| Ended::Closed)?;
    room.send(Message::Text(encode(&message()).into()));
    Ok(())
}

fn state_message(run: &LiveRun, state: &RunState) -> ServerMessage {
    ServerMessage::State {
        run: run.id().clone(),
        spec: Box::new(run.spec().clone()),
        state: state.clone(),
        began_at_ms: run.began_at_ms(),
    }
}

/// Sends what comes next after `cursor`; returns the new cursor.
async fn send_next(
    reader: &mut Reader,
    now: &Progress,
    cursor: u64,
    known: u64,
    out: &mpsc::Sender<Message>,
) -> Result<u64, Ended> {
    let id = reader.run().id().clone();
    let room = out.reserve().await.map_err(|_| Ended::Closed)?;
    let step = Step::next(cursor, now.samples, known);
    let samples = |first_seq, batch| ServerMessage::Samples { run: id.clone(), first_seq, batch };
    let text = match step {
        // Up to date: this text was encoded once for all viewers.
        Step::Whole { to } if to == cursor + 1 && to == now.samples && now.latest.is_some() => {
            now.latest.clone().unwrap_or_default()
        }
        Step::Whole { to } => encode(&samples(cursor, read(reader, cursor, to).await?)).into(),
        Step::Merged { to } => {
            let Some(merged) = Sample::merge(&read(reader, cursor, to).await?) else { return Ok(to) };
            let gap = ServerMessage::Gap { run: id.clone(), from: cursor, to: to - 2 };
            room.send(Message::Text(encode(&gap).into()));
            send(out, || samples(merged.seq, vec![merged])).await?;
            return Ok(to);
        }
    };
    room.send(Message::Text(text));
    Ok(step.to())
}

/// All samples from `from` up to, not including, `to`.
async fn read(reader: &mut Reader, from: u64, to: u64) -> Result<Vec<Sample>, Ended> {
    let samples = reader.read(from, to).await.map_err(Ended::Failed)?;
    if samples.len() as u64 != to - from {
        return Err(Ended::Failed(anyhow::anyhow!("the run was deleted")));
    }
    Ok(samples)
}

/// What a viewer is sent next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Every sample up to, not including, `to`.
    Whole { to: u64 },
    /// One sample for all up to, not including, `to`; it stands at the last of them.
    Merged { to: u64 },
}

impl Step {
    /// For a viewer at `cursor` of a run with `samples`, of which it found `known` when it came.
    fn next(cursor: u64, samples: u64, known: u64) -> Self {
        let batch = PIECE_SAMPLES as u64;
        if cursor < known {
            return Self::Whole { to: known.min(cursor + batch) };
        }
        match samples - cursor {
            behind if behind > LAG => Self::Merged { to: cursor + MERGED },
            behind => Self::Whole { to: cursor + behind.min(batch) },
        }
    }

    fn to(self) -> u64 {
        match self {
            Self::Whole { to } | Self::Merged { to } => to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_viewers_is_told_when_it_has_changed_and_not_all_the_time() {
        let (mut count, begin) = (Count::default(), Instant::now());
        assert_eq!(count.news(1, begin), Some(1));
        assert_eq!(count.news(2, begin + COUNT_EVERY / 2), None, "soon");
        assert_eq!(count.news(2, begin + COUNT_EVERY), Some(2));
        assert_eq!(count.news(2, begin + COUNT_EVERY * 9), None, "known");
    }

    #[test]
    fn history_is_sent_whole_in_batches() {
        assert_eq!(Step::next(0, 200, 200), Step::Whole { to: 16 });
        assert_eq!(Step::next(192, 230, 200), Step::Whole { to: 200 });
    }

    #[test]
    fn who_keeps_up_gets_every_sample() {
        assert_eq!(Step::next(200, 201, 200), Step::Whole { to: 201 });
        assert_eq!(Step::next(200, 200 + LAG, 200), Step::Whole { to: 200 + PIECE_SAMPLES as u64 });
    }

    #[test]
    fn who_falls_behind_gets_merged_samples() {
        assert_eq!(Step::next(200, 201 + LAG, 200), Step::Merged { to: 200 + MERGED });
    }
}
