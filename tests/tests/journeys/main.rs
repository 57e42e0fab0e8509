//! Journeys through the real program: real processes, real sockets, a real browser.

#![expect(unreachable_pub, reason = "nothing outside this program reaches the harness")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say where")]

mod support;

/// Which names, pages and bodies a server accepts.
mod access_control;
/// The load engine alone, against the target alone.
mod attack;
/// Attacks on servers that refuse, fail or answer oddly: what the report says, and the exit code.
mod attack_failures;
/// Handlers called directly: format, figures, failures.
mod bench;
/// What one client can cost the server.
mod bounds;
/// Known answers, read back by the program itself.
mod calibrate;
/// What docs/CLAIMS.md says.
mod claims;
/// Runs from the command line: reports, exit codes, the guard.
mod command_line;
/// Comparisons, from the command line and of the server.
mod compare;
/// Comparisons without data, which cannot tell.
mod compare_without_data;
/// What a target alone serves below `/debug/`.
mod debug_pages;
/// Working on the page, with trunk in front of the server.
mod development;
/// Runs as files and pictures.
mod export;
/// A target that rejects requests: reports, thresholds, find-rate, comparisons.
mod failing_requests;
/// The search for the highest rate that thresholds allow.
mod find_rate;
/// Flags of other load tools, typed out of habit.
mod foreign_flags;
/// The page in Chromium.
mod in_browser;
/// What commands read: addresses, encodings, documents of the wrong kind.
mod inputs;
/// What is kept when a server is killed.
mod kept;
/// The allocator's options and knobs.
mod knobs;
/// Leak verdicts of real runs.
mod leak;
/// Folders that killed processes leave in the temporary directory.
mod leftovers;
/// Limits of the shell (`ulimit`) that heapgym is started under.
mod limits;
/// A run that is changed while it goes on.
mod live_control;
/// What `cargo xtask bench overhead` measures with.
mod overhead;
/// A fault of heapgym itself: it costs one run, not the server.
mod panics;
/// Children that are killed, and what is left of them.
mod processes;
/// Heap profiles, as other tools read them.
mod profiles;
/// What the API and the websocket refuse, and that they go on serving.
mod refusals;
/// A program that is removed or replaced while it runs.
mod replaced;
/// Files of results: complete old ones or complete new ones.
mod result_files;
/// A server that is asked to end.
mod shutdown;
/// Sides of a comparison with settings of their own.
mod sides;
/// Signals: once, twice, and as process 1.
mod signals;
/// A limit that the target holds by itself.
mod soft_limit;
/// Refusals have the status of their reason.
mod status_codes;
/// What is stored of a run, and rows that cannot be read.
mod stored_rows;
/// Ctrl-Z.
mod suspend;
/// The target alone, under another load tool.
mod target_alone;
/// Stdout and stderr that are full or closed.
mod terminal;
/// Thresholds: exit codes, JSON, JUnit, and a run that one of them stops.
mod thresholds;
/// Tests that hang, and what is left of them.
mod time_limit;
/// Environment variables, and the data folder that one of them names.
mod variables;
/// Resuming a run, and being too slow for one.
mod viewers;
/// What needs a memory cgroup of its own: skipped where none can be made.
mod with_cgroup {
    /// A container's memory limit.
    mod container;
}
/// What needs namespaces of its own: skipped where none can be made.
mod with_namespaces {
    /// A disk that fills up.
    mod disk_full;
}
/// Every handler when it goes badly.
mod workloads;
