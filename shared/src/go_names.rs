//! What a Go programmer knows by another name: the one table behind the page and `docs/GO.md`.

/// Something of Go's, and what stands in its place here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoName {
    /// What Go calls it.
    pub go: &'static str,
    /// Its counterpart.
    pub here: &'static str,
    /// Where to set it or see it: flags and fields in backticks.
    pub setting: &'static str,
    /// What is not the same.
    pub differs: &'static str,
}

/// The heads of the columns, in the order of [`GoName`]'s fields.
pub const HEADS: [&str; 4] = ["In Go", "Here", "Where", "What is not the same"];

/// Every name, in the order in which a Go programmer meets them.
pub const GO_NAMES: &[GoName] = &[
    GoName {
        go: "`GOGC`",
        here: "how long jemalloc keeps freed pages: decay",
        setting: "`--dirty-decay`, `--muzzy-decay`, or jemalloc's presets: `--allocator preset=memory_thrift` and others; while a \
                  run goes on, by `--change '5s set_decay dirty_ms=0'` or on the page",
        differs: "Both trade CPU time for memory. Decay is a time, GOGC a ratio; and what is live is never \
                  freed late, so a long decay does not let a heap grow without end.",
    },
    GoName {
        go: "`GOMEMLIMIT`",
        here: "a controller above the allocator, which jemalloc itself lacks",
        setting: "`--soft-limit` of a run and of `heapgym target`, `limits.soft_memory_bytes` in JSON; `--memory-limit` is the \
                  hard one",
        differs: "Go collects harder as it comes near, and never refuses. Here there is nothing to collect: pages are given \
                  back sooner, pools are emptied, only as many requests are admitted as fit, and at 90 % they are answered 503.",
    },
    GoName {
        go: "a GC cycle and its pause",
        here: "pages given back, and page faults when they are needed again",
        setting: "minor faults per request, in tiles, charts and reports",
        differs: "Nothing stops the world. The cost falls on the request that touches the page first, and a mean \
                  hides it: look at p99.",
    },
    GoName {
        go: "`debug.FreeOSMemory()`",
        here: "a purge of all arenas",
        setting: "the button Purge while a run goes on; `--change '5s purge'`",
        differs: "It gives back what is free and runs no collection. It took 5 to 20 ms for 75 to 320 MiB.",
    },
    GoName {
        go: "`GODEBUG=madvdontneed=1`",
        here: "no time as muzzy pages",
        setting: "`--muzzy-decay 0s`; the default in both",
        differs: "With a muzzy decay, pages go by `MADV_FREE` first: the kernel takes them when it is short, and RSS \
                  counts them until then.",
    },
    GoName {
        go: "`sync.Pool`",
        here: "buffer pools of five kinds; the nearest is `two_generation`",
        setting: "`--pool`, `--pool-capacity`, `--pool-max-buffer`, `--pool-rotate`",
        differs: "No collector empties a pool: it shrinks by a timer or not at all. Without a cap on its buffers one \
                  large request stays in it for ever.",
    },
    GoName {
        go: "`pprof` heap: `inuse_space`, `inuse_objects`",
        here: "a sampled heap profile of jemalloc's",
        setting: "`heapgym target` serves `/debug/pprof/heap`",
        differs: "Go's is that of the last collection; this one is of now. `go tool pprof` reads both. `seconds=`, `debug=0` \
                  and `gc=` are accepted as in Go; the text formats (`debug=1`) are not available.",
    },
    GoName {
        go: "`pprof` allocs: `alloc_space`, `alloc_objects`",
        here: "the same profile, with what was freed",
        setting: "`heapgym target` serves `/debug/pprof/allocs`",
        differs: "Each stack that ever allocated stays in memory while the profile goes on.",
    },
    GoName {
        go: "`runtime.MemProfileRate`",
        here: "`lg_prof_sample`",
        setting: "a power of two; 19 by default",
        differs: "Nothing but the notation: both sample once in 512 KiB on average.",
    },
    GoName {
        go: "`go test -bench -benchmem`",
        here: "`heapgym bench`, in the same format",
        setting: "`heapgym bench products > all.txt`, then `benchstat -col /variant all.txt`",
        differs: "`B/op` is what was asked for, not what its size class takes. There is `faults/op` besides.",
    },
    GoName {
        go: "`runtime/metrics`, `runtime.ReadMemStats`",
        here: "jemalloc's statistics, with allocations counted around it",
        setting: "`GET /api/catalog` lists every metric with its unit",
        differs: "`HeapAlloc` is `allocated`, `HeapInuse` is `active`, and what is idle but not released about \
                  `resident` less `active`. `retained` is address space only.",
    },
    GoName {
        go: "`expvar`",
        here: "one reading of everything, as JSON",
        setting: "`heapgym target` serves `/debug/vars`",
        differs: "Go's holds `memstats` and what a program adds. This one has the same fields as a sample of a run, and nothing \
                  can be added.",
    },
    GoName {
        go: "`runtime.NumGoroutine()`",
        here: "the count of live tasks of the async runtime",
        setting: "live tasks, in tiles and reports; `--threshold 'live_tasks last < 1000 [recovery]'`",
        differs: "A thread of its own, as of `spawn_blocking`, is no task. There is no goroutine profile: a count tells of \
                  a leak, not where it is.",
    },
    GoName {
        go: "`GODEBUG=schedtrace`, `/sched/` in `runtime/metrics`",
        here: "how busy the runtime's workers are, and how many tasks wait for one",
        setting: "`busy` and `queue_depth` among the metrics; `--threshold 'queue_depth max < 100'`",
        differs: "Both are of the runtime's own threads: blocking threads are not among them. How long a task waited for its \
                  turn is not measured.",
    },
    GoName {
        go: "`context` and `errgroup`",
        here: "a cancellation token, a timeout and a set of tasks",
        setting: "`orders` and `products supervised`: read their source on the page",
        differs: "Nobody has to ask whether it was cancelled: a future that is dropped ends where it waits. A task that \
                  was spawned goes on, unless its set is dropped.",
    },
];

/// The table as Markdown.
pub fn markdown() -> String {
    let line = |cells: [&str; 4]| format!("| {} |\n", cells.join(" | "));
    let rows = GO_NAMES.iter().map(|name| line([name.go, name.here, name.setting, name.differs]));
    [line(HEADS), line(["---"; 4])].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_document_holds_the_table_as_it_is() {
        let document = include_str!("../../docs/GO.md");
        assert!(document.contains(&markdown()), "docs/GO.md is to hold:\n{}", markdown());
    }

    #[test]
    fn each_row_is_whole_and_fits_a_table() {
        for name in GO_NAMES {
            for cell in [name.go, name.here, name.setting, name.differs] {
                assert!(!cell.is_empty() && !cell.contains(['|', '\n']), "{cell}");
                assert_eq!(cell.matches('`').count() % 2, 0, "{cell}");
            }
            assert!(name.differs.ends_with('.'), "{}", name.differs);
        }
        assert_eq!(GO_NAMES.iter().map(|name| name.go).collect::<HashSet<_>>().len(), GO_NAMES.len());
    }
}
