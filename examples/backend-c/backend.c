/* AES-256-GCM with one key for each external key, kept by the host. */

#include "../policy-c/json.h"

/* ---- types of the contract -------------------------------------------------------- */

enum { KEY_NOT_FOUND, INVALID_STATE, INVALID_KEY_USAGE, INVALID_CIPHERTEXT, THROTTLING,
       DEPENDENCY_TIMEOUT, UNSUPPORTED_OPERATION, INTERNAL, UPKEEP_FIRST };
typedef struct { uint8_t kind; uint32_t code; text_t text; } failure_t;

/* A variant whose cases have a text or nothing, as those of most errors. */
typedef struct { uint8_t tag; text_t text; } refusal_t;
enum { STORAGE_CONFLICT, STORAGE_INVALID, STORAGE_QUOTA, STORAGE_DEADLINE, STORAGE_DAMAGED,
       STORAGE_UNAVAILABLE };
enum { AEAD_NO_SUCH_RECORD, AEAD_DAMAGED_RECORD, AEAD_UNAVAILABLE, AEAD_INVALID_KEY,
       AEAD_AUTHENTICATION_FAILED, AEAD_INTERNAL };
enum { ALREADY_EXISTS, NOT_FOUND, CONFLICT, UNSUPPORTED, INVALID, FAILED };

typedef struct {
    uint8_t operation;
    text_t kms_request_id, aws_principal_arn, kms_operation;
    optional_text_t kms_key_arn;
} call_request_t;
typedef struct {
    uint64_t now;
    uint32_t milliseconds_left;
    OPTION(call_request_t) request;
} call_t;

typedef struct { bytes_t ciphertext, initialization_vector, authentication_tag; } sealed_t;
typedef struct { call_t call; bytes_t metadata, additional_data, plaintext; } encryption_t;
typedef struct { call_t call; bytes_t metadata, additional_data; sealed_t sealed; } decryption_t;

enum { ENABLED, DISABLED };
typedef struct { uint64_t start, object; } key_reference_t;
typedef struct {
    uint8_t tag;
    union {
        struct { text_t key_record, counter; } stored;
        struct { text_t token; key_reference_t key; } on_token;
    };
} host_cipher_t;
typedef struct {
    bytes_t handle;
    text_t key_spec;
    texts_t key_usage;
    uint8_t key_status;
    bytes_t ciphertext_metadata;
    uint32_t fresh_for_ms, requests_at_once;
    OPTION(host_cipher_t) host_cipher;
} external_key_t;

enum { ACTIVE, DEGRADED, OUT_OF_SERVICE };
typedef struct { text_t id, model; uint8_t health_status; } key_manager_t;
typedef struct { text_t vendor; LIST(key_manager_t) key_managers; } health_report_t;

typedef struct {
    text_t external_key_id, key_spec;
    texts_t key_usage;
    uint8_t key_status;
    uint32_t current_version, versions;
} key_summary_t;
typedef struct { text_t external_key_id, problem; } damaged_key_t;
typedef struct {
    LIST(key_summary_t) keys;
    LIST(damaged_key_t) damaged;
    optional_text_t next;
} key_list_t;

/* What functions of the host answer. A resource is a number that names it. */
typedef RESULT(OPTION(uint64_t), refusal_t) found_t;
typedef RESULT(uint64_t, refusal_t) written_t;
typedef RESULT(texts_t, refusal_t) names_t;
typedef RESULT(uint32_t, refusal_t) key_or_error_t;
typedef RESULT(sealed_t, refusal_t) sealed_or_error_t;
typedef RESULT(bytes_t, refusal_t) bytes_or_error_t;

/* What functions of this plugin answer. */
typedef RESULT(external_key_t, failure_t) looked_up_t;
typedef RESULT(sealed_t, failure_t) encrypted_t;
typedef RESULT(bytes_t, failure_t) decrypted_t;
typedef LIST(encrypted_t) encrypted_list_t;
typedef LIST(decrypted_t) decrypted_list_t;
typedef RESULT(health_report_t, failure_t) checked_t;
typedef RESULT(key_summary_t, refusal_t) managed_t;
typedef RESULT(key_list_t, refusal_t) listed_t;

/* ---- functions of the host -------------------------------------------------------- */

/* A text or a list is passed as two values, and a record as those of its fields. */
IMPORT("key-storage", "revision")
void storage_revision(const char *name, size_t length, found_t *answer);
IMPORT("key-storage", "create-secret")
void storage_create_secret(const char *name, size_t length, written_t *answer);
IMPORT("key-storage", "names")
void storage_names(const char *prefix, size_t prefix_length, bool some, const char *after,
                   size_t after_length, uint32_t limit, names_t *answer);
IMPORT("aead", "[static]key.from-record")
void key_from_record(const char *name, size_t length, key_or_error_t *answer);
IMPORT("aead", "[method]key.seal")
void key_seal(uint32_t key, const uint8_t *additional, size_t additional_length,
              const uint8_t *plaintext, size_t plaintext_length, sealed_or_error_t *answer);
IMPORT("aead", "[method]key.open")
void key_open(uint32_t key, const uint8_t *additional, size_t additional_length,
              const uint8_t *ciphertext, size_t ciphertext_length, const uint8_t *vector,
              size_t vector_length, const uint8_t *tag, size_t tag_length,
              bytes_or_error_t *answer);
IMPORT("aead", "[resource-drop]key") void key_drop(uint32_t key);

/* ---- what the host refuses, in the words of each interface ------------------------ */

#define FAILURE(kind, text) ((failure_t){kind, 0, text})

static text_t text_of_storage(refusal_t error) {
    switch (error.tag) {
    case STORAGE_CONFLICT: return TEXT("the record has changed meanwhile");
    case STORAGE_DEADLINE: return TEXT("no answer of the storage before the deadline");
    case STORAGE_DAMAGED: return TEXT("the record is damaged");
    default: return error.text;
    }
}

static failure_t of_storage(refusal_t error) {
    switch (error.tag) {
    case STORAGE_DEADLINE:
    case STORAGE_UNAVAILABLE: return FAILURE(DEPENDENCY_TIMEOUT, text_of_storage(error));
    case STORAGE_QUOTA: return FAILURE(THROTTLING, error.text);
    default: return FAILURE(INTERNAL, text_of_storage(error));
    }
}

/* Only a tag that does not match is the ciphertext's fault. */
static failure_t of_aead(refusal_t error) {
    switch (error.tag) {
    case AEAD_AUTHENTICATION_FAILED: return FAILURE(INVALID_CIPHERTEXT, TEXT(""));
    case AEAD_UNAVAILABLE: return FAILURE(DEPENDENCY_TIMEOUT, TEXT("the storage cannot be read"));
    case AEAD_NO_SUCH_RECORD: return FAILURE(INTERNAL, TEXT("there is no such record"));
    case AEAD_DAMAGED_RECORD: return FAILURE(INTERNAL, TEXT("the record is damaged"));
    case AEAD_INVALID_KEY: return FAILURE(INTERNAL, TEXT("the key is not 32 bytes long"));
    default: return FAILURE(INTERNAL, error.text);
    }
}

static refusal_t of_management(refusal_t error) {
    if (error.tag == STORAGE_CONFLICT) return (refusal_t){ALREADY_EXISTS, TEXT("")};
    return (refusal_t){FAILED, text_of_storage(error)};
}

/* ---- records ---------------------------------------------------------------------- */

/* A key is the record of this name, which the host has made and this plugin never sees. */
static const text_t PREFIX = {"key/", 4}, TEST_KEY = {"health", 6};

static const text_t AES_256 = {"AES_256", 7};
static const text_t ENCRYPT_AND_DECRYPT[] = {{"ENCRYPT", 7}, {"DECRYPT", 7}};
static const texts_t USAGE = {ENCRYPT_AND_DECRYPT, 2};

static text_t record_of(text_t id) { return join(PREFIX, id, TEXT("")); }

static found_t find(text_t record) {
    found_t found;
    storage_revision(record.ptr, record.len, &found);
    return found;
}

static written_t create_secret(text_t record) {
    written_t written;
    storage_create_secret(record.ptr, record.len, &written);
    return written;
}

static encrypted_t seal(text_t record, bytes_t additional, bytes_t plaintext) {
    key_or_error_t key;
    key_from_record(record.ptr, record.len, &key);
    if (key.failed) return (encrypted_t){.failed = true, .error = of_aead(key.error)};
    sealed_or_error_t sealed;
    key_seal(key.value, additional.ptr, additional.len, plaintext.ptr, plaintext.len, &sealed);
    key_drop(key.value);
    if (sealed.failed) return (encrypted_t){.failed = true, .error = of_aead(sealed.error)};
    return (encrypted_t){.value = sealed.value};
}

static decrypted_t unseal(text_t record, bytes_t additional, sealed_t sealed) {
    key_or_error_t key;
    key_from_record(record.ptr, record.len, &key);
    if (key.failed) return (decrypted_t){.failed = true, .error = of_aead(key.error)};
    bytes_t vector = sealed.initialization_vector, tag = sealed.authentication_tag;
    bytes_or_error_t opened;
    key_open(key.value, additional.ptr, additional.len, sealed.ciphertext.ptr,
             sealed.ciphertext.len, vector.ptr, vector.len, tag.ptr, tag.len, &opened);
    key_drop(key.value);
    if (opened.failed) return (decrypted_t){.failed = true, .error = of_aead(opened.error)};
    return (decrypted_t){.value = opened.value};
}

/* ---- functions of this plugin ----------------------------------------------------- */

EXPORT("lifecycle", "describe", const description_t *, describe, void) {
    return ANSWER(description_t, {TEXT("backend-c"), TEXT("0.1.0"), TEXT("Example"), {false}});
}

EXPORT("lifecycle", "validate", const validated_t *, validate, const char *settings,
       size_t length) {
    static fault_t faults[32];
    size_t count = 0;
    json_t json = {settings, settings + length};
    json_enter(&json, '{');
    while (json_more(&json, '}') && count < 32) {
        text_t name = json_text(&json);
        json_skip(&json);
        faults[count++] = (fault_t){name, TEXT("no such setting"),
                                    TEXT("remove it; there are no settings here")};
    }
    return ANSWER(validated_t, {count > 0, {faults, count}});
}

EXPORT("lifecycle", "configure", const validated_t *, configure, const char *settings,
       size_t length) {
    return ANSWER(validated_t, {.failed = false});
}

/* A record that is a parameter is passed as the values of its fields, up to 16 in all. */
#define CALL uint64_t now, uint32_t milliseconds_left, bool has_request, uint32_t operation, \
    const char *request_id, size_t request_id_length, const char *principal, \
    size_t principal_length, const char *kms_operation, size_t kms_operation_length, \
    bool has_key_arn, const char *key_arn, size_t key_arn_length

EXPORT("key-lookup", "lookup", const looked_up_t *, lookup, CALL, const char *id, size_t length) {
    text_t record = record_of((text_t){id, length});
    found_t found = find(record);
    if (found.failed) return ANSWER(looked_up_t, {true, .error = of_storage(found.error)});
    if (!found.value.some) return ANSWER(looked_up_t, {true, .error.kind = KEY_NOT_FOUND});
    return ANSWER(looked_up_t, {.value = {
        .handle = {(const uint8_t *)record.ptr, record.len},
        .key_spec = AES_256,
        .key_usage = USAGE,
        .key_status = ENABLED,
        .requests_at_once = 1,
    }});
}

/* One answer for each request. */
EXPORT("crypto", "encrypt", const encrypted_list_t *, encrypt, const char *handle, size_t length,
       const encryption_t *requests, size_t count) {
    encrypted_t *answers = call_alloc(count * sizeof *answers);
    for (size_t i = 0; i < count; i++)
        answers[i] = seal((text_t){handle, length}, requests[i].additional_data,
                          requests[i].plaintext);
    return ANSWER(encrypted_list_t, {answers, count});
}

EXPORT("crypto", "decrypt", const decrypted_list_t *, decrypt, const char *handle, size_t length,
       const decryption_t *requests, size_t count) {
    decrypted_t *answers = call_alloc(count * sizeof *answers);
    for (size_t i = 0; i < count; i++) {
        if (requests[i].metadata.len > 0)
            answers[i] = (decrypted_t){true, .error.kind = INVALID_CIPHERTEXT};
        else
            answers[i] = unseal((text_t){handle, length}, requests[i].additional_data,
                                requests[i].sealed);
    }
    return ANSWER(decrypted_list_t, {answers, count});
}

/* Never again: there is nothing to renew. */
EXPORT("upkeep", "run", uint32_t, run, CALL) { return 0; }

/* On a key made for it, never on one that AWS KMS uses. */
EXPORT("health", "check", const checked_t *, check, CALL) {
    static const key_manager_t manager = {{"example", 7}, {"backend-c 0.1.0", 15}, ACTIVE};
    bytes_t nothing = {0}, text = {(const uint8_t *)"test", 4};
    found_t found = find(TEST_KEY);
    /* What goes wrong here goes wrong in `seal` too. */
    if (!found.failed && !found.value.some) create_secret(TEST_KEY);
    encrypted_t sealed = seal(TEST_KEY, nothing, text);
    if (sealed.failed) return ANSWER(checked_t, {true, .error = sealed.error});
    decrypted_t opened = unseal(TEST_KEY, nothing, sealed.value);
    if (opened.failed) return ANSWER(checked_t, {true, .error = opened.error});
    return ANSWER(checked_t, {.value = {TEXT("Example"), {&manager, 1}}});
}

static key_summary_t summary(text_t id) {
    return (key_summary_t){id, AES_256, USAGE, ENABLED, 1, 1};
}

#define REFUSE(case, says) ANSWER(managed_t, {true, .error = {case, TEXT(says)}})

EXPORT("key-management", "create-key", const managed_t *, create_key, const char *id,
       size_t length, const text_t *usage, size_t uses) {
    if (uses != USAGE.len) return REFUSE(INVALID, "keys of this backend always encrypt and decrypt");
    text_t key = {id, length};
    written_t written = create_secret(record_of(key));
    if (written.failed) return ANSWER(managed_t, {true, .error = of_management(written.error)});
    return ANSWER(managed_t, {.value = summary(key)});
}

EXPORT("key-management", "list-keys", const listed_t *, list_keys, bool some, const char *after,
       size_t length, uint32_t limit) {
    text_t from = record_of((text_t){after, some ? length : 0});
    names_t names;
    storage_names(PREFIX.ptr, PREFIX.len, some, from.ptr, from.len, limit, &names);
    if (names.failed) return ANSWER(listed_t, {true, .error = of_management(names.error)});
    size_t count = names.value.len;
    key_summary_t *keys = call_alloc(count * sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        text_t record = names.value.ptr[i];
        keys[i] = summary((text_t){record.ptr + PREFIX.len, record.len - PREFIX.len});
    }
    optional_text_t next = {.some = count == limit};
    if (next.some) next.value = keys[count - 1].external_key_id;
    return ANSWER(listed_t, {.value = {.keys = {keys, count}, .next = next}});
}

EXPORT("key-management", "show-key", const managed_t *, show_key, const char *id, size_t length) {
    text_t key = {id, length};
    found_t found = find(record_of(key));
    if (found.failed) return ANSWER(managed_t, {true, .error = of_management(found.error)});
    if (!found.value.some) return REFUSE(NOT_FOUND, "");
    return ANSWER(managed_t, {.value = summary(key)});
}

EXPORT("key-management", "set-key-status", const managed_t *, set_key_status, const char *id,
       size_t length, uint32_t status) {
    return REFUSE(UNSUPPORTED, "keys of this backend are always enabled");
}

EXPORT("key-management", "rotate-key", const managed_t *, rotate_key, const char *id,
       size_t length) {
    return REFUSE(UNSUPPORTED, "keys of this backend have one version");
}
