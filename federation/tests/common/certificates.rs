//! A certificate authority of the tests' own, and what it signs.

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair, date_time_ymd};
use std::path::Path;

/// Until when certificates hold. ejabberd counts the milliseconds until then, and stumbles over the library's year 4096.
const LAST: i32 = 2060;

/// An authority that nobody but the tests trusts.
pub struct Authority {
    certificate: Certificate,
    key: KeyPair,
}

/// A server's certificate and key, in PEM.
pub struct Signed {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "Moot test authority");
        params.not_after = date_time_ymd(LAST, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { certificate, key }
    }

    /// For servers called `names`; expired long ago if asked.
    pub fn sign(&self, names: &[&str], expired: bool) -> Signed {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.not_after = date_time_ymd(LAST, 1, 1);
        if expired {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.certificate, &self.key).expect("signed");
        Signed { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// Writes the authority's own certificate to `file`.
    pub fn write(&self, file: &Path) {
        std::fs::write(file, self.certificate.pem()).expect("a file");
    }
}
