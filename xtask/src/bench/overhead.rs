//! `cargo xtask bench overhead`: what the counting allocator and the sampler cost.
//!
//! Handlers called directly show what counting costs where nothing else happens. The one that allocates most often in a
//! second is then served to connections, without either, with counting, and with both: by one process, in which they go
//! on and off many times a second. Between two processes, which pages the kernel gave each was worth more than the
//! counting; and what a neighbour of the machine takes, it takes from all alike. Two more windows count nothing: they
//! show what the switch itself is worth, and what the least that a counter has to do.

mod builds;
mod direct;
mod service;

use anyhow::{Context, Result};
use clap::builder::RangedU64ValueParser;

use self::{
    builds::Builds,
    direct::Call,
    service::{Measuring, Served, Service},
};
use super::{environment, processors::Processors, spread::Spread, table::markdown};
use crate::say;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often each handler is called directly with and without, in turn
    #[arg(long, default_value_t = 25, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    rounds: usize,
    /// How often what measures a service goes off, on in part, and on
    #[arg(long, default_value_t = 400, value_parser = RangedU64ValueParser::<usize>::new().range(1..=4000))]
    windows: usize,
}

/// After so many the service is started anew: its pages, and what lies in which, are of luck.
const ROUNDS_OF_ONE_SERVICE: usize = 50;

/// A handler, by the flags that choose it.
#[derive(Debug, Clone, Copy)]
struct Handler {
    name: &'static str,
    workload: &'static str,
    variant: &'static str,
    parameters: &'static [&'static str],
}

/// Those that allocate much for what they do otherwise. The last is made for this: it does nothing else.
const HANDLERS: [Handler; 5] = [
    Handler {
        name: "products value_tree, 4 KiB of text",
        workload: "products",
        variant: "value_tree",
        parameters: &["payload_bytes=4KiB", "fill=text"],
    },
    Handler { name: "logs naive", workload: "logs", variant: "naive", parameters: &[] },
    Handler { name: "fragment naive", workload: "fragment", variant: "naive", parameters: &[] },
    Handler { name: "cache bounded", workload: "cache", variant: "bounded", parameters: &[] },
    Handler {
        name: "calibrate exact, 64 B a thousand times",
        workload: "calibrate",
        variant: "exact",
        parameters: &["bytes=64000", "allocations=1000"],
    },
];

pub(super) fn run(args: &Args) -> Result<()> {
    let builds = Builds::make()?;
    let processors = Processors::of_this_process();
    let worst = directly(&builds, processors, args.rounds)?;
    // What is made for the purpose serves nobody: beside it, the worst of those that do.
    for handler in [worst, HANDLERS[HANDLERS.len() - 1]] {
        served(&builds, processors, handler, args)?;
    }
    say::result(&environment::machine(processors));
    Ok(())
}

/// Measures all handlers by direct calls, and gives the one that allocates most often a second of those that do
/// something with it.
fn directly(builds: &Builds, processors: Processors, rounds: usize) -> Result<Handler> {
    let mut rows = Vec::new();
    let mut most: Option<(f64, Handler)> = None;
    for handler in HANDLERS {
        let mut calls: Vec<(Call, Call)> = Vec::new();
        for round in 0..rounds {
            say::remark(&format!("{}, called directly: round {} of {rounds}", handler.name, round + 1));
            let counted = || Call::measure(builds, true, processors, handler);
            let plain = || Call::measure(builds, false, processors, handler);
            // Each begins every other round.
            calls.push(if round % 2 == 0 {
                let first = counted()?;
                (first, plain()?)
            } else {
                let first = plain()?;
                (counted()?, first)
            });
        }
        let spread = |figure: fn(&(Call, Call)) -> f64| {
            Spread::of_middle_half(calls.iter().map(figure)).context("no round was measured")
        };
        let ns = spread(|(counted, _)| counted.ns)?;
        let allocations = calls[0].0.allocations;
        let a_second = allocations / ns.middle * 1e3; // millions
        rows.push([
            handler.name.to_owned(),
            format!("{allocations:.0}"),
            format!("{a_second:.1}"),
            format!("{:.0}", spread(|(_, plain)| plain.ns)?),
            format!("{ns:.0}"),
            format!("{:.3}", spread(|(counted, plain)| counted.ns / plain.ns)?),
            format!("{:.2}", spread(|(counted, plain)| (counted.ns - plain.ns) / counted.allocations)?),
        ]);
        if handler.workload != "calibrate" && most.is_none_or(|(before, _)| a_second > before) {
            most = Some((a_second, handler));
        }
    }
    let head = [
        "called directly",
        "allocs/op",
        "million allocs/s",
        "off ns/op",
        "counting ns/op",
        "counting / off",
        "ns an allocation",
    ];
    say::result(&format!("{rounds} rounds, the quietest sample of each; median (middle half)\n"));
    say::result(&format!("{}\n", markdown(head, &rows)));
    most.map(|(_, handler)| handler).context("no handler was measured")
}

/// Measures one handler as a service, with and without what measures it.
fn served(builds: &Builds, processors: Processors, handler: Handler, args: &Args) -> Result<()> {
    let mut series = Measuring::ALL.map(|measuring| (measuring, Vec::new()));
    let mut order = std::array::from_fn::<_, { Measuring::ALL.len() }, _>(|place| place);
    let mut service = None;
    for round in 0..args.windows {
        if round % ROUNDS_OF_ONE_SERVICE == 0 {
            say::remark(&format!("{}, served: round {} of {}", handler.name, round + 1, args.windows));
            // One at a time.
            drop(service.take());
        }
        let service = match &mut service {
            Some(service) => service,
            none => none.insert(Service::start(builds, processors, handler)?),
        };
        // Shuffled, so that none always follows the same one, which may leave something behind.
        fastrand::shuffle(&mut order);
        for place in order {
            let (measuring, served) = &mut series[place];
            served.push(service.window(*measuring)?);
        }
    }
    let [(_, plain), ..] = &series;
    let rows: Vec<_> = series
        .iter()
        .map(|(measuring, served)| {
            let column = |figure: fn(&Served) -> f64, decimals: usize| {
                let own = Spread::of_middle_half(served.iter().map(figure));
                let ratios = served.iter().zip(plain).map(|(own, plain)| figure(own) / figure(plain));
                let text = |spread: Option<Spread>, decimals: usize| {
                    spread.map(|spread| format!("{spread:.decimals$}")).unwrap_or_default()
                };
                [text(own, decimals), text(Spread::of_ratios(ratios), 4)]
            };
            let [rate, rates] = column(|served| served.throughput, 0);
            let [cpu, cpus] = column(|served| served.cpu_us, 2);
            [measuring.name().to_owned(), rate, rates, cpu, cpus]
        })
        .collect();
    let head = ["served", "requests/s", "/ neither", "target's CPU us/request", "/ neither"];
    say::result(&format!(
        "{}, {} connections, {} rounds of {} ms each: median (middle half), mean ratio in a round (95 % interval)\n",
        handler.name,
        service::CONNECTIONS,
        args.windows,
        service::WINDOW.as_millis()
    ));
    say::result(&format!("{}\n", markdown(head, &rows)));
    Ok(())
}
