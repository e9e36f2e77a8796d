use claviger_settings::Table;

use super::parsed;
use crate::caller::Identity;

/// What proxies are told of whoever signs with an access key id.
pub(super) fn read(table: &Table<'_>) -> Option<(String, Identity)> {
    let fix = "write 1 to 2048 characters of printable ASCII";
    let id = table.required_text(
        "access_key_id",
        "write the access key id that the caller signs with",
    );
    let identity = Identity {
        principal: parsed(table, "principal", fix),
        source_vpc: parsed(table, "source_vpc", fix),
        source_vpce: parsed(table, "source_vpce", fix),
        via_service: parsed(table, "via_service", fix),
    };
    Some((id?.to_owned(), identity))
}
