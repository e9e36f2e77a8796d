/* Denies the AWS KMS operations that are not listed, and abstains from those that are:
 * it stands beside a policy that allows. */

#include "json.h"

/* ---- types of the contract -------------------------------------------------------- */

typedef struct { text_t name, json; } unknown_field_t;
typedef struct {
    uint64_t now;
    text_t key_store;
    uint8_t operation;
    text_t external_key_id, access_key_id, aws_principal_arn, kms_operation, kms_request_id;
    optional_text_t kms_key_arn, aws_source_vpc, aws_source_vpce, kms_via_service;
    LIST(unknown_field_t) unknown_fields;
} request_context_t;

enum { ALLOW, DENY, ABSTAIN };
typedef struct { texts_t statements; text_t reason; } grounds_t;
typedef struct { uint8_t tag; grounds_t grounds; } decision_t;
typedef struct { decision_t decision; uint32_t fresh_for_ms; } verdict_t;

/* ---- settings --------------------------------------------------------------------- */

static const char SCHEMA[] =
    "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"operations\"],"
    "\"properties\":{\"operations\":{\"type\":\"array\",\"minItems\":1,"
    "\"items\":{\"type\":\"string\",\"pattern\":\"^[A-Z][A-Za-z0-9]*$\"}}}}";

/* What settings say, and what is wrong with them. */
enum { MOST_FAULTS = 32 };
static struct {
    text_t *operations;
    size_t operation_count;
    fault_t faults[MOST_FAULTS];
    size_t fault_count;
} found;

static void fault(text_t path, text_t problem, text_t fix) {
    if (found.fault_count < MOST_FAULTS)
        found.faults[found.fault_count++] = (fault_t){path, problem, fix};
}

static bool is_operation(text_t name) {
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool upper = c >= 'A' && c <= 'Z';
        bool other = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!upper && (i == 0 || !other)) return false;
    }
    return name.len > 0;
}

static text_t place(size_t index) {
    char digits[12];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + index % 10); while (index /= 10);
    return join(TEXT("operations["), (text_t){digits + at, sizeof digits - at}, TEXT("]"));
}

static void read_operations(json_t *json) {
    if (!json_enter(json, '[')) {
        json_skip(json);
        fault(TEXT("operations"), TEXT("not a list"),
              TEXT("write a list of names: [\"Encrypt\", \"Decrypt\"]"));
        return;
    }
    size_t index = 0;
    for (; json_more(json, ']'); index++) {
        text_t name = TEXT("");
        if (json_peek(json) == '"') name = json_text(json);
        else json_skip(json);
        if (is_operation(name)) found.operations[found.operation_count++] = name;
        else fault(place(index), TEXT("not the name of a KMS operation"),
                   TEXT("write it as AWS does, for example \"GenerateDataKey\""));
    }
    if (index == 0)
        fault(TEXT("operations"), TEXT("an empty list: everything would be denied"),
              TEXT("name an operation"));
}

/* What it finds lives as long as the call. */
static void read_settings(const char *settings, size_t length) {
    json_t json = {settings, settings + length};
    bool listed = false;
    /* There are no more names than bytes. */
    found.operations = call_alloc(length * sizeof(text_t));
    found.operation_count = found.fault_count = 0;
    json_enter(&json, '{');
    while (json_more(&json, '}')) {
        text_t name = json_text(&json);
        if (same(name, TEXT("operations"))) {
            listed = true;
            read_operations(&json);
        } else {
            json_skip(&json);
            fault(name, TEXT("no such setting"), TEXT("remove it; known here: `operations`"));
        }
    }
    if (!listed)
        fault(TEXT("operations"), TEXT("missing"),
              TEXT("write operations = [\"Encrypt\", \"Decrypt\"]"));
}

/* ---- functions of this plugin ----------------------------------------------------- */

EXPORT("lifecycle", "describe", const description_t *, describe, void) {
    optional_text_t schema = {true, {SCHEMA, sizeof SCHEMA - 1}};
    return ANSWER(description_t, {TEXT("policy-c"), TEXT("0.1.0"), TEXT("Example"), schema});
}

EXPORT("lifecycle", "validate", const validated_t *, validate, const char *settings,
       size_t length) {
    read_settings(settings, length);
    return ANSWER(validated_t, {found.fault_count > 0, {found.faults, found.fault_count}});
}

/* The settings in force; they outlive the call. */
static text_t *operations;
static size_t operation_count;

static void *keep(const void *from, size_t size) {
    void *kept = malloc(size);
    if (!kept) __builtin_trap();
    return memcpy(kept, from, size);
}

/* The settings are right: the host has had them validated. */
EXPORT("lifecycle", "configure", const validated_t *, configure, const char *settings,
       size_t length) {
    read_settings(settings, length);
    operation_count = found.operation_count;
    operations = keep(found.operations, operation_count * sizeof *operations);
    for (size_t i = 0; i < operation_count; i++)
        operations[i].ptr = keep(operations[i].ptr, operations[i].len);
    return ANSWER(validated_t, {.failed = false});
}

static bool is_listed(text_t operation) {
    for (size_t i = 0; i < operation_count; i++)
        if (same(operations[i], operation)) return true;
    return false;
}

EXPORT("authorization", "authorize", const verdict_t *, authorize,
       const request_context_t *context) {
    static const text_t statement = {"operations", 10};
    text_t operation = context->kms_operation;
    if (is_listed(operation)) return ANSWER(verdict_t, {{.tag = ABSTAIN}, 500});
    text_t reason = join(TEXT("the KMS operation "), operation, TEXT(" is not listed"));
    return ANSWER(verdict_t, {{DENY, {{&statement, 1}, reason}}, 500});
}
