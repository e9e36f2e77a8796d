//! Interface `streams`.

use wasmtime::component::Resource;

use super::imported::streams::{Host, HostConnection, StreamError};
use crate::capability::{ConnectionHandle, State, StreamFault};
use crate::upstream::UpstreamFault;

type Answer<T> = wasmtime::Result<Result<T, StreamError>>;

impl Host for State {}

impl HostConnection for State {
    async fn open(&mut self, upstream: String, fresh: bool) -> Answer<Resource<ConnectionHandle>> {
        Ok(self.open_stream(upstream, fresh).await?.map_err(Into::into))
    }

    fn is_used(&mut self, connection: Resource<ConnectionHandle>) -> wasmtime::Result<bool> {
        self.is_used_stream(&connection)
    }

    async fn write(
        &mut self,
        connection: Resource<ConnectionHandle>,
        bytes: Vec<u8>,
    ) -> Answer<()> {
        let written = self.write_stream(&connection, &bytes).await?;
        Ok(written.map_err(Into::into))
    }

    async fn read(
        &mut self,
        connection: Resource<ConnectionHandle>,
        count: u32,
    ) -> Answer<Vec<u8>> {
        let read = self.read_stream(&connection, count).await?;
        Ok(read.map_err(Into::into))
    }

    fn keep(&mut self, connection: Resource<ConnectionHandle>) -> wasmtime::Result<()> {
        self.keep_stream(connection)
    }

    fn drop(&mut self, connection: Resource<ConnectionHandle>) -> wasmtime::Result<()> {
        self.drop_stream(connection)
    }
}

impl From<StreamFault> for StreamError {
    fn from(fault: StreamFault) -> Self {
        let fault = match fault {
            StreamFault::NoSuchUpstream => return Self::NoSuchUpstream,
            StreamFault::TooMuch => return Self::Denied("more than 1 MiB at once".to_owned()),
            StreamFault::Upstream(fault) => fault,
        };
        match fault {
            UpstreamFault::Denied(what) | UpstreamFault::Refused(what) => {
                Self::Denied(what.to_owned())
            }
            UpstreamFault::Throttled => Self::Throttled,
            UpstreamFault::Deadline => Self::Deadline,
            UpstreamFault::Unreachable(what) => Self::Unreachable(what.to_owned()),
            UpstreamFault::Broken(_) => Self::Closed,
        }
    }
}
