//! The parts of the page, each in its own file.

pub mod chart_legend;
pub mod chart_panel;
pub mod connection_badge;
pub mod crosshair;
pub mod data_table;
pub mod event_list;
pub mod field_row;
pub mod go_names;
pub mod help;
pub mod live_control;
pub mod notice_bar;
pub mod outcome_banner;
pub mod page_header;
pub mod plot;
pub mod preset_row;
pub mod run_controls;
pub mod run_form;
pub mod run_progress;
pub mod setting_field;
pub mod size_classes;
pub mod source_view;
pub mod state_line;
pub mod swatch;
pub mod target_control;
pub mod theme_select;
pub mod tile_grid;
