//! What an Opus packet's first bytes say without decoding it (RFC 6716 §3.1, §4.2).

/// Whether a packet is 20 ms of Opus by its first byte (RFC 6716 §3.1, table 2): one frame of 20 ms,
/// or two of 10 ms. Everything else is not what a Moot talker sends.
pub(super) fn lasts_20_ms(packet: &[u8]) -> bool {
    let Some(&toc) = packet.first() else { return false };
    let (config, frames) = (toc >> 3, toc & 3);
    let ms = match config {
        0..=11 => [10, 20, 40, 60][usize::from(config & 3)],
        12..=15 => [10, 20][usize::from(config & 1)],
        _ => return matches!((config & 3, frames), (3, 0) | (2, 1 | 2)),
    };
    matches!((ms, frames), (20, 0) | (10, 1 | 2))
}

/// Whether a packet carries the frame before it once more: SILK or hybrid mode, LBRR flag set. The
/// flags stand in clear in the first bits after the table of contents: one VAD flag a frame, then
/// LBRR (RFC 6716 §4.2.3, §4.2.4). Only packets of one frame are looked at.
pub(super) fn has_fec(packet: &[u8]) -> bool {
    match packet {
        [toc, first, ..] => toc >> 3 < 16 && toc & 3 == 0 && first & 0x40 != 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_20_ms_packets_are_taken() {
        for toc in 0..=255 {
            let taken = lasts_20_ms(&[toc, 1]);
            // A reading of table 2 by another way: frame length by configuration.
            let tenths = match toc >> 3 {
                c @ 0..=11 => [100, 200, 400, 600][c as usize % 4],
                c @ 12..=15 => [100, 200][c as usize % 2],
                c => [25, 50, 100, 200][c as usize % 4],
            };
            let frames = [1, 2, 2, 0][toc as usize & 3];
            assert_eq!(taken, tenths * frames == 200, "table of contents {toc}");
        }
        assert!(!lasts_20_ms(&[]));
    }
}
