//! Lets a few costly requests work at once, a few more wait for their turn, and refuses the rest.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// A kind of costly work.
#[derive(Debug)]
pub struct Gate {
    /// What is done behind it, for the refusal: `drawings`.
    work: &'static str,
    at_once: usize,
    within: Duration,
    places: Arc<Semaphore>,
    /// One for each request that works or waits.
    room: Arc<Semaphore>,
}

/// A place behind a gate. It is free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    _place: OwnedSemaphorePermit,
    _room: OwnedSemaphorePermit,
}

/// A request was refused because too many others work and wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// What too many others ask for.
    pub work: &'static str,
    /// How many of it are done at once.
    pub at_once: usize,
}

impl Gate {
    /// A gate that lets `at_once` requests work, and `waiting` more wait for at most `within`.
    pub fn new(work: &'static str, at_once: usize, waiting: usize, within: Duration) -> Self {
        let (places, room) = (Arc::new(Semaphore::new(at_once)), Arc::new(Semaphore::new(at_once + waiting)));
        Self { work, at_once, within, places, room }
    }

    /// Waits for a place. A caller that stops waiting, because its client has left, loses its turn.
    ///
    /// # Errors
    /// When too many wait already, or the wait takes too long.
    pub async fn enter(&self) -> Result<Place, Busy> {
        self.enter_for(1).await
    }

    /// Waits for the places of work that counts as several; at most for all places there are.
    ///
    /// # Errors
    /// As [`Gate::enter`].
    pub async fn enter_for(&self, places: usize) -> Result<Place, Busy> {
        let places = places.min(self.at_once) as u32;
        let busy = Busy { work: self.work, at_once: self.at_once };
        let Ok(room) = Arc::clone(&self.room).try_acquire_owned() else { return Err(busy) };
        match timeout(self.within, Arc::clone(&self.places).acquire_many_owned(places)).await {
            Ok(Ok(place)) => Ok(Place { _place: place, _room: room }),
            Ok(Err(_)) | Err(_) => Err(busy),
        }
    }
}

impl Place {
    /// Does the work on a thread where it may take its time. The place stays taken until the work has ended, also when
    /// the caller has left: a client that asks and leaves again and again starts no more work than others.
    ///
    /// # Errors
    /// When the work panics.
    pub async fn work<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        tokio::task::spawn_blocking(move || {
            let _place = self;
            work()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn beyond_those_that_work_and_wait_a_request_is_refused() {
        let gate = Arc::new(Gate::new("drawings", 1, 1, LONG));
        let first = gate.enter().await.unwrap();
        let waiting = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter().await }
        });
        while gate.room.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.enter().await.unwrap_err(), Busy { work: "drawings", at_once: 1 });
        drop(first);
        waiting.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn work_that_counts_as_several_is_done_alone() {
        let gate = Gate::new("drawings", 2, 1, Duration::from_millis(1));
        let several = gate.enter_for(7).await.unwrap();
        gate.enter().await.unwrap_err();
        drop(several);
        let _one = gate.enter().await.unwrap();
        gate.enter_for(2).await.unwrap_err();
        gate.enter().await.unwrap();
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let gate = Gate::new("drawings", 1, 1, Duration::from_millis(1));
        let _first = gate.enter().await.unwrap();
        assert!(gate.enter().await.is_err());
    }

    #[tokio::test]
    async fn a_client_that_leaves_while_it_waits_frees_its_turn() {
        let gate = Arc::new(Gate::new("drawings", 1, 1, LONG));
        let first = gate.enter().await.unwrap();
        for _ in 0..10 {
            let left = timeout(Duration::from_millis(1), gate.enter()).await;
            assert!(left.is_err(), "it waited until its client left");
        }
        drop(first);
        gate.enter().await.unwrap();
        assert_eq!(gate.room.available_permits(), 2);
    }

    #[tokio::test]
    async fn work_whose_client_has_left_keeps_its_place_to_its_end() {
        let gate = Gate::new("drawings", 1, 0, LONG);
        let (end, ended) = mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel::<()>();
        let place = gate.enter().await.unwrap();
        let mut working = Box::pin(place.work(move || {
            let _ = begin.send(());
            let _ = ended.recv();
        }));
        tokio::select! {
            _ = &mut working => panic!("it waits for `end`"),
            _ = begun => {}
        }
        drop(working);
        assert!(gate.enter().await.is_err(), "the work goes on");
        drop(end);
        while gate.places.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
        gate.enter().await.unwrap();
    }
}
