//! `claviger plugin`, for authors of plugins and for those who are to run one.

mod arguments;
mod failing;
mod inspect;
mod projects;
mod report;
mod stock;
