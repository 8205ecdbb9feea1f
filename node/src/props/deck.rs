//! A small PDF, for machines where none is installed: pages of text and a chart (ISO 32000-1).

use std::fmt::Write;

/// Points of an A4 page in landscape, as slides have it.
const WIDTH: u32 = 842;
const HEIGHT: u32 = 595;

/// A document of `pages` pages.
#[must_use]
pub fn write(pages: u32) -> Vec<u8> {
    // Objects: 1 catalogue, 2 page tree, 3 font, then two for each page: page and its content.
    let kids: Vec<_> = (0..pages).map(|page| format!("{} 0 R", 4 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{}] /Count {pages} >>", kids.join(" ")),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for page in 0..pages {
        let drawing = content(page + 1, pages);
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>",
            5 + 2 * page
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

/// A title, some lines, and bars whose heights differ from page to page.
fn content(page: u32, pages: u32) -> String {
    let mut text = String::new();
    let mut line = |size: u32, y: u32, words: &str| {
        // Writing to a string can't fail.
        let _ = writeln!(text, "BT /F1 {size} Tf 60 {y} Td ({words}) Tj ET");
    };
    line(40, 500, &format!("Page {page} of {pages}"));
    line(20, 450, "A meeting without a server");
    for (number, words) in LINES.iter().enumerate() {
        line(16, 400 - 26 * number as u32, words);
    }
    for bar in 0..8 {
        let height = 20 + (page * 37 + bar * 53) % 140;
        let blue = f64::from(bar) / 8.0;
        let _ = writeln!(text, "0.1 0.4 {blue:.2} rg {} 60 70 {height} re f", 60 + bar * 90);
    }
    text
}

const LINES: [&str; 5] = [
    "Laptops in one room find each other.",
    "One person shows a page and speaks.",
    "Everybody sees the page when its words are heard.",
    "Who comes late catches up; who crashes comes back.",
    "Nothing that was said or drawn is lost.",
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
        assert_eq!(count, 3 + 2 * 3);
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
