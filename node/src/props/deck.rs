//! A small PDF, for machines where none is installed: pages of text and a chart (ISO 32000-1).

use std::fmt::Write;

/// Points of an A4 page in landscape, as slides have it.
const WIDTH: u32 = 842;
const HEIGHT: u32 = 595;

/// A document of `pages` pages.
#[must_use]
pub fn write(pages: u32) -> Vec<u8> {
    // Objects: 1 catalogue, 2 page tree, 3 and 4 fonts, then two for each page: page and its content.
    let kids: Vec<_> = (0..pages).map(|page| format!("{} 0 R", 5 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {pages} >>", kids.join(" ")),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>".to_owned(),
    ];
    for page in 0..pages {
        let drawing = content(page + 1, pages);
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>",
            6 + 2 * page
        ));
        let length = drawing.len();
        objects.push(format!("<< /Length {length} >>\nstream\n{drawing}\nendstream"));
    }
    file(&objects)
}

fn file(objects: &[String]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", number + 1).as_bytes());
    }
    let table = bytes.len();
    let mut end = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        // Each line of the table is 20 bytes (ISO 32000-1 §7.5.4).
        end += &format!("{place:010} 00000 n \n");
    }
    let size = objects.len() + 1;
    end += &format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

/// A title, what it is about, five lines, and bars of which one stands out; no two pages alike.
fn content(page: u32, pages: u32) -> String {
    let topic = &TOPICS[(page as usize - 1) % TOPICS.len()];
    let mut text = String::new();
    let mut line = |font: u32, size: u32, grey: f32, x: u32, y: u32, words: &str| {
        // Writing to a string can't fail.
        let _ = writeln!(text, "BT {grey} g /F{font} {size} Tf {x} {y} Td ({words}) Tj ET");
    };
    line(2, 38, 0.1, 60, 500, topic.title);
    line(1, 20, 0.45, 60, 452, topic.about);
    for (number, words) in topic.lines.iter().enumerate() {
        line(1, 16, 0.2, 60, 400 - 26 * number as u32, words);
    }
    line(1, 11, 0.55, 60, 30, "Moot  -  a meeting without a server");
    line(1, 11, 0.55, WIDTH - 110, 30, &format!("{page} of {pages}"));
    for bar in 0..BARS {
        let height = 20 + (page * 37 + bar * 53) % 140;
        let colour = if bar == page % BARS { "0.24 0.36 0.85" } else { "0.72 0.77 0.96" };
        let _ = writeln!(text, "{colour} rg {} 70 62 {height} re f", 60 + bar * 92);
    }
    let _ = writeln!(text, "0.85 G 60 69.5 m {} 69.5 l S", 60 + BARS * 92 - 30);
    text
}

/// Bars on a page.
const BARS: u32 = 8;

/// What a page says.
struct Topic {
    title: &'static str,
    about: &'static str,
    lines: [&'static str; 5],
}

/// What the pages say, in turn: what one can do in a meeting.
const TOPICS: [Topic; 6] = [
    Topic {
        title: "A first look",
        about: "A meeting without a server",
        lines: [
            "Laptops in one room find each other.",
            "One person shows a page and speaks.",
            "Everybody sees the page when its words are heard.",
            "Who comes late catches up; who crashes comes back.",
            "Nothing that was said or drawn is lost.",
        ],
    },
    Topic {
        title: "Leafing and looking closer",
        about: "Follow the presenter, or go your own way",
        lines: [
            "Page Down and Page Up leaf; a click on a small page goes there.",
            "Whoever leafs freely is told where the presenter is.",
            "Backspace follows the presenter again.",
            "The wheel with Ctrl looks closer; the text stays sharp.",
            "Ctrl and F finds words in the document.",
        ],
    },
    Topic {
        title: "Drawing on the page",
        about: "Others see a stroke while it is being drawn",
        lines: [
            "P takes the pen, I the highlighter, L the laser pointer.",
            "A draws an arrow, R a box, O an ellipse, T writes a note.",
            "E rubs out; Ctrl and Z takes back what you drew last.",
            "Let the pointer rest on a stroke to see whose it is.",
            "The presenter may keep the pen from all others.",
        ],
    },
    Topic {
        title: "Asking and answering",
        about: "Hands come up in their true order",
        lines: [
            "H raises your hand; the first raised is the first asked.",
            "Write in the chat, in any language, with links.",
            "A thumb, applause, a heart: everybody sees it for a moment.",
            "The presenter gives the floor to whom they like.",
            "Hold the space bar to say a word.",
        ],
    },
    Topic {
        title: "Presenting",
        about: "F5 opens the view for presenters",
        lines: [
            "It shows this page, the next one, and your own notes.",
            "A clock, and a timer for your talk.",
            "B makes the screen black until you press it again.",
            "Open slides, text, tables, pictures: all become pages.",
            "Drop a file on the window to show it.",
        ],
    },
    Topic {
        title: "Afterwards",
        about: "What was said stays with those who heard it",
        lines: [
            "Continue goes back into an earlier meeting.",
            "A recording plays pages, strokes and voices again.",
            "A click on a stroke goes to the moment it was drawn.",
            "Half or double speed; voices keep their pitch.",
            "A question mark shows all keys. Try it now.",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_points_at_the_objects() {
        let bytes = write(3);
        let text = String::from_utf8_lossy(&bytes);
        let start: usize =
            text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        let table = std::str::from_utf8(&bytes[start..]).unwrap();
        let places = table.lines().skip(3).take_while(|line| line.ends_with("n "));
        let mut count = 0;
        for (number, line) in places.enumerate() {
            let place: usize = line[..10].parse().unwrap();
            let head = format!("{} 0 obj\n", number + 1);
            assert!(bytes[place..].starts_with(head.as_bytes()), "{line}");
            count += 1;
        }
        assert_eq!(count, 4 + 2 * 3);
    }

    #[test]
    fn streams_are_as_long_as_they_say() {
        let bytes = write(1);
        let text = String::from_utf8_lossy(&bytes);
        let length: usize =
            text.split("/Length ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let (_, stream) = text.split_once("stream\n").unwrap();
        let body = stream.split("\nendstream").next().unwrap();
        assert_eq!(body.len(), length);
    }
}
