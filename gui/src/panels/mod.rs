//! The parts of the window. Each is one file with one state struct (what it needs for itself
//! between two frames) and one `ui`; each stands alone in a test.
