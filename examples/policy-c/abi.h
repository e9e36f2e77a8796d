/* Values as the component model's canonical ABI lays them out in memory. On wasm32 that
 * is how C lays out these structs, if their fields are in the order of the WIT. */
#ifndef ABI_H
#define ABI_H

#define _GNU_SOURCE /* explicit_bzero */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LIST(type) struct { const type *ptr; size_t len; }
#define OPTION(type) struct { bool some; type value; }
#define RESULT(type, error_type) struct { bool failed; union { type value; error_type error; }; }

typedef LIST(char) text_t;
typedef LIST(uint8_t) bytes_t;
typedef LIST(text_t) texts_t;
typedef OPTION(text_t) optional_text_t;

#define TEXT(literal) ((text_t){literal, sizeof(literal) - 1})

/* A function of the host. */
#define IMPORT(interface, function) \
    __attribute__((import_module("claviger:plugin/" interface "@0.1.0"), import_name(function)))

/* A function of the plugin: `EXPORT(interface, function, type, name, parameters) { … }`.
 * The second function is called by the host when it has read the answer. */
#define EXPORT(interface, function, type, name, ...) \
    __attribute__((export_name("cabi_post_claviger:plugin/" interface "@0.1.0#" function))) \
    void name##_is_answered(void *answer) { call_end(); } \
    __attribute__((export_name("claviger:plugin/" interface "@0.1.0#" function))) \
    type name(__VA_ARGS__)

/* The address of an answer, which is there until the host has read it. */
#define ANSWER(type, ...) memcpy(call_alloc(sizeof(type)), &(type)__VA_ARGS__, sizeof(type))

/* ---- memory ----------------------------------------------------------------------- */

/* Everything that belongs to one call, arguments and results included, is one chain of
 * blocks, which ends with the call. */
struct block { struct block *before; size_t size; _Alignas(8) uint8_t bytes[]; };
static struct block *blocks;

static inline void *call_alloc(size_t size) {
    struct block *made = malloc(sizeof *made + size);
    if (!made) __builtin_trap();
    *made = (struct block){blocks, size};
    blocks = made;
    return made->bytes;
}

/* A plaintext may be in it. */
static inline void call_end(void) {
    while (blocks) {
        struct block *done = blocks;
        blocks = done->before;
        explicit_bzero(done->bytes, done->size);
        free(done);
    }
}

/* Where the host puts what it hands over. It never changes the size of a block. */
__attribute__((export_name("cabi_realloc")))
void *cabi_realloc(void *old, size_t old_size, size_t alignment, size_t size) {
    if (old_size) __builtin_trap();
    return size ? call_alloc(size) : old;
}

/* ---- texts ------------------------------------------------------------------------ */

static inline bool same(text_t a, text_t b) {
    return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* Lives as long as the call. */
static inline text_t join(text_t a, text_t b, text_t c) {
    char *made = call_alloc(a.len + b.len + c.len);
    memcpy(made, a.ptr, a.len);
    memcpy(made + a.len, b.ptr, b.len);
    memcpy(made + a.len + b.len, c.ptr, c.len);
    return (text_t){made, a.len + b.len + c.len};
}

/* ---- the interface lifecycle ------------------------------------------------------ */

typedef struct { text_t path, problem, fix; } fault_t;
typedef struct { bool failed; LIST(fault_t) faults; } validated_t;
typedef struct { text_t name, version, vendor; optional_text_t settings_schema; } description_t;

#endif
