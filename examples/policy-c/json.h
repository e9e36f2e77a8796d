/* Reads JSON. The host has made it, so that it is well formed. */
#ifndef JSON_H
#define JSON_H

#include "abi.h"

typedef struct { const char *at, *end; } json_t;

/* The first character of what comes next; 0 at the end. */
static inline char json_peek(json_t *json) {
    while (json->at < json->end && strchr(" \t\r\n,:", *json->at)) json->at++;
    return json->at < json->end ? *json->at : 0;
}

/* Goes into an object (`{`) or a list (`[`), if that is what comes next. */
static inline bool json_enter(json_t *json, char open) {
    if (json_peek(json) != open) return false;
    json->at++;
    return true;
}

/* Whether there is more of what ends with `close`; goes out of it if not. */
static inline bool json_more(json_t *json, char close) {
    char next = json_peek(json);
    if (next == close) json->at++;
    return next != close && next != 0;
}

static inline uint32_t json_hex(const char *digits) {
    char four[5] = {digits[0], digits[1], digits[2], digits[3], 0};
    return (uint32_t)strtoul(four, NULL, 16);
}

static inline char *json_utf8(char *to, uint32_t code) {
    int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0x00, 0xC0, 0xE0, 0xF0};
    *to++ = (char)(lead[more] | code >> (6 * more));
    while (more--) *to++ = (char)(0x80 | (code >> (6 * more) & 0x3F));
    return to;
}

/* The string that comes next, or the name of a member. Lives as long as the call. */
static inline text_t json_text(json_t *json) {
    if (json_peek(json) != '"') return TEXT("");
    const char *from = ++json->at;
    while (json->at < json->end && *json->at != '"') json->at += *json->at == '\\' ? 2 : 1;
    const char *end = json->at++;
    char *made = call_alloc((size_t)(end - from)), *to = made;
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
        } else if (from[1] != 'u') {
            const char *escape = strchr("b\bf\fn\nr\rt\t", from[1]);
            *to++ = escape ? escape[1] : from[1];
            from += 2;
        } else {
            uint32_t code = json_hex(from + 2);
            from += 6;
            if (code >> 10 == 0x36 && end - from >= 6) { /* the first of a pair */
                code = 0x10000 + ((code & 0x3FF) << 10) + (json_hex(from + 2) & 0x3FF);
                from += 6;
            }
            to = json_utf8(to, code);
        }
    }
    return (text_t){made, (size_t)(to - made)};
}

/* Passes over whatever comes next. */
static inline void json_skip(json_t *json) {
    int depth = 0;
    do {
        switch (json_peek(json)) {
        case 0: return;
        case '"': json_text(json); break;
        case '{': case '[': json->at++; depth++; break;
        case '}': case ']': json->at++; depth--; break;
        default:
            while (json->at < json->end && !strchr(",:]} \t\r\n", *json->at)) json->at++;
        }
    } while (depth > 0);
}

#endif
