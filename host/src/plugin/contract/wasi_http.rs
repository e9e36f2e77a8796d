//! `wasi:http` for clients: what ordinary HTTP clients import. The requests that they
//! make are those of the capability `http`: [`crate::capability`].

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::WasiHttp;
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler;
use wasmtime_wasi_http::p2::bindings::http::types::{self, HostOutgoingRequest as _, Method};
use wasmtime_wasi_http::p2::types::HostOutgoingRequest;

use crate::plugin::store::InstanceState;

/// The instance that the library links.
const TYPES: &str = "wasi:http/types@0.2.12";
/// The longest path with its query, in bytes: that of the capability `http`.
const PATH: usize = 4096;
/// The longest authority, in bytes: more than the longest name of an upstream.
const AUTHORITY: usize = 128;

/// What a setter of a request answers.
type Set = wasmtime::Result<(Result<(), ()>,)>;
type Store<'s> = StoreContextMut<'s, InstanceState>;
type Request = Resource<HostOutgoingRequest>;

/// Links the library's types, with bounds on the texts that it would keep whatever
/// their length.
pub(super) fn link(linker: &mut Linker<InstanceState>) -> wasmtime::Result<()> {
    let options = types::LinkOptions::default();
    outgoing_handler::add_to_linker::<_, WasiHttp>(linker, InstanceState::wasi_http)?;
    types::add_to_linker::<_, WasiHttp>(linker, &options, InstanceState::wasi_http)?;
    linker.allow_shadowing(true);
    let mut types = linker.instance(TYPES)?;
    types.func_wrap("[method]outgoing-request.set-method", set_method)?;
    types.func_wrap("[method]outgoing-request.set-authority", set_authority)?;
    types.func_wrap("[method]outgoing-request.set-path-with-query", set_path)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn set_method(mut store: Store<'_>, (request, method): (Request, Method)) -> Set {
    if matches!(method, Method::Other(_)) {
        return Ok((Err(()),));
    }
    let mut http = store.data_mut().wasi_http();
    Ok((http.set_method(request, method)?,))
}

fn set_authority(mut store: Store<'_>, (request, text): (Request, Option<String>)) -> Set {
    if is_longer(text.as_ref(), AUTHORITY) {
        return Ok((Err(()),));
    }
    let mut http = store.data_mut().wasi_http();
    Ok((http.set_authority(request, text)?,))
}

fn set_path(mut store: Store<'_>, (request, text): (Request, Option<String>)) -> Set {
    if is_longer(text.as_ref(), PATH) {
        return Ok((Err(()),));
    }
    let mut http = store.data_mut().wasi_http();
    Ok((http.set_path_with_query(request, text)?,))
}

fn is_longer(text: Option<&String>, most: usize) -> bool {
    text.is_some_and(|text| text.len() > most)
}
