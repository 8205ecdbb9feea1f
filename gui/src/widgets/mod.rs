//! Buttons, avatars and the like: drawn alike everywhere, each with a name that is shown on hover
//! and read by screen readers.

mod avatar;
mod button;
mod chip;
mod field;
mod meter;

pub use avatar::avatar;
pub use button::{IconButton, Tone, text_button};
pub use chip::{Chip, chip};
pub use field::{field, heading, second_line};
pub use meter::meter;
