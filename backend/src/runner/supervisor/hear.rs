//! What the children tell, taken in.

use heapgym_shared::adjust::EventKind;

use super::{Load, Run, Target};
use crate::child::{LoadFrame, TargetFrame};

impl Run<'_> {
    pub(super) fn hear_target(&mut self, frame: TargetFrame) {
        match frame {
            TargetFrame::Sample { tick, reading } => self.merger.target(tick, reading),
            TargetFrame::Done { rss_peak_bytes } => self.rss_peak_bytes = rss_peak_bytes.unwrap_or(0),
            TargetFrame::SizeClasses(classes) => self.size_classes.extend(classes),
            TargetFrame::Adjusted { at_ns, effect } => {
                if let Some(change) = self.asked.pop_front() {
                    self.note(at_ns, EventKind::Adjusted { change, effect });
                }
            }
            TargetFrame::SoftLimit { at_ns, change } => self.note(at_ns, EventKind::SoftLimit { change }),
            TargetFrame::Profile { step, at_ns, refused } => self.hear_profile(step, at_ns, refused),
            TargetFrame::Ready { .. } => {}
        }
    }

    pub(super) fn hear_load(&mut self, frame: LoadFrame) {
        match frame {
            LoadFrame::Sample { tick, reading, figures } => {
                self.judge.hear(reading.elapsed_ns, &figures);
                self.merger.load(tick, *reading);
            }
            LoadFrame::Done(done) => {
                self.judge.hear(done.drained_ns, &done.figures);
                self.timeline.load_ended(done.load_ended_ns);
                self.load_done = Some(done);
            }
            LoadFrame::Ready => {}
        }
    }

    pub(super) async fn hear_out_load(&mut self, load: &mut Load) {
        while self.load_done.is_none()
            && let Some(frame) = load.next().await
        {
            self.hear_load(frame);
        }
    }

    pub(super) async fn hear_out_target(&mut self, target: &mut Target) {
        while let Some(frame) = target.next().await {
            self.hear_target(frame);
        }
    }
}
