//! Chance from the operating system, for keys and seeds; `room` takes it as arguments.

/// As many random bytes as the caller asks for.
///
/// # Errors
/// The system has no source of randomness or refuses it: nothing secret can be made then.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
