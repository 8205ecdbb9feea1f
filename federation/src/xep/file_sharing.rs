//! XEP-0447 with XEP-0446 and XEP-0300: a file, what it is, and where it lies.

use super::{element, ns, text_of};
use xmpp_parsers::minidom::Element;

/// Addresses read of one file.
const SOURCES: usize = 8;

/// A file that somebody shares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedFile {
    /// Its name.
    pub name: Option<String>,
    /// Its media type, as `application/pdf`.
    pub media_type: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its SHA-256 in Base64, as XEP-0300 writes it.
    pub sha256: Option<String>,
    /// Where it can be loaded: at most 8, those of the first come first.
    pub urls: Vec<String>,
}

impl SharedFile {
    /// As an element, to be shown in place.
    pub fn element(&self) -> Element {
        let metadata =
            |name: &str, text: String| element!(name, ns::FILE_METADATA).append(text).build();
        let mut file = element!("file", ns::FILE_METADATA).build();
        if let Some(media_type) = &self.media_type {
            file.append_child(metadata("media-type", media_type.clone()));
        }
        if let Some(name) = &self.name {
            file.append_child(metadata("name", name.clone()));
        }
        if let Some(size) = self.size {
            file.append_child(metadata("size", size.to_string()));
        }
        if let Some(sha256) = &self.sha256 {
            let hash = element!("hash", ns::HASHES, "algo" = "sha-256").append(sha256.clone());
            file.append_child(hash.build());
        }
        let sources = self
            .urls
            .iter()
            .map(|url| element!("url-data", ns::URL_DATA, "target" = url.as_str()).build());
        element!("file-sharing", ns::SFS, "disposition" = "inline")
            .append(file)
            .append(element!("sources", ns::SFS).append_all(sources).build())
            .build()
    }

    /// The files that `payloads` share.
    pub fn all_in(payloads: &[Element]) -> impl Iterator<Item = Self> + '_ {
        payloads.iter().filter(|payload| payload.is("file-sharing", ns::SFS)).map(Self::read)
    }

    fn read(sharing: &Element) -> Self {
        let mut read = Self::default();
        if let Some(file) = sharing.get_child("file", ns::FILE_METADATA) {
            read.name = text_of(file, "name", ns::FILE_METADATA);
            read.media_type = text_of(file, "media-type", ns::FILE_METADATA);
            read.size =
                text_of(file, "size", ns::FILE_METADATA).and_then(|size| size.trim().parse().ok());
            let sha256 = |hash: &&Element| {
                hash.is("hash", ns::HASHES) && hash.attr("algo") == Some("sha-256")
            };
            read.sha256 = file.children().find(sha256).map(Element::text);
        }
        if let Some(sources) = sharing.get_child("sources", ns::SFS) {
            let urls = sources.children().filter(|source| source.is("url-data", ns::URL_DATA));
            read.urls = urls
                .filter_map(|url| url.attr("target"))
                .map(str::to_owned)
                .take(SOURCES)
                .collect();
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        let file = SharedFile {
            name: Some("预算 <budget>.pdf".to_owned()),
            media_type: Some("application/pdf".to_owned()),
            size: Some(1_843_022),
            sha256: Some("sHZw65QL1TNflz2q2GGbkf/JEfV8ztRYu78s4DdTyb0=".to_owned()),
            urls: vec!["https://upload.company.test/s/4a/b.pdf".to_owned()],
        };
        let text = String::from(&file.element());
        let parsed: Element = text.parse().expect("well-formed");
        assert_eq!(SharedFile::all_in(&[parsed]).collect::<Vec<_>>(), [file]);
    }

    #[test]
    fn what_is_missing_or_wrong_is_missing() {
        let odd = "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'>\
            <size>many</size><hash xmlns='urn:xmpp:hashes:2' algo='md5'>x</hash></file>\
            <sources><url-data xmlns='http://jabber.org/protocol/url-data'/><other xmlns='u'/></sources></file-sharing>";
        let read: Vec<_> = SharedFile::all_in(&[odd.parse().expect("well-formed")]).collect();
        assert_eq!(read, [SharedFile::default()]);
    }
}
