//! Questions to the server over connections that the host keeps.

use crate::refusal::refused;
use crate::server::Profile;
use crate::settings::{Login, Settings};
use claviger_kmip::{
    Ask, Failure, Fault, Header, MOST_ASKS, Reason, Refusal, Version, answers, length, request,
};
use claviger_sdk::streams::{Connection, StreamError};
use claviger_sdk::{Error, metrics, secrets};
use zeroize::Zeroizing;

/// Bytes of questions that go into one message: a server has to read all of it before
/// it answers.
const MESSAGE: usize = 256 << 10;

/// How the server is asked.
pub(crate) struct Session {
    upstream: String,
    login: Option<Login>,
}

/// Why there are no answers at all.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    Stream(StreamError),
    /// The server does not take the message, whatever is asked.
    Message(Refusal),
    /// The server does not do what is asked.
    Refused(Refusal),
    Malformed(Fault),
    /// There is no password.
    Login(String),
}

/// To each question the answer, or why there is none.
pub(crate) type Answers<A> = Vec<Result<<A as Ask>::Answer, Failure>>;

impl Session {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            upstream: settings.upstream.clone(),
            login: settings.login.clone(),
        }
    }

    /// Asks one question.
    pub(crate) fn one<A: Ask>(&self, version: Version, ask: A) -> Result<A::Answer, Trouble> {
        let mut answers = self.message(version, &[ask])?;
        let answer = answers.pop().ok_or(Trouble::Malformed(Fault::Count))?;
        answer.map_err(|failure| match failure {
            Failure::Refused(refusal) => Trouble::Refused(refusal),
            Failure::Malformed(fault) => Trouble::Malformed(fault),
        })
    }

    /// Asks all of them, in as few messages as the server allows.
    pub(crate) fn all<A: Ask>(&self, profile: Profile, asks: &[A]) -> Result<Answers<A>, Trouble> {
        let mut all = Vec::with_capacity(asks.len());
        let mut rest = asks;
        while !rest.is_empty() {
            let count = if profile.batches { fitting(rest) } else { 1 };
            let (now, later) = rest.split_at(count);
            all.extend(self.message(profile.version, now)?);
            rest = later;
        }
        Ok(all)
    }

    /// Asks in one message.
    pub(crate) fn message<A: Ask>(
        &self,
        version: Version,
        asks: &[A],
    ) -> Result<Answers<A>, Trouble> {
        let message = self.request(version, asks)?;
        metrics::count("round_trips", 1);
        let connection = Connection::open(&self.upstream, false)?;
        let is_used = connection.is_used();
        match exchange(connection, &message, asks) {
            // The server has ended it meanwhile. Nothing that is asked for here does harm
            // when it is done twice.
            Err(Trouble::Stream(StreamError::Closed)) if is_used => {
                metrics::count("reconnections", 1);
                exchange(Connection::open(&self.upstream, true)?, &message, asks)
            }
            answers => answers,
        }
    }

    fn request<A: Ask>(&self, version: Version, asks: &[A]) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let Some(login) = &self.login else {
            let header = Header {
                version,
                login: None,
            };
            return Ok(request(&header, asks));
        };
        let password = secrets::reveal(&login.secret);
        let password = password.map_err(|error| Trouble::Login(error.to_string()))?;
        let password = Zeroizing::new(password);
        let text = std::str::from_utf8(&password);
        let text = text.map_err(|_| Trouble::Login("the password is not UTF-8".to_owned()))?;
        let login = claviger_kmip::Login {
            user: &login.user,
            password: text.trim_end_matches(['\r', '\n']),
        };
        let header = Header {
            version,
            login: Some(login),
        };
        Ok(request(&header, asks))
    }
}

/// A connection whose answer was not read whole is dropped: what comes next would be
/// taken for the answer to another question.
fn exchange<A: Ask>(
    connection: Connection,
    message: &[u8],
    asks: &[A],
) -> Result<Answers<A>, Trouble> {
    connection.write(message)?;
    let head = connection.read(8)?;
    let head = <[u8; 8]>::try_from(&*head).map_err(|_| Trouble::Malformed(Fault::NotKmip))?;
    let body = Zeroizing::new(connection.read(length(head).map_err(Trouble::Malformed)?)?);
    let answers = answers(&body, asks);
    if !matches!(answers, Err(Failure::Malformed(_))) {
        connection.keep();
    }
    answers.map_err(|failure| match failure {
        Failure::Refused(refusal) => Trouble::Message(refusal),
        Failure::Malformed(fault) => Trouble::Malformed(fault),
    })
}

/// How many of these questions, one at least, go into one message.
fn fitting<A: Ask>(asks: &[A]) -> usize {
    let mut bytes = 0;
    let fits = |ask: &&A| {
        bytes += ask.room();
        bytes <= MESSAGE
    };
    let fitting = asks.iter().take(MOST_ASKS).take_while(fits).count();
    fitting.max(1)
}

impl From<StreamError> for Trouble {
    fn from(error: StreamError) -> Self {
        Self::Stream(error)
    }
}

/// Whose fault it is. That a key does not exist is for whoever asked for it to say.
impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Stream(error) => error.into(),
            // Another server than the one that was tried out, perhaps: it speaks another
            // version, or takes one question at a time.
            Trouble::Message(refusal)
                if refusal.reason.is_of_version()
                    || refusal.reason == Reason::FEATURE_NOT_SUPPORTED =>
            {
                Self::upkeep_first(format!("the server does not take the message: {refusal}"))
                    .with_code(refusal.reason.0)
            }
            Trouble::Message(refusal) | Trouble::Refused(refusal) => refused(&refusal),
            Trouble::Malformed(fault) => Self::internal(fault),
            Trouble::Login(why) => Self::internal(format!("not logged in: {why}")),
        }
    }
}
