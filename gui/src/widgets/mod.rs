//! Buttons, avatars and the like: drawn alike everywhere, each with a name that is shown on hover
//! and read by screen readers.

mod avatar;
mod button;
mod card;
mod chip;
mod choice;
mod faces;
pub(crate) mod feeling;
mod field;
mod meter;
mod split;

pub use avatar::avatar;
pub use button::{IconButton, Tone, text_button, wide_button};
pub use card::{card, paragraph, problem, tinted_card};
pub use chip::{Chip, chip, tag};
pub use choice::{choice, switch};
pub use faces::{face, faces};
pub use field::{field, heading, opened_field, second_line, secret_field};
pub use meter::meter;
pub use split::{lasting, split};
