//! From options to the values that are judged and the proxy that is called.

use claviger_config::Fault;
use claviger_xks::credential::Credential;
use claviger_xks_client::resolve::Resolve;
use claviger_xks_client::target::{Region, Target as KeyStore};
use zeroize::Zeroizing;

use super::{Options, credential, own, roots};
use crate::aws::AwsFiles;
use crate::catalogue::C02;
use crate::finding::Finding;
use crate::given::Given;
use crate::target::Target;

/// The Region in signatures when none was given; proxies take any.
const ANY_REGION: &str = "us-east-1";

/// Everything that was asked for.
pub(super) struct Input {
    /// The values, of whatever form.
    pub(super) given: Given,
    /// What the console would make of its file.
    pub(super) console_file: Option<Finding>,
    /// The proxy, or why none is called.
    pub(super) target: Result<Target, String>,
    pub(super) aws: Option<AwsFiles>,
}

/// Reads what the options name, or finds everything that is wrong with them.
pub(super) fn read(options: &Options) -> Result<Input, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut given = Given {
        endpoint: options.endpoint.clone(),
        uri_path: options.uri_path.clone(),
        service_name: options.vpc_endpoint_service.clone(),
        service_owner: options.vpc_endpoint_service_owner.clone(),
        keys: options.keys.clone(),
        region: options.region.clone(),
        ..Given::default()
    };
    let mut overrides = options.resolve.clone();
    let console_file = read_values(options, &mut given, &mut overrides, &mut faults);

    let aws = options.aws.as_deref().map(AwsFiles::read);
    let aws = aws.and_then(|read| read.map_err(|more| faults.extend(more)).ok());
    let lists = roots::read(options.ca_file.as_deref(), options.trusted_roots.as_deref());
    let lists = lists.map_err(|more| faults.extend(more));
    let region = given
        .region
        .as_deref()
        .unwrap_or(ANY_REGION)
        .parse::<Region>();
    let region = region.map_err(|fault| {
        let fix = "name one such as eu-central-1";
        faults.push(Fault::new("--region", fault.to_string(), fix));
    });
    for one in &overrides {
        let host = given
            .endpoint
            .as_deref()
            .and_then(|text| text.strip_prefix("https://"));
        if host.is_some_and(|host| !host.eq_ignore_ascii_case(&one.host)) {
            faults.push(Fault::new(
                "--resolve",
                format!("{} is not the host of the endpoint", one.host),
                "name the endpoint's host",
            ));
        }
    }
    faults.extend(missing(options, &given, console_file.is_some()));
    if let (true, Ok(region), Ok(lists)) = (faults.is_empty(), region, lists) {
        let target = target(options, &given, region, Resolve::new(overrides), lists);
        return Ok(Input {
            given,
            console_file,
            target,
            aws,
        });
    }
    Err(faults)
}

/// Fills in path and credential from the files that have them.
fn read_values(
    options: &Options,
    given: &mut Given,
    overrides: &mut Vec<claviger_xks_client::resolve::Override>,
    faults: &mut Vec<Fault>,
) -> Option<Finding> {
    if let Some(path) = &options.credential_file {
        match credential::read(path) {
            Ok(raw) => {
                given.access_key_id = Some(raw.access_key_id);
                given.secret_access_key = Some(raw.raw_secret_access_key);
            }
            Err(fault) => faults.push(fault),
        }
    }
    if let (Some(path), Some(name)) = (&options.config, &options.key_store) {
        match own::read(path, name, options.access_key_id.as_deref()) {
            Ok(read) => {
                given.uri_path = Some(read.uri_path);
                let Credential {
                    access_key_id,
                    secret_access_key,
                } = read.credential;
                given.access_key_id = Some(access_key_id.as_str().to_owned());
                let secret = secret_access_key.reveal().to_owned();
                given.secret_access_key = Some(Zeroizing::new(secret));
                match (&given.endpoint, read.server) {
                    (Some(_), _) => {}
                    (None, Ok(server)) => {
                        given.endpoint = Some(format!("https://{}", server.host));
                        // What was said on the command line comes first.
                        overrides.push(server);
                    }
                    (None, Err(fault)) => faults.push(fault),
                }
            }
            Err(more) => faults.extend(more),
        }
    }
    let path = options.console_file.as_ref()?;
    match credential::read_console_file(path) {
        Ok(Ok(file)) => {
            given.uri_path = Some(file.xks_proxy_uri_path);
            let raw = file.xks_proxy_authentication_credential;
            given.access_key_id = Some(raw.access_key_id);
            given.secret_access_key = Some(raw.raw_secret_access_key);
            Some(Finding::ok(
                &C02,
                &path.display().to_string(),
                "path and credential are there",
            ))
        }
        Ok(Err(problem)) => Some(Finding::failure(
            &C02,
            &path.display().to_string(),
            &problem,
        )),
        Err(fault) => {
            faults.push(fault);
            None
        }
    }
}

/// What has to be said too, when something of a proxy is.
fn missing(options: &Options, given: &Given, console_file: bool) -> Vec<Fault> {
    let fault = |option, problem, fix| Fault::new(option, problem, fix);
    let has_credential = options.credential_file.is_some() || options.config.is_some();
    let nothing = !given.has_proxy()
        && !has_credential
        && !console_file
        && options.aws.is_none()
        && given.service_name.is_none();
    if nothing {
        return vec![fault(
            "ENDPOINT",
            "nothing to examine",
            "name an endpoint, --config with --key-store, or --aws; see claviger doctor --help",
        )];
    }
    // Values alone can be compared with what AWS KMS has.
    if options.aws.is_some() || (given.endpoint.is_none() && options.config.is_some()) {
        return Vec::new();
    }
    let files = console_file || options.console_file.is_some() || options.config.is_some();
    let proxy = given.endpoint.is_some() || has_credential || files || given.uri_path.is_some();
    let mut faults = Vec::new();
    if proxy && given.endpoint.is_none() {
        faults.push(fault(
            "ENDPOINT",
            "missing",
            "name it: https://xks.example.com",
        ));
    }
    if proxy && !files && given.uri_path.is_none() {
        let fix = "add --uri-path /PREFIX/kms/xks/v1, --console-file or --config";
        faults.push(fault("--uri-path", "missing", fix));
    }
    if proxy && !files && options.credential_file.is_none() {
        let fix = "add --credential-file, --console-file or --config";
        faults.push(fault("--credential-file", "missing", fix));
    }
    faults
}

/// The proxy, if all that AWS KMS would need is there and has the right form.
fn target(
    options: &Options,
    given: &Given,
    region: Region,
    resolve: Resolve,
    lists: roots::Lists,
) -> Result<Target, String> {
    let (Some(endpoint), Some(path), Some(id), Some(secret)) = (
        &given.endpoint,
        &given.uri_path,
        &given.access_key_id,
        &given.secret_access_key,
    ) else {
        return Err("no endpoint, path and credential to call a proxy with".to_owned());
    };
    let malformed = || "a value does not have the form that AWS KMS takes (C01)".to_owned();
    let keys = given.keys.iter().map(|key| key.parse());
    let kms_key_arn = options.kms_key_arn.clone();
    let principal_arn = options.principal.as_deref();
    Ok(Target {
        kms_key_arn: kms_key_arn.unwrap_or_else(|| Target::example_key_arn(&region)),
        principal_arn: principal_arn.unwrap_or(Target::PRINCIPAL_ARN).to_owned(),
        key_store: KeyStore {
            endpoint: endpoint.parse().map_err(|_| malformed())?,
            uri_path: path.parse().map_err(|_| malformed())?,
            credential: Credential {
                access_key_id: id.parse().map_err(|_| malformed())?,
                secret_access_key: secret.parse().map_err(|_| malformed())?,
            },
            region,
        },
        keys: keys.collect::<Result<_, _>>().map_err(|_| malformed())?,
        resolve,
        ca_roots: lists.ca_roots,
        trusted_roots: lists.trusted_roots,
        thorough: options.thorough,
    })
}
