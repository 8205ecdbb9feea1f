//! The fold: what a meeting's rules say, and that order and repetition change nothing.

mod drawing;
mod fuzz;
mod order;
mod room;
mod rules;
mod undo;
