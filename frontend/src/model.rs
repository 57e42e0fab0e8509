//! What the page knows, as plain data: no Leptos, no browser, tested on the host.

pub mod address;

pub mod form;

pub mod run;

pub mod dashboard;

pub mod brief;

pub mod control;

pub mod progress;

pub mod spoken;
pub mod tiles;

pub mod events;

pub mod ending;

pub mod report_rows;

pub mod cursor;

pub mod gesture;

pub mod timeline;

pub mod heap;

pub mod flame_place;

pub mod tour;

pub mod run_file;

pub mod history;

pub mod command;
