# What Claviger's token may do on the server, and nothing else: it reads keys, encrypts
# and decrypts. README.md says how it is given to a role.
#
# `+` stands for one part of a path. A key store whose mount is shared with others has a
# `key_prefix`: write "transit/keys/PREFIX*" then, in all three places, and choose a
# `health_key` that begins with the prefix too.

# What a key is: type, versions, whether it is soft-deleted.
path "transit/keys/+" {
  capabilities = ["read"]
}

# `update` uses a key that is there. Never `create`: encrypting under a name that does
# not exist would make a key of this name.
path "transit/encrypt/+" {
  capabilities = ["update"]
}

path "transit/decrypt/+" {
  capabilities = ["update"]
}

# For `claviger key list` only; serving does not need it.
path "transit/keys" {
  capabilities = ["list"]
}

# Its own token: how long it lasts, and to renew it. The policy `default` allows both,
# and more: the role of README.md goes without that one.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
