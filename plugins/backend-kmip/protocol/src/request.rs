//! Requests.

use crate::answer::item_id;
use crate::ask::Ask;
use crate::tag;
use crate::version::Version;
use crate::writer::Writer;
use zeroize::Zeroizing;

/// What every request begins with.
#[derive(Clone, Copy)]
pub struct Header<'a> {
    /// The version that is spoken.
    pub version: Version,
    /// Who asks, where the client's certificate does not say it.
    pub login: Option<Login<'a>>,
}

/// A user's name and password.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The name.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
}

/// A request with these questions. Each of them is answered whatever becomes of the
/// others.
pub fn request<A: Ask>(header: &Header<'_>, asks: &[A]) -> Zeroizing<Vec<u8>> {
    let login = header
        .login
        .map_or(0, |login| login.user.len() + login.password.len());
    let room = asks.iter().map(Ask::room).sum::<usize>() + login + 512;
    let mut writer = Writer::with_room(room);
    writer.structure(tag::REQUEST_MESSAGE, |writer| {
        writer.structure(tag::REQUEST_HEADER, |writer| {
            write_header(header, asks.len(), writer);
        });
        for (index, ask) in asks.iter().enumerate() {
            writer.structure(tag::BATCH_ITEM, |writer| {
                writer.enumeration(tag::OPERATION, A::OPERATION);
                if asks.len() > 1 {
                    writer.bytes(tag::UNIQUE_BATCH_ITEM_ID, &item_id(index));
                }
                writer.structure(tag::REQUEST_PAYLOAD, |writer| {
                    ask.write(header.version, writer);
                });
            });
        }
    });
    writer.into_bytes()
}

fn write_header(header: &Header<'_>, items: usize, writer: &mut Writer) {
    const USERNAME_AND_PASSWORD: u32 = 1;
    const CONTINUE: u32 = 1;
    header.version.write(writer);
    if let Some(login) = header.login {
        writer.structure(tag::AUTHENTICATION, |writer| {
            writer.structure(tag::CREDENTIAL, |writer| {
                writer.enumeration(tag::CREDENTIAL_TYPE, USERNAME_AND_PASSWORD);
                writer.structure(tag::CREDENTIAL_VALUE, |writer| {
                    writer.text(tag::USERNAME, login.user);
                    writer.text(tag::PASSWORD, login.password);
                });
            });
        });
    }
    if items > 1 {
        writer.enumeration(tag::BATCH_ERROR_CONTINUATION_OPTION, CONTINUE);
    }
    writer.integer(tag::BATCH_COUNT, i32::try_from(items).unwrap_or(i32::MAX));
}
