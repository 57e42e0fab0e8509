//! The `heapgym` program with a switch for what measures it: `cargo xtask bench overhead` asks what that costs.
//!
//! With `HEAPGYM_COUNTING=off` in the environment neither it nor its children count allocations. With `stdin` it does
//! as lines there tell it: `neither`, `branch` and `store` count nothing, `counting` counts, and `both` also takes
//! readings ten times a second, as in a run, and writes their frames where they are thrown away.

use std::{fs::File, io, process::ExitCode, thread, time::Duration};

use heapgym::child::{FrameWriter, TargetFrame};
use heapgym_probe::{
    Delivery, Gauges, Jemalloc, Sampler, clock,
    counting::{Before, SwitchedAllocator, switch},
};

#[global_allocator]
static ALLOCATOR: SwitchedAllocator<Jemalloc> = SwitchedAllocator::new(Jemalloc);

fn main() -> ExitCode {
    match std::env::var("HEAPGYM_COUNTING").as_deref() {
        Ok("off") => switch(Before::Nothing),
        Ok("stdin") => drop(thread::spawn(follow_stdin)),
        _ => {}
    }
    heapgym::command::main()
}

fn follow_stdin() {
    let mut sampler = None;
    for line in io::stdin().lines().map_while(Result::ok) {
        switch(match line.as_str() {
            "neither" => Before::Nothing,
            "branch" => Before::Branch,
            "store" => Before::Store,
            _ => Before::Count,
        });
        // The one before ends here, where there was one.
        sampler = (line == "both").then(sample);
    }
    drop(sampler);
}

/// The gauges of the service are a few loads of atomics beside what allocator and kernel are asked.
fn sample() -> Sampler {
    let nowhere = File::options().write(true).open("/dev/null").expect("/dev/null opens");
    let mut frames = FrameWriter::new(nowhere);
    let sink = move |tick, reading: &_| match frames.write(&TargetFrame::Sample { tick, reading: *reading }) {
        Ok(()) => Delivery::Delivered,
        Err(_) => Delivery::Dropped,
    };
    let now = clock::monotonic_ns();
    Sampler::spawn(Duration::from_millis(100), now, Vec::new(), Gauges::default, sink)
        .expect("a sampler starts")
}
