//! What `wit-bindgen` makes of the contract. Nothing of it is public API: plugin
//! authors see this crate's own types, which the generated code is told to use.
//!
//! The three worlds of the contract share `lifecycle` and the capabilities, but
//! code can be generated only once for each interface. So `shared` has what they
//! have in common, and one world for each role has the rest of its exports. A
//! plugin exports `shared` and one role; packaging it joins the two into the
//! world of the contract, and leaves out the imports that it does not call.

pub mod shared {
    wit_bindgen::generate!({
        inline: "
            package claviger:sdk-shared;

            world shared {
                import claviger:plugin/types@0.1.0;
                import claviger:plugin/log@0.1.0;
                import claviger:plugin/random@0.1.0;
                import claviger:plugin/key-storage@0.1.0;
                import claviger:plugin/aead@0.1.0;
                import claviger:plugin/pkcs11@0.1.0;
                import claviger:plugin/secrets@0.1.0;
                import claviger:plugin/http@0.1.0;
                import claviger:plugin/streams@0.1.0;
                import claviger:plugin/metrics@0.1.0;

                export claviger:plugin/lifecycle@0.1.0;
            }
        ",
        path: "wit/v0.1",
        with: {
            "claviger:plugin/types@0.1.0": crate::types,
            "claviger:plugin/log@0.1.0/level": crate::log::Level,
            "claviger:plugin/key-storage@0.1.0/stored": crate::key_storage::Stored,
            "claviger:plugin/key-storage@0.1.0/storage-error": crate::key_storage::StorageError,
            "claviger:plugin/aead@0.1.0/aead-error": crate::aead::AeadError,
            "claviger:plugin/pkcs11@0.1.0/pkcs11-error": crate::pkcs11::Pkcs11Error,
            "claviger:plugin/pkcs11@0.1.0/token-state": crate::pkcs11::TokenState,
            "claviger:plugin/pkcs11@0.1.0/token-info": crate::pkcs11::TokenInfo,
            "claviger:plugin/pkcs11@0.1.0/key-selector": crate::pkcs11::KeySelector,
            "claviger:plugin/pkcs11@0.1.0/key-attributes": crate::pkcs11::KeyAttributes,
            "claviger:plugin/pkcs11@0.1.0/key-template": crate::pkcs11::KeyTemplate,
            "claviger:plugin/secrets@0.1.0/secret-error": crate::secrets::SecretError,
            "claviger:plugin/http@0.1.0/method": crate::http::Method,
            "claviger:plugin/http@0.1.0/secret-header": crate::http::SecretHeader,
            "claviger:plugin/http@0.1.0/header-value": crate::http::HeaderValue,
            "claviger:plugin/http@0.1.0/request": crate::http::Request,
            "claviger:plugin/http@0.1.0/response": crate::http::Response,
            "claviger:plugin/http@0.1.0/http-error": crate::http::HttpError,
            "claviger:plugin/streams@0.1.0/stream-error": crate::streams::StreamError,
            "claviger:plugin/lifecycle@0.1.0/fault": crate::settings::Fault,
        },
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_lifecycle",
    });
}

pub mod backend {
    wit_bindgen::generate!({
        inline: "
            package claviger:sdk-backend;

            world backend-role {
                export claviger:plugin/key-lookup@0.1.0;
                export claviger:plugin/crypto@0.1.0;
                export claviger:plugin/upkeep@0.1.0;
                export claviger:plugin/health@0.1.0;
                export claviger:plugin/key-management@0.1.0;
            }
        ",
        path: "wit/v0.1",
        with: {
            "claviger:plugin/types@0.1.0": crate::types,
            "claviger:plugin/key-lookup@0.1.0/external-key": crate::backend::ExternalKey,
            "claviger:plugin/key-lookup@0.1.0/host-cipher": crate::backend::HostCipher,
            "claviger:plugin/key-lookup@0.1.0/stored-key": crate::backend::StoredKey,
            "claviger:plugin/key-lookup@0.1.0/token-key": crate::backend::TokenKey,
            "claviger:plugin/crypto@0.1.0/encryption": crate::backend::Encryption,
            "claviger:plugin/crypto@0.1.0/decryption": crate::backend::Decryption,
            "claviger:plugin/health@0.1.0/health-status": crate::health::HealthStatus,
            "claviger:plugin/health@0.1.0/key-manager": crate::health::KeyManager,
            "claviger:plugin/health@0.1.0/health-report": crate::health::HealthReport,
            "claviger:plugin/key-management@0.1.0/key-summary": crate::key_management::KeySummary,
            "claviger:plugin/key-management@0.1.0/damaged-key": crate::key_management::DamagedKey,
            "claviger:plugin/key-management@0.1.0/key-list": crate::key_management::KeyList,
            "claviger:plugin/key-management@0.1.0/management-error": crate::key_management::ManagementError,
        },
        pub_export_macro: true,
        export_macro_name: "export_backend",
    });
}

pub mod directory {
    wit_bindgen::generate!({
        inline: "
            package claviger:sdk-directory;

            world directory-role {
                export claviger:plugin/directory@0.1.0;
            }
        ",
        path: "wit/v0.1",
        with: {
            "claviger:plugin/types@0.1.0": crate::types,
            "claviger:plugin/directory@0.1.0/directory-entry": crate::directory::DirectoryEntry,
        },
        pub_export_macro: true,
        export_macro_name: "export_directory",
    });
}

pub mod policy {
    wit_bindgen::generate!({
        inline: "
            package claviger:sdk-policy;

            world policy-role {
                export claviger:plugin/authorization@0.1.0;
            }
        ",
        path: "wit/v0.1",
        with: {
            "claviger:plugin/types@0.1.0": crate::types,
            "claviger:plugin/authorization@0.1.0/grounds": crate::policy::Grounds,
            "claviger:plugin/authorization@0.1.0/decision": crate::policy::Decision,
        },
        pub_export_macro: true,
        export_macro_name: "export_policy",
    });
}
