//! Sends one run to one viewer, and never waits for a slow one longer than its own queue.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::Message;
use heapgym_shared::{
    Sample,
    protocol::{MAX_BATCH, RunState, ServerMessage, encode},
};
use tokio::{sync::mpsc, time::Instant};

use crate::dispatch::{LiveRun, Progress};

/// Samples a viewer may be behind the run before they are merged for it.
const LAG: u64 = 32;
/// Samples merged into one for a viewer that is behind.
const MERGED: u64 = 8;
/// From one telling of how many viewers there are to the next: thousands may come at once, and each is told of all.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Sends everything of `run` from sequence number `first` on, until it has ended or nobody listens.
pub(super) async fn follow(run: Arc<LiveRun>, first: u64, out: mpsc::Sender<Message>) {
    // Nobody listens any more: the connection has closed, and there is nothing left to tell.
    let _ = send_all(&run, first, &out).await;
}

async fn send_all(run: &LiveRun, first: u64, out: &mpsc::Sender<Message>) -> Result<(), Closed> {
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
            send(out, &state_message(run, &state)).await?;
            told = Some(state.clone());
        }
        while cursor < samples {
            cursor = send_next(run, &now, cursor, known, out).await?;
        }
        if let RunState::Finished { outcome } = state {
            let report = now.report.as_deref().cloned().map(Box::new);
            return send(out, &ServerMessage::Finished { run: run.id().clone(), outcome, report }).await;
        }
        if let Some(count) = count.news(run.viewers(), Instant::now()) {
            send(out, &ServerMessage::Viewers { run: run.id().clone(), count }).await?;
        }
        progress.changed().await.map_err(|_| Closed)?;
    }
}

/// What a viewer was told of how many there are.
#[derive(Debug, Default)]
struct Count(Option<(u32, Instant)>);

impl Count {
    /// The number to be told now; none when it is known, or was told a moment ago.
    fn news(&mut self, viewers: u32, now: Instant) -> Option<u32> {
        let is_news = self.0.is_none_or(|(told, at)| told != viewers && now >= at + COUNT_EVERY);
        is_news.then(|| {
            self.0 = Some((viewers, now));
            viewers
        })
    }
}

/// The viewer's queue is closed.
#[derive(Debug)]
struct Closed;

async fn send(out: &mpsc::Sender<Message>, message: &ServerMessage) -> Result<(), Closed> {
    out.send(Message::Text(encode(message).into())).await.map_err(|_| Closed)
}

fn state_message(run: &LiveRun, state: &RunState) -> ServerMessage {
    ServerMessage::State {
        run: run.id().clone(),
        spec: Box::new(run.spec().clone()),
        state: state.clone(),
        began_at_ms: run.began_at_ms(),
    }
}

/// Sends what comes next after `cursor` and gives the new cursor.
async fn send_next(
    run: &LiveRun,
    now: &Progress,
    cursor: u64,
    known: u64,
    out: &mpsc::Sender<Message>,
) -> Result<u64, Closed> {
    let id = run.id().clone();
    let step = Step::next(cursor, now.samples, known);
    let samples = |first_seq, batch| ServerMessage::Samples { run: id.clone(), first_seq, batch };
    match step {
        Step::Whole { to } if to == cursor + 1 && to == now.samples && now.latest.is_some() => {
            // Up to date: this text was encoded once for everybody.
            let latest = now.latest.clone().unwrap_or_default();
            out.send(Message::Text(latest)).await.map_err(|_| Closed)?;
        }
        Step::Whole { to } => send(out, &samples(cursor, run.samples(cursor, to))).await?,
        Step::Merged { to } => {
            if let Some(merged) = Sample::merge(&run.samples(cursor, to)) {
                send(out, &ServerMessage::Gap { run: id.clone(), from: cursor, to: to - 2 }).await?;
                send(out, &samples(merged.seq, vec![merged])).await?;
            }
        }
    }
    Ok(step.to())
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
        let batch = MAX_BATCH as u64;
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
        assert_eq!(Step::next(0, 200, 200), Step::Whole { to: 64 });
        assert_eq!(Step::next(192, 230, 200), Step::Whole { to: 200 });
    }

    #[test]
    fn who_keeps_up_gets_every_sample() {
        assert_eq!(Step::next(200, 201, 200), Step::Whole { to: 201 });
        assert_eq!(Step::next(200, 200 + LAG, 200), Step::Whole { to: 200 + LAG });
    }

    #[test]
    fn who_falls_behind_gets_merged_samples() {
        assert_eq!(Step::next(200, 201 + LAG, 200), Step::Merged { to: 200 + MERGED });
    }
}
