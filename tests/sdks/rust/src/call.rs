//! From an operation and its parameters as JSON to a call of the SDK, and back.

use std::collections::HashMap;
use std::fmt::Debug;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    CustomKeyStoreType, CustomKeyStoresListEntry, DataKeySpec, KeyMetadata, OriginType,
    SigningAlgorithmSpec, Tag, XksProxyAuthenticationCredentialType, XksProxyConnectivityType,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A call that failed, as the SDK tells it.
#[derive(Debug)]
pub struct Refused {
    pub name: String,
    pub message: String,
    /// Whether the SDK has a variant for it.
    pub is_modelled: bool,
}

/// Calls an operation. Blobs are Base64, on both sides.
pub async fn call(client: &Client, operation: &str, with: &Value) -> Result<Value, Refused> {
    let text = |name: &str| with[name].as_str().map(str::to_owned);
    let blob =
        |name: &str| text(name).map(|text| Blob::new(STANDARD.decode(text).expect("Base64")));
    let number = |name: &str| {
        with[name]
            .as_i64()
            .map(|number| number.try_into().expect("small"))
    };
    let context = |name: &str| -> Option<HashMap<String, String>> {
        let pairs = with[name].as_object()?.iter();
        Some(
            pairs
                .map(|(name, value)| (name.clone(), string(value)))
                .collect(),
        )
    };
    let tags = || -> Option<Vec<Tag>> {
        let tags = with["Tags"].as_array()?.iter().map(|tag| {
            Tag::builder()
                .tag_key(string(&tag["TagKey"]))
                .tag_value(string(&tag["TagValue"]))
                .build()
                .expect("both")
        });
        Some(tags.collect())
    };
    let credential = || -> Option<XksProxyAuthenticationCredentialType> {
        let credential = with.get("XksProxyAuthenticationCredential")?;
        XksProxyAuthenticationCredentialType::builder()
            .access_key_id(string(&credential["AccessKeyId"]))
            .raw_secret_access_key(string(&credential["RawSecretAccessKey"]))
            .build()
            .ok()
    };
    let dry_run = with["DryRun"].as_bool();
    Ok(match operation {
        "CreateCustomKeyStore" => {
            let made = client
                .create_custom_key_store()
                .set_custom_key_store_name(text("CustomKeyStoreName"))
                .set_custom_key_store_type(
                    text("CustomKeyStoreType").map(|name| CustomKeyStoreType::from(name.as_str())),
                )
                .set_xks_proxy_connectivity(
                    text("XksProxyConnectivity")
                        .map(|name| XksProxyConnectivityType::from(name.as_str())),
                )
                .set_xks_proxy_uri_endpoint(text("XksProxyUriEndpoint"))
                .set_xks_proxy_uri_path(text("XksProxyUriPath"))
                .set_xks_proxy_vpc_endpoint_service_name(text("XksProxyVpcEndpointServiceName"))
                .set_xks_proxy_authentication_credential(credential())
                .send()
                .await
                .map_err(refused)?;
            json!({ "CustomKeyStoreId": made.custom_key_store_id })
        }
        "UpdateCustomKeyStore" => {
            client
                .update_custom_key_store()
                .set_custom_key_store_id(text("CustomKeyStoreId"))
                .set_new_custom_key_store_name(text("NewCustomKeyStoreName"))
                .set_xks_proxy_uri_endpoint(text("XksProxyUriEndpoint"))
                .set_xks_proxy_authentication_credential(credential())
                .send()
                .await
                .map_err(refused)?;
            Value::Null
        }
        "ConnectCustomKeyStore" => {
            let call = client.connect_custom_key_store();
            let call = call.set_custom_key_store_id(text("CustomKeyStoreId"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        "DisconnectCustomKeyStore" => {
            let call = client.disconnect_custom_key_store();
            let call = call.set_custom_key_store_id(text("CustomKeyStoreId"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        "DeleteCustomKeyStore" => {
            let call = client.delete_custom_key_store();
            let call = call.set_custom_key_store_id(text("CustomKeyStoreId"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        "DescribeCustomKeyStores" => {
            let described = client
                .describe_custom_key_stores()
                .set_custom_key_store_id(text("CustomKeyStoreId"))
                .set_custom_key_store_name(text("CustomKeyStoreName"))
                .send()
                .await
                .map_err(refused)?;
            let entries: Vec<Value> = described
                .custom_key_stores()
                .iter()
                .map(key_store)
                .collect();
            json!({ "CustomKeyStores": entries })
        }
        "CreateKey" => {
            let made = client
                .create_key()
                .set_origin(text("Origin").map(|name| OriginType::from(name.as_str())))
                .set_custom_key_store_id(text("CustomKeyStoreId"))
                .set_xks_key_id(text("XksKeyId"))
                .set_description(text("Description"))
                .set_tags(tags())
                .send()
                .await
                .map_err(refused)?;
            json!({ "KeyMetadata": key(made.key_metadata().expect("metadata")) })
        }
        "DescribeKey" => {
            let call = client.describe_key().set_key_id(text("KeyId"));
            let described = call.send().await.map_err(refused)?;
            json!({ "KeyMetadata": key(described.key_metadata().expect("metadata")) })
        }
        "ListKeys" => {
            let call = client.list_keys().set_marker(text("Marker"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        "Encrypt" => {
            let encrypted = client
                .encrypt()
                .set_key_id(text("KeyId"))
                .set_plaintext(blob("Plaintext"))
                .set_encryption_context(context("EncryptionContext"))
                .set_dry_run(dry_run)
                .send()
                .await
                .map_err(refused)?;
            json!({
                "KeyId": encrypted.key_id,
                "CiphertextBlob": base64(encrypted.ciphertext_blob),
                "EncryptionAlgorithm": encrypted.encryption_algorithm.map(|name| name.to_string()),
            })
        }
        "Decrypt" => {
            let decrypted = client
                .decrypt()
                .set_key_id(text("KeyId"))
                .set_ciphertext_blob(blob("CiphertextBlob"))
                .set_encryption_context(context("EncryptionContext"))
                .send()
                .await
                .map_err(refused)?;
            json!({ "KeyId": decrypted.key_id, "Plaintext": base64(decrypted.plaintext) })
        }
        "ReEncrypt" => {
            let moved = client
                .re_encrypt()
                .set_ciphertext_blob(blob("CiphertextBlob"))
                .set_source_key_id(text("SourceKeyId"))
                .set_source_encryption_context(context("SourceEncryptionContext"))
                .set_destination_key_id(text("DestinationKeyId"))
                .set_destination_encryption_context(context("DestinationEncryptionContext"))
                .send()
                .await
                .map_err(refused)?;
            json!({
                "SourceKeyId": moved.source_key_id,
                "KeyId": moved.key_id,
                "CiphertextBlob": base64(moved.ciphertext_blob),
            })
        }
        "GenerateDataKey" => {
            let generated = client
                .generate_data_key()
                .set_key_id(text("KeyId"))
                .set_key_spec(text("KeySpec").map(|name| DataKeySpec::from(name.as_str())))
                .set_encryption_context(context("EncryptionContext"))
                .send()
                .await
                .map_err(refused)?;
            json!({
                "KeyId": generated.key_id,
                "Plaintext": base64(generated.plaintext),
                "CiphertextBlob": base64(generated.ciphertext_blob),
            })
        }
        "GenerateDataKeyWithoutPlaintext" => {
            let generated = client
                .generate_data_key_without_plaintext()
                .set_key_id(text("KeyId"))
                .set_number_of_bytes(number("NumberOfBytes"))
                .send()
                .await
                .map_err(refused)?;
            json!({ "KeyId": generated.key_id })
        }
        "Sign" => {
            let algorithm = text("SigningAlgorithm");
            client
                .sign()
                .set_key_id(text("KeyId"))
                .set_message(blob("Message"))
                .set_signing_algorithm(
                    algorithm.map(|name| SigningAlgorithmSpec::from(name.as_str())),
                )
                .send()
                .await
                .map_err(refused)?;
            Value::Null
        }
        "EnableKeyRotation" => {
            let call = client.enable_key_rotation().set_key_id(text("KeyId"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        "GetKeyRotationStatus" => {
            let call = client.get_key_rotation_status().set_key_id(text("KeyId"));
            let status = call.send().await.map_err(refused)?;
            json!({ "KeyRotationEnabled": status.key_rotation_enabled })
        }
        "CreateAlias" => {
            client
                .create_alias()
                .set_alias_name(text("AliasName"))
                .set_target_key_id(text("TargetKeyId"))
                .send()
                .await
                .map_err(refused)?;
            Value::Null
        }
        "UpdateAlias" => {
            client
                .update_alias()
                .set_alias_name(text("AliasName"))
                .set_target_key_id(text("TargetKeyId"))
                .send()
                .await
                .map_err(refused)?;
            Value::Null
        }
        "DeleteAlias" => {
            let call = client.delete_alias().set_alias_name(text("AliasName"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        "ListAliases" => {
            let call = client.list_aliases().set_key_id(text("KeyId"));
            let listed = call.send().await.map_err(refused)?;
            let aliases = listed.aliases().iter();
            let aliases = aliases.map(|alias| {
                json!({ "AliasName": alias.alias_name, "TargetKeyId": alias.target_key_id })
            });
            json!({ "Aliases": aliases.collect::<Vec<_>>() })
        }
        "TagResource" => {
            let call = client.tag_resource().set_key_id(text("KeyId"));
            call.set_tags(tags()).send().await.map_err(refused)?;
            Value::Null
        }
        "UntagResource" => {
            let names = with["TagKeys"]
                .as_array()
                .map(|names| names.iter().map(string).collect());
            let call = client.untag_resource().set_key_id(text("KeyId"));
            call.set_tag_keys(names).send().await.map_err(refused)?;
            Value::Null
        }
        "ListResourceTags" => {
            let call = client.list_resource_tags().set_key_id(text("KeyId"));
            let listed = call.send().await.map_err(refused)?;
            let tags = listed.tags().iter();
            let tags = tags.map(|tag| json!({ "TagKey": tag.tag_key, "TagValue": tag.tag_value }));
            json!({ "Tags": tags.collect::<Vec<_>>() })
        }
        "PutKeyPolicy" => {
            client
                .put_key_policy()
                .set_key_id(text("KeyId"))
                .set_policy_name(text("PolicyName"))
                .set_policy(text("Policy"))
                .send()
                .await
                .map_err(refused)?;
            Value::Null
        }
        "GetKeyPolicy" => {
            let call = client.get_key_policy().set_key_id(text("KeyId"));
            let call = call.set_policy_name(text("PolicyName"));
            json!({ "Policy": call.send().await.map_err(refused)?.policy })
        }
        "EnableKey" => {
            let call = client.enable_key().set_key_id(text("KeyId"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        "DisableKey" => {
            let call = client.disable_key().set_key_id(text("KeyId"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        "ScheduleKeyDeletion" => {
            let scheduled = client
                .schedule_key_deletion()
                .set_key_id(text("KeyId"))
                .set_pending_window_in_days(number("PendingWindowInDays"))
                .send()
                .await
                .map_err(refused)?;
            json!({
                "KeyId": scheduled.key_id,
                "KeyState": scheduled.key_state.map(|state| state.to_string()),
                "PendingWindowInDays": scheduled.pending_window_in_days,
            })
        }
        "CancelKeyDeletion" => {
            let call = client.cancel_key_deletion().set_key_id(text("KeyId"));
            call.send().await.map_err(refused)?;
            Value::Null
        }
        other => panic!("the driver does not know {other}"),
    })
}

fn key(metadata: &KeyMetadata) -> Value {
    let external = metadata
        .xks_key_configuration()
        .and_then(|external| external.id());
    json!({
        "KeyId": metadata.key_id,
        "Arn": metadata.arn,
        "Enabled": metadata.enabled,
        "Description": metadata.description,
        "KeyState": metadata.key_state().map(ToString::to_string),
        "KeySpec": metadata.key_spec().map(ToString::to_string),
        "Origin": metadata.origin().map(ToString::to_string),
        "CustomKeyStoreId": metadata.custom_key_store_id,
        "XksKeyConfiguration": { "Id": external },
    })
}

fn key_store(entry: &CustomKeyStoresListEntry) -> Value {
    let proxy = entry.xks_proxy_configuration().expect("a proxy");
    json!({
        "CustomKeyStoreId": entry.custom_key_store_id,
        "CustomKeyStoreType": entry.custom_key_store_type().map(ToString::to_string),
        "ConnectionState": entry.connection_state().map(ToString::to_string),
        "ConnectionErrorCode": entry.connection_error_code().map(ToString::to_string),
        "XksProxyConfiguration": {
            "AccessKeyId": proxy.access_key_id,
            "UriPath": proxy.uri_path,
            "VpcEndpointServiceName": proxy.vpc_endpoint_service_name,
        },
    })
}

fn refused<E: Debug + ProvideErrorMetadata>(error: SdkError<E>) -> Refused {
    let Some(service) = error.as_service_error() else {
        panic!("no answer of the service: {error:?}");
    };
    // The variants are called as the errors, but for the case of their letters.
    let name = service.code().unwrap_or_default().to_owned();
    let variant = format!("{service:?}").to_lowercase();
    Refused {
        message: service.message().unwrap_or_default().to_owned(),
        is_modelled: variant.starts_with(&name.to_lowercase()),
        name,
    }
}

fn base64(blob: Option<Blob>) -> Option<String> {
    blob.map(|blob| STANDARD.encode(blob))
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
