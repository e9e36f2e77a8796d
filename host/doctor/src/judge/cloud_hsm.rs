//! X01: clusters of CloudHSM.

use super::key_stores::listed;
use super::{Told, Untold, add, file, need};
use crate::aws::AwsFiles;
use crate::aws::cloud_hsm::Cluster;
use crate::aws::key_stores::KeyStore;
use crate::becomes::{AwsFault, Becomes};
use crate::catalogue::X01;
use crate::finding::Finding;
use crate::findings::Findings;

const FILE: &str = "cloudhsmv2-clusters";

pub(super) fn judge(files: &AwsFiles, findings: &mut Findings) {
    let key_stores = listed(files)
        .map(super::super::aws::key_stores::KeyStores::list)
        .unwrap_or_default();
    let users: Vec<_> = key_stores.iter().filter(|one| !one.is_external()).collect();
    let clusters = match clusters(files) {
        Ok(clusters) => clusters,
        // What an external key store does not need is not missed.
        Err(_) if users.is_empty() && listed(files).is_ok() => {
            findings.add(Finding::skipped(
                &X01,
                "no key store is of type AWS_CLOUDHSM",
            ));
            return;
        }
        Err(Untold(why)) => return findings.add(Finding::cannot_tell(&X01, "", &why)),
    };
    if clusters.is_empty() && users.is_empty() {
        findings.add(Finding::skipped(&X01, "there is no CloudHSM cluster"));
    }
    for cluster in clusters {
        let label = cluster
            .cluster_id
            .as_deref()
            .unwrap_or("a cluster without an id");
        add(
            findings,
            &X01,
            label,
            judge_cluster(files, cluster, clusters, &users),
        );
    }
    for user in users {
        let Some(cluster) = user.cloud_hsm_cluster_id.as_deref() else {
            let why = Untold::member("CloudHsmClusterId").0;
            findings.add(Finding::cannot_tell(&X01, user.label(), &why));
            continue;
        };
        if !clusters
            .iter()
            .any(|one| one.cluster_id.as_deref() == Some(cluster))
        {
            let seen = format!("its cluster {cluster} is not there");
            findings.add(
                Finding::warning(&X01, user.label(), &seen)
                    .becomes([])
                    .fix(&format!(
                        "make a cluster from a backup of it, then: aws kms \
                         update-custom-key-store --custom-key-store-id {} \
                         --cloud-hsm-cluster-id CLUSTER",
                        user.custom_key_store_id.as_deref().unwrap_or("ID")
                    )),
            );
        }
    }
}

fn clusters(files: &AwsFiles) -> Told<&[Cluster]> {
    let clusters = file(files.clusters.as_ref(), FILE)?;
    need(clusters.clusters.as_deref(), "Clusters")
}

fn judge_cluster(
    files: &AwsFiles,
    cluster: &Cluster,
    all: &[Cluster],
    users: &[&KeyStore],
) -> Told<Finding> {
    listed(files)?;
    let id = need(cluster.cluster_id.as_deref(), "ClusterId")?;
    let state = need(cluster.state.as_deref(), "State")?;
    let used_by = |id: &str| {
        users
            .iter()
            .find(|user| user.cloud_hsm_cluster_id.as_deref() == Some(id))
    };
    let active = active_hsms(cluster)?;
    if let Some(user) = used_by(id) {
        let seen = format!("backs {}; {state}, {active} active HSM(s)", user.label());
        return Ok(if state != "ACTIVE" || active == 0 {
            Finding::warning(&X01, id, &seen)
                .becomes([Becomes::Aws(AwsFault::CLUSTER_NOT_ACTIVE)])
                .fix(&format!(
                    "aws cloudhsmv2 create-hsm --cluster-id {id} --availability-zone ZONE"
                ))
        } else {
            Finding::ok(&X01, id, &seen)
        });
    }
    let related = all
        .iter()
        .filter(|other| is_related(cluster, other))
        .filter_map(|other| other.cluster_id.as_deref())
        .find_map(used_by);
    Ok(match related {
        Some(user) => {
            let seen = format!(
                "shares its backup history with the cluster of {}: CreateCustomKeyStore would \
                 answer CloudHsmClusterInUseException",
                user.label()
            );
            Finding::warning(&X01, id, &seen).becomes([Becomes::Aws(AwsFault::CLUSTER_IN_USE)])
        }
        // Only a cluster that was never initialized has no certificate.
        None if !users.is_empty() && state != "UNINITIALIZED" && !has_certificate(cluster) => {
            return Err(Untold::member("Certificates.ClusterCertificate"));
        }
        None => Finding::ok(
            &X01,
            id,
            &format!("backs no key store; {state}, {active} active HSM(s)"),
        ),
    })
}

fn active_hsms(cluster: &Cluster) -> Told<usize> {
    let hsms = need(cluster.hsms.as_deref(), "Hsms")?;
    let active = hsms
        .iter()
        .filter(|hsm| hsm.state.as_deref() == Some("ACTIVE"));
    Ok(active.count())
}

fn has_certificate(cluster: &Cluster) -> bool {
    let certificates = cluster.certificates.as_ref();
    certificates.is_some_and(|all| all.cluster_certificate.is_some())
}

fn is_related(one: &Cluster, other: &Cluster) -> bool {
    let certificate =
        |cluster: &Cluster| cluster.certificates.as_ref()?.cluster_certificate.clone();
    let backup = |cluster: &Cluster| cluster.source_backup_id.clone();
    let shared = |of: fn(&Cluster) -> Option<String>| of(one).is_some() && of(one) == of(other);
    shared(certificate) || shared(backup)
}
