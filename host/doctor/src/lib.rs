//! `claviger doctor`: asks an XKS proxy what AWS KMS will make of it.
