#!/bin/sh
# Lets each of two XKS proxies decrypt what the other has encrypted, as AWS KMS
# would ask them to. Ends with 0 when all of it works.
#
#   sh both-ways.sh CURL_CONFIG XKS_PROXY_URI KEY OLD NEW
#
# CURL_CONFIG    a file of mode 0600 with the credential, and what else curl wants:
#                    user = "ACCESS_KEY_ID:SECRET_ACCESS_KEY"
#                    cacert = "ca.pem"
# XKS_PROXY_URI  as in AWS KMS: https://xks.example.com/payments-7cq2/kms/xks/v1
# KEY            an external key id
# OLD, NEW       the two proxies, past the load balancer: 10.0.0.6:443
#
# Needs curl 7.75 or newer.
set -eu
[ $# -eq 5 ] || { sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
config=$1 uri=$2 key=$3 old=$4 new=$5

metadata='"requestMetadata":{
    "awsPrincipalArn":"arn:aws:iam::123456789012:user/migration",
    "kmsKeyArn":"arn:aws:kms:us-east-1:123456789012:key/migration",
    "kmsOperation":"Decrypt", "kmsRequestId":"migration"},
    "encryptionAlgorithm":"AES_GCM"'
plaintext=$(printf 'Any text will do.' | base64)

# call ADDRESS OPERATION BODY
call() {
    printf '%s' "$3" | curl --silent --show-error --max-time 10 \
        --config "$config" --aws-sigv4 aws:amz:us-east-1:kms-xks-proxy \
        --connect-to "::$1" --header 'Content-Type: application/json' \
        --data-binary @- "$uri/keys/$key/$2"
}

# from_to ADDRESS ADDRESS CONTEXT
from_to() {
    encrypted=$(call "$1" encrypt "{$metadata, \"plaintext\":\"$plaintext\" $3}")
    case $encrypted in
        *'"ciphertext"'*) ;;
        *) echo "$1 does not encrypt: $encrypted" >&2; exit 1 ;;
    esac
    # The members of the answer are members of the next request.
    decrypted=$(call "$2" decrypt "{$metadata $3, ${encrypted#?}")
    case $decrypted in
        *"\"$plaintext\""*) echo "$1 encrypts, $2 decrypts: good" ;;
        *) echo "$1 encrypts, $2 does not decrypt: $decrypted" >&2; exit 1 ;;
    esac
}

for context in '' ', "additionalAuthenticatedData":"cHJvamVjdD1uaWxl"'; do
    from_to "$old" "$new" "$context"
    from_to "$new" "$old" "$context"
done
