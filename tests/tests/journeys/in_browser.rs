//! What needs Chromium and its driver: skipped where they are missing.

/// Back, Forward, links, and a base path.
mod addresses;
/// Charts on the page, by keys and by link.
mod charts;
/// What a visitor is sent before and after it is wanted.
mod first_load;
/// Heap profiles in the page and as pictures.
mod flame_graph;
/// The list of runs, and the page without a mouse.
mod history_page;
/// What pages of another origin can do with a server.
mod other_origins;
/// The page: a run, a comparison, refusals, a lost server.
mod page;
/// Panels that are opened and closed.
mod panels;
/// The playground: first visit, links, fields, a lost network.
mod playground;
