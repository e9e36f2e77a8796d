//! Causes in a CloudHSM cluster: they never concern an external key store.

use super::Cause;
use crate::catalogue::X01;

pub(crate) static CLUSTER_TAKEN: Cause = Cause {
    what: "The cluster, or one that shares its backup history, backs a key store already",
    tell: "CloudHsmClusterId of describe-custom-key-stores; SourceBackupId and \
           Certificates.ClusterCertificate of cloudhsmv2 describe-clusters",
    fix: "use a cluster that was not made from the same backups, or use the key store that has \
          it; deleting keys does not free a cluster",
    checks: &[&X01],
};

pub(crate) static CLUSTER_ABSENT: Cause = Cause {
    what: "There is no cluster of this id in the account and Region",
    tell: "aws cloudhsmv2 describe-clusters",
    fix: "correct the id or the Region; a deleted cluster is made again from a backup",
    checks: &[&X01],
};

pub(crate) static CLUSTER_INACTIVE: Cause = Cause {
    what: "The cluster is not ACTIVE",
    tell: "State of cloudhsmv2 describe-clusters",
    fix: "initialise and activate it, and give it an HSM",
    checks: &[&X01],
};

pub(crate) static CLUSTER_UNRELATED: Cause = Cause {
    what: "The new cluster does not have the cluster certificate of the old one",
    tell: "Certificates.ClusterCertificate of both",
    fix: "make the new cluster from a backup of the old one",
    checks: &[&X01],
};

pub(crate) static CLUSTER_MISCONFIGURED: Cause = Cause {
    what: "The cluster's HSMs, subnets or security group are not as AWS KMS needs them",
    tell: "two active HSMs in different zones (one for connecting), private subnets in two zones, \
           and a security group that allows itself on TCP 2223 to 2225 both ways",
    fix: "restore the rules of the cluster's own security group; create-hsm in another zone",
    checks: &[&X01],
};

pub(crate) static NO_ACTIVE_HSM: Cause = Cause {
    what: "The cluster has no active HSM",
    tell: "Hsms of cloudhsmv2 describe-clusters",
    fix: "aws cloudhsmv2 create-hsm --cluster-id ID --availability-zone ZONE",
    checks: &[&X01],
};

pub(crate) static TRUST_ANCHOR_OF_ANOTHER: Cause = Cause {
    what: "TrustAnchorCertificate is not the certificate with which the cluster was initialised",
    tell: "it is the file customerCA.crt of the initialisation",
    fix: "supply that file",
    checks: &[],
};

pub(crate) static KMSUSER_PASSWORD: Cause = Cause {
    what: "The password of kmsuser in the cluster is not the one that AWS KMS has",
    tell: "the key store is of type AWS_CLOUDHSM",
    fix: "disconnect, set the password of kmsuser, update-custom-key-store --key-store-password, \
          connect",
    checks: &[],
};

pub(crate) static KMSUSER_LOCKED: Cause = Cause {
    what: "kmsuser is locked after wrong passwords",
    tell: "the cluster's own tool shows it",
    fix: "disconnect, set the password, update-custom-key-store --key-store-password, connect",
    checks: &[],
};

pub(crate) static KMSUSER_ABSENT: Cause = Cause {
    what: "The cluster has no user kmsuser",
    tell: "the cluster's own tool lists its users",
    fix: "disconnect, make kmsuser, update-custom-key-store --key-store-password, connect",
    checks: &[],
};

pub(crate) static KMSUSER_LOGGED_IN: Cause = Cause {
    what: "kmsuser is logged in to the cluster by somebody else than AWS KMS",
    tell: "somebody has used the account by hand",
    fix: "disconnect, log kmsuser out, set a new password, update, connect",
    checks: &[],
};

pub(crate) static SUBNET_ABSENT: Cause = Cause {
    what: "A subnet of the cluster was deleted",
    tell: "SubnetMapping of cloudhsmv2 describe-clusters against ec2 describe-subnets",
    fix: "make a new cluster from a backup, in subnets that exist",
    checks: &[],
};

pub(crate) static NO_FREE_ADDRESS: Cause = Cause {
    what: "A private subnet of the cluster has no free address",
    tell: "AvailableIpAddressCount of ec2 describe-subnets; one is needed in each, two are better",
    fix: "free addresses in the subnet",
    checks: &[],
};
