"""The AWS Encryption SDK encrypts and decrypts a file under a KMS key, whose ARN is
the argument."""

import os
import sys
import tempfile

import aws_encryption_sdk
from aws_encryption_sdk import CommitmentPolicy, StrictAwsKmsMasterKeyProvider

ARN = sys.argv[1]
CONTEXT = {"purpose": "test"}

client = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
)
keys = StrictAwsKmsMasterKeyProvider(key_ids=[ARN])
# Longer than a frame of the message format.
plaintext = os.urandom(100_000)

with tempfile.TemporaryDirectory() as directory:
    plain, sealed, opened = (os.path.join(directory, name) for name in ("plain", "sealed", "opened"))
    with open(plain, "wb") as file:
        file.write(plaintext)
    with open(plain, "rb") as source, open(sealed, "wb") as target:
        with client.stream(
            mode="e", source=source, key_provider=keys, encryption_context=CONTEXT
        ) as encryptor:
            target.writelines(encryptor)
    with open(sealed, "rb") as source, open(opened, "wb") as target:
        with client.stream(mode="d", source=source, key_provider=keys) as decryptor:
            header = decryptor.header
            target.writelines(decryptor)
    with open(sealed, "rb") as file:
        assert plaintext[:64] not in file.read()
    with open(opened, "rb") as file:
        assert file.read() == plaintext

assert header.encryption_context["purpose"] == "test"
(key,) = header.encrypted_data_keys
assert key.key_provider.key_info.decode() == ARN
print(f"{len(plaintext)} bytes encrypted and decrypted under {ARN}")
