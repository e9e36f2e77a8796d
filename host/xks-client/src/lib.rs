//! A client of the XKS proxy API that calls as AWS KMS does.
