//! The header fields that say who calls, so that a proxy's policies can be tried.

use hyper::HeaderMap;

use crate::caller::{CallerText, Identity};
use crate::exception::Exception;

/// What the proxy is told as `awsPrincipalArn`.
pub const PRINCIPAL: &str = "x-claviger-principal";
/// What the proxy is told as `awsSourceVpc`.
pub const SOURCE_VPC: &str = "x-claviger-source-vpc";
/// What the proxy is told as `awsSourceVpce`.
pub const SOURCE_VPCE: &str = "x-claviger-source-vpce";
/// What the proxy is told as `kmsViaService`.
pub const VIA_SERVICE: &str = "x-claviger-via-service";

/// What the header fields of a request say.
pub(super) fn identity(headers: &HeaderMap) -> Result<Identity, Exception> {
    Ok(Identity {
        principal: text(headers, PRINCIPAL)?,
        source_vpc: text(headers, SOURCE_VPC)?,
        source_vpce: text(headers, SOURCE_VPCE)?,
        via_service: text(headers, VIA_SERVICE)?,
    })
}

fn text(headers: &HeaderMap, name: &str) -> Result<Option<CallerText>, Exception> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().ok().and_then(|text| text.parse().ok());
    text.map(Some).ok_or_else(|| {
        Exception::validation(format!(
            "The header field {name} is not 1 to 2048 characters of printable ASCII."
        ))
    })
}
