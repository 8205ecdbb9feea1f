//! `<live/>`: what a member shows at this moment and nobody keeps; not an action, not in the log.

use super::action::{epoch, message, message_tag, once};
use super::error::StanzaError;
use super::ns;
use super::page::PageTurn;
use super::seat::Seat;
use super::stroke::{Point, Stroke};
use super::tag::Tag;
use super::xml::{Attributes, Element, Ns, Reader};
use crate::limits::{LIVE_POINTS, LIVE_SIGNS};
use crate::room::time::{Epoch, MediaTime};

/// What a member shows at one moment of their media time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Live {
    /// The member's microphone session.
    pub epoch: Epoch,
    /// Where that session's sound was: listeners show this when they hear it.
    pub at: MediaTime,
    /// At most [`LIVE_SIGNS`], in the order they take effect.
    pub signs: Vec<Sign>,
}

/// One thing that is shown, or no longer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sign {
    /// The laser pointer rests here.
    Laser(Laser),
    /// There is no laser pointer.
    NoLaser,
    /// A stroke in the making grows.
    Drawing(Drawing),
    /// The stroke in the making of this number is given up.
    NoDrawing(u64),
    /// The microphone is open, or muted.
    Microphone(bool),
    /// Where they sit.
    Seat(Seat),
}

/// Where a laser pointer rests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Laser {
    /// The page.
    pub on: PageTurn,
    /// The place on it.
    pub at: Point,
}

/// Points added to a stroke in the making.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drawing {
    /// Counts the author's strokes in the making.
    pub id: u64,
    /// How it is drawn, and the points that are new: 1 to [`LIVE_POINTS`].
    pub stroke: Stroke,
}

impl Live {
    /// Reads one stanza. Signs of later versions are passed over.
    ///
    /// # Errors
    /// [`StanzaError`]: not well-formed, beyond a limit, or a value out of its range.
    pub fn parse(stanza: &str) -> Result<Self, StanzaError> {
        let mut reader = Reader::new(stanza)?;
        message(&mut reader)?;
        let mut live = None;
        while let Some(element) = reader.child()? {
            if element.is(Ns::Moot, "live") {
                once(&mut live, Self::read(&element, &mut reader)?, "live")?;
            } else {
                reader.skip(&element)?;
            }
        }
        reader.end()?;
        live.ok_or(StanzaError::Element("live"))
    }

    /// Writes the stanza that [`Live::parse`] reads back to this.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = String::with_capacity(512);
        message_tag(&mut out).holding(|out| {
            Tag::new(out, "live")
                .plain("xmlns", ns::MOOT)
                .plain("epoch", self.epoch)
                .plain("at", self.at.samples())
                .holding(|out| self.signs.iter().for_each(|sign| sign.write(out)));
        });
        out
    }

    fn read(element: &Element<'_>, reader: &mut Reader<'_>) -> Result<Self, StanzaError> {
        let attributes = element.attributes()?;
        let epoch = epoch(&attributes)?;
        let at = MediaTime::from_samples(attributes.number("at")?);
        let mut signs = Vec::new();
        while let Some(element) = reader.child()? {
            let Some(sign) = Sign::read(&element, reader)? else { continue };
            if signs.len() == LIVE_SIGNS {
                return Err(StanzaError::Element("live's sign"));
            }
            signs.push(sign);
        }
        Ok(Self { epoch, at, signs })
    }
}

impl Sign {
    /// Reads a sign up to its end; `None` when it is a later version's.
    fn read(element: &Element<'_>, reader: &mut Reader<'_>) -> Result<Option<Self>, StanzaError> {
        let attributes = element.attributes()?;
        let text = reader.text()?;
        if element.ns() != Ns::Moot {
            return Ok(None);
        }
        Ok(Some(match element.name() {
            "laser" => Self::Laser(Laser::read(&attributes)?),
            "no-laser" => Self::NoLaser,
            "drawing" => match Drawing::read(&attributes, &text)? {
                Some(drawing) => Self::Drawing(drawing),
                None => return Ok(None),
            },
            "no-drawing" => Self::NoDrawing(attributes.number("id")?),
            "microphone" => Self::Microphone(attributes.parse("open", str::parse)?),
            "seat" => Self::Seat(Seat::read(&attributes)?),
            _ => return Ok(None),
        }))
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Laser(Laser { on, at }) => {
                on.tag(Tag::new(out, "laser")).plain("x", at.x).plain("y", at.y).empty();
            }
            Self::NoLaser => Tag::new(out, "no-laser").empty(),
            Self::Drawing(drawing) => {
                drawing.stroke.write(Tag::new(out, "drawing").plain("id", drawing.id));
            }
            Self::NoDrawing(id) => Tag::new(out, "no-drawing").plain("id", id).empty(),
            Self::Microphone(open) => Tag::new(out, "microphone").plain("open", open).empty(),
            Self::Seat(seat) => seat.write(Tag::new(out, "seat")),
        }
    }
}

impl Laser {
    /// Whether it may be shown.
    ///
    /// # Errors
    /// [`StanzaError`] names the value that is out of its range.
    pub fn check(&self) -> Result<(), StanzaError> {
        self.on.check()?;
        if self.at.is_near() { Ok(()) } else { Err(StanzaError::Invalid("x")) }
    }

    fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        let place = |name| attributes.parse(name, str::parse::<i32>);
        let laser =
            Self { on: PageTurn::read(attributes)?, at: Point { x: place("x")?, y: place("y")? } };
        laser.check().map(|()| laser)
    }
}

impl Drawing {
    /// Whether it may be shown; its points may be more than one stanza takes.
    ///
    /// # Errors
    /// [`StanzaError`] names the value that is out of its range.
    pub fn check(&self) -> Result<(), StanzaError> {
        self.stroke.check()
    }

    /// `None`: drawn with a tool of a later version.
    fn read(attributes: &Attributes<'_>, text: &str) -> Result<Option<Self>, StanzaError> {
        let id = attributes.number("id")?;
        let Some(stroke) = Stroke::read(attributes, text)? else { return Ok(None) };
        let drawing = Self { id, stroke };
        if drawing.stroke.points.len() > LIVE_POINTS {
            return Err(StanzaError::Invalid("points"));
        }
        drawing.check().map(|()| Some(drawing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{LIVE_BYTES, POINT_REACH, ROOM_CHARS, STROKE_WIDTH};
    use crate::room::id::BlobId;
    use crate::room::stanza::{Action, RoomName, Tool};

    const ON: PageTurn = PageTurn { document: BlobId([0xab; 32]), page: 7 };

    fn live(signs: Vec<Sign>) -> Live {
        Live { epoch: Epoch(0x0102_0304), at: MediaTime::from_samples(4_812_345), signs }
    }

    fn drawing(points: Vec<Point>) -> Sign {
        let pressure = (0..8).cycle().take(points.len()).collect();
        let (colour, width, tool) = ([1, 2, 3, 4], 30, Tool::Pen);
        let stroke = Stroke { on: ON, points, pressure, colour, width, tool };
        Sign::Drawing(Drawing { id: 3, stroke })
    }

    fn all() -> Live {
        live(vec![
            Sign::Microphone(true),
            Sign::Laser(Laser { on: ON, at: Point { x: -5, y: 10_001 } }),
            Sign::NoLaser,
            drawing(vec![Point { x: 1, y: 2 }, Point { x: 3, y: -4 }]),
            Sign::NoDrawing(2),
        ])
    }

    fn error(xml: &str) -> StanzaError {
        Live::parse(xml).expect_err(xml)
    }

    #[test]
    fn parses() {
        let document = "ab".repeat(32);
        let xml = format!(
            "<message xmlns='jabber:client' type='groupchat'><live xmlns='urn:moot:1' \
             epoch='01020304' at='4812345'><microphone open='true'/>\
             <laser document='{document}' page='7' x='-5' y='10001'/><no-laser/>\
             <drawing id='3' document='{document}' page='7' colour='01020304' width='30' \
             tool='pen' pressure='AB'>1,2 2,-6</drawing><no-drawing id='2'/></live></message>"
        );
        assert_eq!(Live::parse(&xml), Ok(all()));
    }

    #[test]
    fn writes_back() {
        for live in [all(), live(vec![]), live(vec![Sign::Microphone(false)])] {
            assert_eq!(Live::parse(&live.to_xml()), Ok(live));
        }
    }

    #[test]
    fn rejects_the_malformed() {
        let good = all().to_xml();
        let bent = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            error(&good.replacen(from, to, 1))
        };
        assert_eq!(bent("01020304", "1020304"), StanzaError::Invalid("epoch"));
        assert_eq!(bent("at=\"4812345\"", ""), StanzaError::Missing("at"));
        assert_eq!(bent("x=\"-5\"", ""), StanzaError::Missing("x"));
        assert_eq!(bent("x=\"-5\"", "x=\"30001\""), StanzaError::Invalid("x"));
        assert_eq!(bent("page=\"7\"", "page=\"0\""), StanzaError::Invalid("page"));
        assert_eq!(bent("open=\"true\"", "open=\"yes\""), StanzaError::Invalid("open"));
        assert_eq!(bent("id=\"3\"", "id=\"-3\""), StanzaError::Invalid("id"));
        assert_eq!(bent("<no-drawing id=\"2\"/>", "<no-drawing/>"), { StanzaError::Missing("id") });
        assert_eq!(bent("1,2 2,-6", ""), StanzaError::Invalid("points"));
        assert_eq!(bent("urn:moot:1", "urn:moot:2"), StanzaError::Element("live"));
        let twice = "</live><live xmlns='urn:moot:1' epoch='01020304' at='0'></live>";
        assert_eq!(bent("</live>", twice), StanzaError::Element("live"));
        for end in 0..good.len() {
            assert!(Live::parse(&good[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn each_limit_holds_and_just_below_it_is_fine() {
        let signs = |n: usize| live(vec![Sign::NoLaser; n]);
        assert!(Live::parse(&signs(LIVE_SIGNS).to_xml()).is_ok());
        assert_eq!(error(&signs(LIVE_SIGNS + 1).to_xml()), StanzaError::Element("live's sign"));
        let points = |n: usize| live(vec![drawing(vec![Point { x: 0, y: 0 }; n])]);
        assert!(Live::parse(&points(LIVE_POINTS).to_xml()).is_ok());
        assert_eq!(error(&points(LIVE_POINTS + 1).to_xml()), StanzaError::Invalid("points"));
    }

    #[test]
    fn later_versions_are_tolerated() {
        let wave = all().to_xml().replace("<no-laser/>", "<wave x='1'><hand/></wave><no-laser/>");
        assert_eq!(Live::parse(&wave), Ok(all()));
    }

    #[test]
    fn it_is_no_action_and_no_log_takes_it() {
        assert_eq!(Action::parse(&all().to_xml()), Err(StanzaError::Element("act")));
    }

    #[test]
    fn keeps_its_size() {
        // 30 a second of these cost about as much as sound does.
        let laser = live(vec![Sign::Laser(Laser { on: ON, at: Point { x: 5000, y: 5000 } })]);
        assert_eq!(laser.to_xml().len(), 231);
    }

    #[test]
    fn the_largest_that_is_sent_fits() {
        let reach = i32::try_from(POINT_REACH).expect("a small number");
        let far = |i: usize| if i.is_multiple_of(2) { -reach } else { reach };
        let points = (0..LIVE_POINTS).map(|i| Point { x: far(i), y: far(i) }).collect();
        let on = PageTurn { page: 2000, ..ON };
        let (colour, width, tool) = ([255; 4], STROKE_WIDTH, Tool::Highlighter);
        let stroke = Stroke { on, points, pressure: vec![63; LIVE_POINTS], colour, width, tool };
        let largest = Live {
            epoch: Epoch(u32::MAX),
            at: MediaTime::from_samples(u64::MAX),
            signs: vec![
                Sign::Microphone(false),
                Sign::Seat(Seat {
                    // Each takes five bytes or more as XML.
                    room: RoomName::new(&"&".repeat(ROOM_CHARS)),
                    loudspeaker: u32::MAX,
                    microphone: u32::MAX,
                    level: 100,
                    ..Seat::default()
                }),
                Sign::Laser(Laser { on, at: Point { x: -reach, y: -reach } }),
                Sign::NoDrawing(u64::MAX),
                Sign::NoDrawing(u64::MAX),
                Sign::Drawing(Drawing { id: u64::MAX, stroke }),
            ],
        };
        let bytes = largest.to_xml().len();
        assert!(bytes <= LIVE_BYTES, "{bytes}");
    }
}
