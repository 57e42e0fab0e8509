//! The pages, one for each kind of address.

pub mod comparison;
pub mod history;
pub mod no_such_page;
pub mod playground;
pub mod run;
pub mod workbench;
