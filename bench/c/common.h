/* What the C programs of the benchmark share: the clock, the command line and the layout of the messages. */
#ifndef CROSSPEER_BENCH_COMMON_H
#define CROSSPEER_BENCH_COMMON_H

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MS 1000000ull
#define SECOND 1000000000ull

/* All programs run on one machine, so times of this clock in one process mean the same in another. */
static inline uint64_t now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

/* ---- numbers in packets, little endian, at any alignment ---- */

static inline void put_u32(uint8_t *at, uint32_t v) { v = htole32(v); memcpy(at, &v, sizeof v); }
static inline void put_u64(uint8_t *at, uint64_t v) { v = htole64(v); memcpy(at, &v, sizeof v); }
static inline uint32_t get_u32(const uint8_t *at) { uint32_t v; memcpy(&v, at, sizeof v); return le32toh(v); }
static inline uint64_t get_u64(const uint8_t *at) { uint64_t v; memcpy(&v, at, sizeof v); return le64toh(v); }

/* ---- messages ----
 * A message starts, after the Godot 3 header if there is one, with
 *   u32 magic   u32 sender   u64 send time in ns   u64 sequence number, from 1
 * The magic tells a message of a client from a snapshot of the server. */
enum { MSG_SIZE = 24, MSG_MAGIC = 0x424e4543, MSG_SNAPSHOT = 0x4b434954 };

static inline void put_message(uint8_t *at, uint32_t magic, uint32_t sender, uint64_t seq)
{
    put_u32(at, magic);
    put_u32(at + 4, sender);
    put_u64(at + 8, now_ns());
    put_u64(at + 16, seq);
}

/* The Godot 3 header: u32 id of the source, i32 target. */
enum { GODOT_HEADER = 8, GODOT_SERVER = 1, GODOT_ADD_PEER = 0, GODOT_REMOVE_PEER = 1 };
enum { GODOT_CHANNEL_SYSTEM = 0, GODOT_CHANNEL_RELIABLE = 1, GODOT_CHANNEL_UNRELIABLE = 2 };

/* The request that starts mode source: "SRC1", u32 count, u32 size, u32 window, u32 reliable. */
enum { SOURCE_REQUEST = 20 };

/* ---- command line ---- */

enum option_type { OPT_INT, OPT_REAL, OPT_TEXT, OPT_ON };
struct option { const char *name; enum option_type type; void *to; const char *help; };

__attribute__((noreturn, format(printf, 1, 2)))
static inline void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static inline void print_options(const struct option *options)
{
    printf("usage: %s [--option value] ...\n", program_invocation_short_name);
    for (; options->name; options++)
        printf("  --%-17s %s\n", options->name, options->help);
}

static inline void set_option(const struct option *o, const char *value)
{
    char *end = NULL;
    errno = 0;
    switch (o->type) {
    case OPT_INT: {
        long v = strtol(value, &end, 10);
        if (v < INT32_MIN || v > INT32_MAX) errno = ERANGE;
        *(int *)o->to = (int)v;
        break;
    }
    case OPT_REAL: *(double *)o->to = strtod(value, &end); break;
    case OPT_TEXT: *(const char **)o->to = value; return;
    case OPT_ON: return;
    }
    if (errno || end == value || *end) die("--%s %s: not a number in range", o->name, value);
}

static inline void parse_options(int argc, char **argv, const struct option *options)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) { print_options(options); exit(0); }
        const struct option *o = options;
        while (o->name && (strncmp(argv[i], "--", 2) || strcmp(argv[i] + 2, o->name))) o++;
        if (!o->name) die("unknown option %s (see --help)", argv[i]);
        if (o->type == OPT_ON) { *(bool *)o->to = true; continue; }
        if (++i == argc) die("--%s needs a value", o->name);
        set_option(o, argv[i]);
    }
}

/* The index of a name in a list that ends with NULL; ends the program when it is not there. */
static inline int choose(const char *what, const char *name, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(name, names[i])) return i;
    die("unknown %s %s (see --help)", what, name);
}

#endif
