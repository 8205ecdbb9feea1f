//! Signing in: with real servers, and with those that an administrator, or an attacker, might put before us.

mod common;

use common::certificates::Authority;
use common::scripted::{encrypted, in_clear, mechanisms, offers, trusted};
use common::server::{Kind, Server};
use common::{DEADLINE, Participant, room};
use moot_federation::io::account::{Account, Password, Server as Address, Tls};
use moot_federation::io::gauge::STANZA_BYTES;
use moot_federation::io::link::{Link, OpenError};
use moot_federation::io::sign_in::SignInError;
use moot_federation::sentence::Told;
use tempfile::TempDir;
use xmpp_parsers::jid::BareJid;

with_both_servers!(both_ways_of_tls_work, wrong_passwords_and_strangers_are_told);

async fn both_ways_of_tls_work(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let direct = server.account_at("alice", server.port + 1, Tls::Direct);
    Participant::enter(direct, room("direct", "Anna")).await.link.close().await;
    Participant::enter(server.account("bob"), room("starttls", "Ben")).await.link.close().await;
}

async fn wrong_passwords_and_strangers_are_told(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let mut wrong = server.account("alice");
    wrong.password = Password::new("guess");
    assert_eq!(refused(wrong).await, SignInError::WrongPassword);
    let mut nobody = server.account("nobody");
    nobody.password = Password::new("guess");
    assert_eq!(refused(nobody).await, SignInError::WrongPassword);
    let mut unknown = server.account("alice");
    unknown.ca = None;
    assert!(matches!(refused(unknown).await, SignInError::UnknownCa { .. }));
    let mut elsewhere = server.account("alice");
    elsewhere.jid = BareJid::new("alice@other.test").expect("an address");
    // Some servers end the conversation before TLS when asked for a domain that is not theirs.
    let error = refused(elsewhere).await;
    assert!(
        matches!(error, SignInError::WrongHost { .. } | SignInError::Ended { .. }),
        "{error:?}"
    );
}

/// What comes of signing in; both sentences are printed, for whoever judges them.
async fn refused(account: Account) -> SignInError {
    let opened = tokio::time::timeout(DEADLINE, Link::open(account, room("standup", "Anna"))).await;
    match opened.expect("in time").map(drop) {
        Err(OpenError::SignIn(error)) => {
            let told = error.told();
            println!("{error:?}\n  {}\n  {}", told.en, told.zh);
            assert!(!told.en.ends_with('.') && !told.zh.ends_with('。'));
            error
        }
        other => panic!("{other:?}"),
    }
}

/// An account at a server of our own that trusts `authority`.
fn account(port: u16, tls: Tls, authority: Option<&Authority>) -> (Account, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let jid = BareJid::new("alice@company.test").expect("an address");
    let mut account = Account::new(jid, Password::new("pencil"));
    account.server = Some(Address { host: "127.0.0.1".to_owned(), port });
    account.tls = tls;
    if let Some(authority) = authority {
        let file = folder.path().join("ca.pem");
        authority.write(&file);
        account.ca = Some(file);
    }
    (account, folder)
}

#[tokio::test]
async fn a_certificate_must_be_vouched_for_right_and_in_time() {
    let authority = Authority::new();
    let offer = [mechanisms(&["SCRAM-SHA-1"])];
    let cases: [(&[&str], bool, bool); 3] = [
        (&["company.test"], false, false),
        (&["other.test"], false, true),
        (&["company.test"], true, true),
    ];
    for (names, expired, trust) in cases {
        let (port, _) = encrypted(authority.sign(names, expired), &offer).await;
        let (account, _folder) = account(port, Tls::Direct, trust.then_some(&authority));
        let error = refused(account).await;
        match (trust, expired) {
            (false, _) => assert!(matches!(error, SignInError::UnknownCa { .. })),
            (_, false) => assert!(matches!(error, SignInError::WrongHost { .. })),
            (_, true) => assert!(matches!(error, SignInError::Expired { .. })),
        }
    }
}

#[tokio::test]
async fn a_password_is_never_shown_unasked() {
    let (authority, signed) = trusted();
    let answers = [mechanisms(&["PLAIN", "ANONYMOUS", "SCRAM-SHA-256-PLUS"])];
    let (port, mut said) = encrypted(signed, &answers).await;
    let (account, _folder) = account(port, Tls::Direct, Some(&authority));
    assert_eq!(refused(account).await, SignInError::NoScram { plain: true });
    let opening = said.recv().await.expect("the stream was opened");
    assert!(opening.contains("<stream:stream") && !opening.contains("<auth"), "{opening}");
    said.close();
    while let Some(more) = said.recv().await {
        assert!(!more.contains("auth"), "{more}");
    }
}

#[tokio::test]
async fn plain_goes_out_only_where_it_was_switched_on() {
    let (authority, signed) = trusted();
    let failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";
    let answers = [mechanisms(&["PLAIN"]), failure.to_owned()];
    let (port, mut said) = encrypted(signed, &answers).await;
    let (mut account, _folder) = account(port, Tls::Direct, Some(&authority));
    account.allow_plain = true;
    assert_eq!(refused(account).await, SignInError::WrongPassword);
    said.recv().await.expect("the stream was opened");
    let auth = said.recv().await.expect("something was tried");
    assert!(auth.contains("PLAIN") && auth.contains("AGFsaWNlAHBlbmNpbA=="), "{auth}");
}

#[tokio::test]
async fn a_server_that_does_not_know_the_password_is_not_believed() {
    let (authority, signed) = trusted();
    let success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    let (port, _) = encrypted(signed, &[mechanisms(&["SCRAM-SHA-256"]), success.to_owned()]).await;
    let (account_, _folder) = account(port, Tls::Direct, Some(&authority));
    assert_eq!(refused(account_).await, SignInError::NotGenuine);
    // r=x,s=QQ==,i=4096: a nonce that does not begin with ours.
    let challenge =
        "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>cj14LHM9UVE9PSxpPTQwOTY=</challenge>";
    let (authority, signed) = trusted();
    let (port, _) =
        encrypted(signed, &[mechanisms(&["SCRAM-SHA-256"]), challenge.to_owned()]).await;
    let (account_, _folder) = account(port, Tls::Direct, Some(&authority));
    assert_eq!(refused(account_).await, SignInError::NotGenuine);
}

#[tokio::test]
async fn nothing_is_said_without_tls() {
    let port = in_clear(&[mechanisms(&["SCRAM-SHA-1"])]).await;
    let (account, _folder) = account(port, Tls::StartTls, None);
    assert!(matches!(refused(account).await, SignInError::NoTls { .. }));
}

#[tokio::test]
async fn what_is_injected_before_tls_is_not_read_after_it() {
    let (authority, _) = trusted();
    let proceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let injected = format!("{proceed}{}", mechanisms(&["PLAIN"]));
    let port =
        in_clear(&[offers("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), injected]).await;
    let (mut account, _folder) = account(port, Tls::StartTls, Some(&authority));
    account.allow_plain = true;
    // The server of this test can't do TLS: what counts is that its offer in clear leads nowhere.
    let error = tokio::time::timeout(DEADLINE, Link::open(account, room("x", "Anna"))).await;
    assert!(matches!(error.expect("in time").map(drop), Err(OpenError::SignIn(_))));
}

#[tokio::test]
async fn what_is_no_xmpp_server_is_told() {
    let http = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let port = in_clear(&[http.to_owned()]).await;
    let (account_, _folder) = account(port, Tls::StartTls, None);
    assert!(matches!(refused(account_).await, SignInError::NotXmpp { .. }));
    let nobody = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = nobody.local_addr().expect("bound").port();
    drop(nobody);
    let (account_, _folder) = account(port, Tls::StartTls, None);
    assert!(matches!(refused(account_).await, SignInError::Unreachable { .. }));
}

#[tokio::test]
async fn a_server_that_never_ends_a_stanza_is_left() {
    let (authority, signed) = trusted();
    let endless = mechanisms(&["SCRAM-SHA-1"])
        .replace("<mechanism>", &format!("<x>{}", "y".repeat(2 * STANZA_BYTES)));
    let (port, _) = encrypted(signed, &[endless]).await;
    let (account, _folder) = account(port, Tls::Direct, Some(&authority));
    assert!(matches!(refused(account).await, SignInError::TooMuch { .. }));
}

#[tokio::test]
async fn a_missing_file_of_authorities_is_told() {
    let (mut account, _folder) = account(1, Tls::Direct, None);
    account.ca = Some("/nowhere/ca.pem".into());
    assert!(matches!(refused(account.clone()).await, SignInError::CaFile { .. }));
    account.ca = Some(env!("CARGO_MANIFEST_PATH").into());
    assert!(matches!(refused(account).await, SignInError::CaFile { .. }));
}
