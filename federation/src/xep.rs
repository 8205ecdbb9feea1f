//! One file for each extension, named by what it is.
