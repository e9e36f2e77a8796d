//! `claviger local-kms`: the AWS KMS API on one machine, for keys of external key stores.
