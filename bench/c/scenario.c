/* The scenarios: who sends what and when, and what counts as arrived. */
#define _GNU_SOURCE
#include "common.h"
#include "load.h"

struct counters counters;
struct histogram latency;
struct window window;

enum { BURST = 256 };         /* messages one sender queues before its socket is served again */
static const uint64_t STALL = 250 * MS;
static uint64_t last_arrival; /* of a message */

/* ---- one message ---- */

static enet_uint32 packet_flags(void)
{
    static const enet_uint32 flags[] = { 0, ENET_PACKET_FLAG_UNSEQUENCED, ENET_PACKET_FLAG_RELIABLE };
    return flags[opt.kind];
}

/* The last byte of a message depends on its number, so that a server that sends another buffer, or one cut short and
 * padded, is found out. */
static uint8_t last_byte(uint64_t seq) { return (uint8_t)(seq * 31 + 7); }

static void send_message(struct client *c)
{
    ENetPacket *packet = enet_packet_create(NULL, (size_t)opt.payload, packet_flags());
    if (!packet) die("no memory for a packet of %d bytes", opt.payload);
    uint8_t *body = packet->data;
    memset(body, 0, packet->dataLength);
    if (opt.godot3) {
        put_u32(body, c->id);
        body += GODOT_HEADER;
    }
    put_message(body, MSG_MAGIC, (uint32_t)c->index, c->sent + 1);
    packet->data[packet->dataLength - 1] = last_byte(c->sent + 1);
    if (enet_peer_send(c->peer, (enet_uint8)opt.channel, packet) < 0) {
        if (c->up) die("client %d cannot send on channel %d", c->index, opt.channel);
        enet_packet_destroy(packet);
        return;
    }
    c->sent++;
    if (in_window(now_ns())) counters.sent++;
}

/* Sends until the client has sent limit messages, or as many as one burst holds. */
static void send_up_to(struct client *c, uint64_t limit)
{
    if (opt.count && limit > (uint64_t)opt.count) limit = (uint64_t)opt.count;
    if (limit > c->sent + BURST) limit = c->sent + BURST;
    if (limit <= c->sent || !c->up) return;
    while (c->up && c->sent < limit) send_message(c);
    enet_host_flush(c->host);
}

/* The body of a message behind the Godot header, NULL for a peer notice and anything else that is none. */
static const uint8_t *message_body(const ENetEvent *event)
{
    const ENetPacket *packet = event->packet;
    size_t skip = opt.godot3 ? GODOT_HEADER : 0;
    if (opt.godot3 && event->channelID == GODOT_CHANNEL_SYSTEM) {
        counters.notices++;
        return NULL;
    }
    if (packet->dataLength >= skip + MSG_SIZE) {
        const uint8_t *body = packet->data + skip;
        if (get_u32(body) == MSG_MAGIC || get_u32(body) == MSG_SNAPSHOT) return body;
    }
    counters.wrong++;
    return NULL;
}

/* ENet counts unreliable packets between two reliable ones with 16 bits and sends one in 65536 reliably, so both the
 * client and the server may do so once per channel and round of the counter. */
static bool right_kind(const ENetPacket *packet)
{
    enet_uint32 kind = packet->flags & (ENET_PACKET_FLAG_RELIABLE | ENET_PACKET_FLAG_UNSEQUENCED);
    if (kind == packet_flags()) return true;
    if (opt.kind != UNRELIABLE || kind != ENET_PACKET_FLAG_RELIABLE) return false;
    counters.upgraded++;
    return true;
}

uint64_t wrong_messages(void)
{
    uint64_t allowed = 2 * (counters.received / 65536 + (uint64_t)client_count);
    return counters.wrong + (counters.upgraded > allowed ? counters.upgraded : 0);
}

static bool as_sent(const ENetEvent *event, uint64_t seq)
{
    const ENetPacket *packet = event->packet;
    /* What does not fit a datagram comes as reliable fragments. */
    bool fits = opt.payload <= 1200;
    return event->channelID == opt.channel && packet->dataLength == (size_t)opt.payload
        && packet->data[packet->dataLength - 1] == last_byte(seq) && (!fits || right_kind(packet));
}

static void count_arrival(const ENetEvent *event, const uint8_t *body, uint64_t now)
{
    uint64_t sent_at = get_u64(body + 8);
    last_arrival = now;
    counters.received++;
    if (in_window(now)) {
        counters.delivered++;
        counters.bytes += event->packet->dataLength;
    }
    if (in_window(sent_at)) {
        counters.arrived++;
        histogram_add(&latency, now - sent_at);
    }
}

/* A sequence with one sender: reliable ones come without gaps, unreliable ones never backwards. */
static void follow(struct client *c, uint64_t seq)
{
    bool right = opt.kind == RELIABLE ? seq == c->seen + 1 : opt.kind == UNRELIABLE ? seq > c->seen : true;
    if (!right) counters.wrong++;
    if (seq > c->seen) c->seen = seq;
    if (seq > c->settled) c->settled = seq;
}

static void nothing_to_start(uint64_t now) { (void)now; }
static void peer_lost(struct client *c, uint64_t now) { (void)c; (void)now; counters.lost_peers++; }

/* ---- paced senders: clients 0 to senders-1 at --rate each, taking turns ---- */

static int senders;

static void pace(uint64_t now)
{
    last_arrival = now;
    for (int i = 0; i < senders; i++)
        clients[i].due = now + (opt.rate > 0 ? (uint64_t)(SECOND / opt.rate * i / senders) : 0);
}

static void send_due(uint64_t now, uint64_t *wake)
{
    uint64_t interval = (uint64_t)(SECOND / opt.rate);
    for (int i = 0; i < senders; i++) {
        struct client *c = &clients[i];
        if (c->due <= now) {
            uint64_t due = (now - c->due) / interval + 1;
            send_up_to(c, c->sent + due);
            c->due += due * interval;
        }
        if (c->due < *wake) *wake = c->due;
    }
}

/* ---- relay: client 0 sends, all others receive ---- */

static int slowest_count;        /* receivers that have settled no more than slowest */
static uint64_t slowest;

static void find_slowest(void)
{
    slowest = UINT64_MAX;
    for (int i = 1; i < client_count; i++) {
        if (clients[i].settled < slowest) { slowest = clients[i].settled; slowest_count = 0; }
        if (clients[i].settled == slowest) slowest_count++;
    }
}

static void relay_start(uint64_t now)
{
    senders = 1;
    pace(now);
    find_slowest();
}

static void relay_received(struct client *c, const ENetEvent *event, uint64_t now)
{
    const uint8_t *body = message_body(event);
    if (!body) return;
    uint64_t seq = get_u64(body + 16), before = c->settled;
    follow(c, seq);
    if (!as_sent(event, seq)) counters.wrong++;
    count_arrival(event, body, now);
    if (before == slowest && c->settled > before && --slowest_count == 0) find_slowest();
}

/* A closed loop that lost an unreliable message would wait for ever. */
static bool stalled(uint64_t now, uint64_t sent, uint64_t settled)
{
    if (opt.kind == RELIABLE || settled >= sent || now - last_arrival < STALL) return false;
    last_arrival = now;
    counters.stalls++;
    return true;
}

static bool relay_step(uint64_t now, uint64_t *wake)
{
    struct client *sender = &clients[0];
    if (opt.rate > 0) {
        send_due(now, wake);
    } else if (opt.inflight > 0) {
        if (stalled(now, sender->sent, slowest)) {
            for (int i = 1; i < client_count; i++) clients[i].settled = sender->sent;
            find_slowest();
        }
        send_up_to(sender, slowest + (uint64_t)opt.inflight);
    } else {
        send_up_to(sender, (uint64_t)opt.count);
        if (sender->sent < (uint64_t)opt.count) *wake = now;
    }
    return opt.count && opt.kind == RELIABLE && slowest >= (uint64_t)opt.count;
}

/* ---- mesh: all clients send, all others receive ---- */

static void mesh_start(uint64_t now)
{
    if (!(opt.rate > 0)) die("mesh needs --rate");
    senders = client_count;
    pace(now);
}

static void mesh_received(struct client *c, const ENetEvent *event, uint64_t now)
{
    const uint8_t *body = message_body(event);
    if (!body) return;
    bool own = get_u32(body + 4) == (uint32_t)c->index;
    if (own || !as_sent(event, get_u64(body + 16))) counters.wrong++;
    count_arrival(event, body, now);
}

static bool paced_step(uint64_t now, uint64_t *wake)
{
    send_due(now, wake);
    return false;
}

/* ---- echo: --n clients talk to the server, --idle-peers only stay connected ---- */

static void echo_start(uint64_t now)
{
    senders = opt.n;
    pace(now);
}

static void echo_received(struct client *c, const ENetEvent *event, uint64_t now)
{
    const uint8_t *body = message_body(event);
    if (!body) return;
    uint64_t seq = get_u64(body + 16);
    follow(c, seq);
    if (get_u32(body + 4) != (uint32_t)c->index || !as_sent(event, seq)) counters.wrong++;
    count_arrival(event, body, now);
}

static bool echo_step(uint64_t now, uint64_t *wake)
{
    if (opt.rate > 0) return paced_step(now, wake);
    bool go_on = false;
    for (int i = 0; i < senders; i++) go_on = go_on || stalled(now, clients[i].sent, clients[i].settled);
    for (int i = 0; i < senders; i++) {
        struct client *c = &clients[i];
        if (go_on) c->settled = c->sent;
        send_up_to(c, c->settled + (uint64_t)opt.inflight);
    }
    return false;
}

/* ---- tick: input to the server, snapshots from it ---- */

static void tick_received(struct client *c, const ENetEvent *event, uint64_t now)
{
    const uint8_t *body = message_body(event);
    if (!body) return;
    uint64_t tick = get_u64(body + 16);
    if (get_u32(body) != MSG_SNAPSHOT || tick <= c->seen) { counters.wrong++; return; }
    if (c->seen && in_window(now)) counters.missed += tick - c->seen - 1;
    c->seen = tick;
    count_arrival(event, body, now);
}

/* ---- idle ---- */

static bool idle_step(uint64_t now, uint64_t *wake) { (void)now; (void)wake; return false; }
static void idle_received(struct client *c, const ENetEvent *event, uint64_t now)
{
    (void)c;
    (void)now;
    message_body(event);
}

/* ---- bulk: one peer, --count reliable packets of --payload bytes ---- */

static uint64_t bulk_queued, bulk_outstanding;

static void bulk_done(void)
{
    counters.delivered++;
    counters.bytes += (uint64_t)opt.payload;
}

static void bulk_acknowledged(ENetPacket *packet)
{
    (void)packet;
    bulk_outstanding--;
    bulk_done();
}

static void bulk_start(uint64_t now)
{
    (void)now;
    if (opt.count < 1) die("%s needs --count", opt.scenario);
}

static bool bulk_up_step(uint64_t now, uint64_t *wake)
{
    (void)now;
    (void)wake;
    struct client *c = &clients[0];
    bool more = false;
    while (bulk_queued < (uint64_t)opt.count && (opt.inflight == 0 || bulk_outstanding < (uint64_t)opt.inflight)) {
        ENetPacket *packet = enet_packet_create(NULL, (size_t)opt.payload, ENET_PACKET_FLAG_RELIABLE);
        if (!packet) die("no memory for a packet of %d bytes", opt.payload);
        memset(packet->data, 0x5a, packet->dataLength);
        if (enet_peer_send(c->peer, (enet_uint8)opt.channel, packet) < 0) { enet_packet_destroy(packet); break; }
        packet->freeCallback = bulk_acknowledged;
        bulk_queued++;
        bulk_outstanding++;
        counters.sent++;
        more = true;
    }
    if (more) enet_host_flush(c->host);
    return counters.delivered >= (uint64_t)opt.count;
}

static void bulk_down_start(uint64_t now)
{
    bulk_start(now);
    uint8_t request[SOURCE_REQUEST];
    memcpy(request, "SRC1", 4);
    put_u32(request + 4, (uint32_t)opt.count);
    put_u32(request + 8, (uint32_t)opt.payload);
    put_u32(request + 12, opt.inflight > 0 ? (uint32_t)opt.inflight : INT32_MAX);
    put_u32(request + 16, 1);
    enet_peer_send(clients[0].peer, 0, enet_packet_create(request, sizeof request, ENET_PACKET_FLAG_RELIABLE));
    enet_host_flush(clients[0].host);
}

static void bulk_down_received(struct client *c, const ENetEvent *event, uint64_t now)
{
    (void)c;
    (void)now;
    if (event->packet->dataLength != (size_t)opt.payload) counters.wrong++;
    bulk_done();
}

static bool bulk_down_step(uint64_t now, uint64_t *wake)
{
    (void)now;
    (void)wake;
    return counters.delivered >= (uint64_t)opt.count;
}

/* ---- handshake: every client connects and disconnects, over and over ---- */

/* A disconnect drops what is queued, also the acknowledgement that completes the handshake at the server. */
static void leave(struct client *c)
{
    enet_host_flush(c->host);
    enet_peer_disconnect(c->peer, 0);
    enet_host_flush(c->host);
}

static void handshake_start(uint64_t now)
{
    (void)now;
    for (int i = 0; i < client_count; i++) leave(&clients[i]);
}

static void handshake_connected(struct client *c, uint64_t now)
{
    if (in_window(c->connect_at)) histogram_add(&latency, now - c->connect_at);
    leave(c);
}

static void handshake_disconnected(struct client *c, uint64_t now)
{
    /* Without an answer ENet gives up a connection, which takes seconds and is no handshake. */
    if (now - c->connect_at > SECOND) counters.stalls++;
    else if (in_window(now)) counters.handshakes++;
    client_connect(c, opt.ip, opt.port, opt.channels);
}

/* ---- the list ---- */

static const struct scenario scenarios[] = {
    { "relay", 1, false, relay_start, relay_step, relay_received, NULL, peer_lost, -1 },
    { "mesh", 0, false, mesh_start, paced_step, mesh_received, NULL, peer_lost, -1 },
    { "echo", 0, false, echo_start, echo_step, echo_received, NULL, peer_lost, 1 },
    { "tick", 0, false, echo_start, paced_step, tick_received, NULL, peer_lost, 0 },
    { "idle", 0, false, nothing_to_start, idle_step, idle_received, NULL, peer_lost, 0 },
    { "bulk-up", 0, true, bulk_start, bulk_up_step, idle_received, NULL, peer_lost, 0 },
    { "bulk-down", 0, true, bulk_down_start, bulk_down_step, bulk_down_received, NULL, peer_lost, 0 },
    { "handshake", 0, false, handshake_start, idle_step, idle_received, handshake_connected, handshake_disconnected, 0 },
};

const struct scenario *find_scenario(const char *name)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (!strcmp(scenarios[i].name, name)) return &scenarios[i];
    return NULL;
}

int deliveries_per_message(const struct scenario *s) { return s->fanout < 0 ? client_count - 1 : s->fanout; }
