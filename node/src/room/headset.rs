//! HEADSETS, by what a system calls them. No system tells a program whether a loudspeaker plays into a room or into
//! ears: PulseAudio knows the form of some, and what sound programs are given of it is the name.

/// Words in names of devices that are worn, in small letters: English, German, Chinese, and makers' own.
const WORDS: [&str; 12] = [
    "headset",
    "headphone",
    "earphone",
    "earbud",
    "earpiece",
    "airpod",
    "buds",
    "kopfhörer",
    "耳机",
    "耳麦",
    "耳塞",
    "hands-free",
];

/// Words of devices that are worn, but for what plays aloud beside them.
const ALOUD: [&str; 3] = ["speaker", "lautsprecher", "扬声器"];

/// Whether a loudspeaker that is called so is heard in its person's ears alone. Unsure is no.
#[must_use]
pub fn is_worn(name: &str) -> bool {
    let name = name.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    says(&WORDS) && !says(&ALOUD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worn_says_so_and_what_may_play_aloud_is_not_believed() {
        for name in [
            "Plantronics Headset Analog Stereo",
            "Ada’s AirPods Pro",
            "Headphones (2- USB Audio)",
            "耳机 (Realtek(R) Audio)",
            "Galaxy Buds2",
        ] {
            assert!(is_worn(name), "{name}");
        }
        for name in [
            "Built-in Audio Analog Stereo",
            "MacBook Pro Speakers",
            "Speaker/Headphone (Realtek)",
            "HDMI 1",
            "",
        ] {
            assert!(!is_worn(name), "{name}");
        }
    }
}
