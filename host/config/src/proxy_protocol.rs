use claviger_settings::Table;
use ipnet::IpNet;
use std::net::IpAddr;

/// `[server.proxy_protocol]`: load balancers that put a PROXY protocol header,
/// version 2, before each connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyProtocol {
    /// Their addresses; at least one range. A connection from there has to begin with
    /// a header, and one from elsewhere must not.
    pub from: Vec<IpNet>,
}

impl ProxyProtocol {
    pub(crate) fn read(table: Table<'_>) -> Option<Self> {
        table.require(
            "from",
            "list the load balancers' addresses: [\"10.0.0.0/24\"]",
        );
        let texts = table.texts("from");
        if texts.as_ref().is_some_and(Vec::is_empty) {
            table.fault(
                "from",
                "an empty list: no connection would have a header",
                "list the load balancers' addresses, or remove [server.proxy_protocol]",
            );
        }
        let mut from = Vec::new();
        for (index, text) in texts.iter().flatten().enumerate() {
            match range(text) {
                Ok(range) => from.push(range),
                Err((problem, fix)) => table.fault_at("from", index, problem, fix),
            }
        }
        table.finish();
        texts.map(|_| Self { from })
    }

    /// Whether connections from this address have to begin with a header.
    pub fn is_from(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.from.iter().any(|range| range.contains(&address))
    }
}

/// An address, or a range of them; otherwise problem and fix.
fn range(text: &str) -> Result<IpNet, (&'static str, String)> {
    let range = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse().map_err(|_| {
            let fix = "write it as \"10.0.0.0/24\", \"2001:db8::/64\" or \"10.0.0.7\"";
            ("not a range of addresses", fix.to_owned())
        })?,
    };
    if range == range.trunc() {
        Ok(range)
    } else {
        let fix = format!("write \"{}\", if all of that is meant", range.trunc());
        Err(("an address within a range", fix))
    }
}
