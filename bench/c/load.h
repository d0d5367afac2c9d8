/* What the parts of the load generator share: its options, its counters and the scenarios. */
#ifndef CROSSPEER_BENCH_LOAD_H
#define CROSSPEER_BENCH_LOAD_H

#include "clients.h"
#include "measure.h"

enum kind { UNRELIABLE, UNSEQUENCED, RELIABLE };

struct load_options {
    const char *ip, *scenario, *mode;
    enum kind kind;
    int port, rx_port, n, idle_peers, payload, inflight, count, channels, channel, parallel, server_pid;
    double rate, secs, warmup, settle, drain, connect_timeout;
    bool godot3, checksum, range_coder, throttle;
};
extern struct load_options opt;

/* What happened within the measured window, and to the messages sent within it. */
struct counters {
    uint64_t sent;          /* messages */
    uint64_t received;      /* messages, all time */
    uint64_t delivered;     /* messages that arrived in the window */
    uint64_t arrived;       /* messages sent in the window that arrived, also after it */
    uint64_t bytes;         /* of the messages delivered */
    uint64_t wrong;         /* messages with another size, content, kind, channel or order than sent */
    uint64_t upgraded;      /* unreliable messages that came as reliable ones, all time */
    uint64_t stalls;        /* times a closed loop had to go on without an answer */
    uint64_t notices;       /* peer notices of Godot, all time */
    uint64_t missed;        /* snapshots that did not arrive */
    uint64_t handshakes;    /* completed: connected and disconnected */
    uint64_t lost_peers;    /* connections that ended by themselves, all time */
};
extern struct counters counters;
extern struct histogram latency;

/* The measured window in time of sending; both 0 before it. */
extern struct window { uint64_t from, to; } window;
static inline bool in_window(uint64_t t) { return window.from <= t && t < window.to; }

struct scenario {
    const char *name;
    int extra_clients;                              /* beside --n and --idle-peers */
    bool to_completion;                             /* the window ends with the work, --secs is the limit */
    void (*start)(uint64_t now);
    bool (*step)(uint64_t now, uint64_t *wake);     /* sends what is due; true when all is done */
    void (*received)(struct client *, const ENetEvent *, uint64_t now);
    void (*connected)(struct client *, uint64_t now); /* again, after start; NULL when nobody connects then */
    void (*disconnected)(struct client *, uint64_t now);
    int fanout;                                     /* deliveries per message: 0 none, 1, or -1 for one per other client */
};
const struct scenario *find_scenario(const char *name);
int deliveries_per_message(const struct scenario *);
uint64_t wrong_messages(void);

#endif
