/* The reference server on the system libenet. Every comparison runs against it, so it does as little as its mode
 * allows: a relayed packet is one buffer that all its receivers share, and only connected peers are visited. */
#define _GNU_SOURCE
#include "common.h"
#include <enet/enet.h>
#include <signal.h>
#include <sys/resource.h>

enum mode { RELAY, ECHO, TICK, SINK, SOURCE };
static const char *const mode_names[] = { "relay", "echo", "tick", "sink", "source", NULL };

static const char *mode_name = "relay", *bind_ip = "127.0.0.1";
static int port = 23100, max_peers = 4095, channels = 3, snapshot = 512;
static double tick_hz = 20, poll_hz = 0, secs = 600;
static bool godot3, checksum, range_coder;
static enum mode mode;

static const struct option options[] = {
    { "mode", OPT_TEXT, &mode_name, "relay, echo, tick, sink or source" },
    { "bind", OPT_TEXT, &bind_ip, "address to listen on" },
    { "port", OPT_INT, &port, "UDP port" },
    { "max-peers", OPT_INT, &max_peers, "peer slots, 1 to 4095" },
    { "channels", OPT_INT, &channels, "channel limit" },
    { "godot3", OPT_ON, &godot3, "Godot 3 ids, targets and peer notices" },
    { "tick-hz", OPT_REAL, &tick_hz, "snapshots per second in mode tick" },
    { "snapshot", OPT_INT, &snapshot, "bytes of a snapshot" },
    { "poll-hz", OPT_REAL, &poll_hz, "serve once per frame at this rate; 0: as soon as something arrives" },
    { "checksum", OPT_ON, &checksum, "CRC32" },
    { "range-coder", OPT_ON, &range_coder, "compression" },
    { "secs", OPT_REAL, &secs, "end after this time at the latest" },
    { NULL, OPT_ON, NULL, NULL },
};

static ENetHost *host;
static volatile sig_atomic_t stopped;
static struct { uint64_t received, sent, connects, disconnects, refused; } total;

static void stop(int signal_number) { (void)signal_number; stopped = 1; }

/* ---- sessions: one per peer slot; the connected ones stand without gaps in live ---- */

struct session {
    ENetPeer *peer;        /* NULL while not connected, so that slots nobody uses take no memory */
    int place;             /* in live */
    uint32_t id;           /* of Godot */
    struct session *chain; /* next in its bucket */
    struct { int left, size, window, outstanding; bool reliable; } source;
};
enum { BUCKETS = 8192 };
static struct session *sessions, **live, *buckets[BUCKETS];
static int live_count;

static struct session *session_of(const ENetPeer *peer) { return &sessions[peer - host->peers]; }

static struct session **bucket_link(uint32_t id)
{
    struct session **at = &buckets[(id * 2654435761u) >> 19];
    while (*at && (*at)->id != id) at = &(*at)->chain;
    return at;
}

static struct session *session_open(ENetPeer *peer, uint32_t id)
{
    struct session *s = session_of(peer);
    *s = (struct session){ .peer = peer, .place = live_count, .id = id };
    live[live_count++] = s;
    if (godot3) *bucket_link(id) = s;
    total.connects++;
    return s;
}

static void session_close(struct session *s)
{
    live[s->place] = live[--live_count];
    live[s->place]->place = s->place;
    s->peer = NULL;
    if (godot3) *bucket_link(s->id) = s->chain;
    total.disconnects++;
}

/* ---- sending ---- */

static void send_to(struct session *to, uint8_t channel, ENetPacket *packet)
{
    if (enet_peer_send(to->peer, channel, packet) == 0) total.sent++;
}

/* ENet frees a packet with its last reference; one that no peer took has none. */
static void drop_unused(ENetPacket *packet)
{
    if (packet->referenceCount == 0) enet_packet_destroy(packet);
}

static void forward(const struct session *from, uint8_t channel, ENetPacket *packet, uint32_t but)
{
    for (int i = 0; i < live_count; i++)
        if (live[i] != from && (but == 0 || live[i]->id != but)) send_to(live[i], channel, packet);
}

static void notice(struct session *to, uint32_t kind, uint32_t about)
{
    ENetPacket *packet = enet_packet_create(NULL, 8, ENET_PACKET_FLAG_RELIABLE);
    put_u32(packet->data, kind);
    put_u32(packet->data + 4, about);
    send_to(to, GODOT_CHANNEL_SYSTEM, packet);
    drop_unused(packet);
}

static void send_snapshot(uint64_t tick)
{
    ENetPacket *packet = enet_packet_create(NULL, (size_t)snapshot, 0);
    uint8_t *body = packet->data;
    memset(body, 0, (size_t)snapshot);
    if (godot3) {
        put_u32(body, GODOT_SERVER);
        body += GODOT_HEADER;
    }
    put_message(body, MSG_SNAPSHOT, 0, tick);
    for (int i = 0; i < live_count; i++) send_to(live[i], godot3 ? GODOT_CHANNEL_UNRELIABLE : 0, packet);
    drop_unused(packet);
}

/* ---- mode source ---- */

static void source_freed(ENetPacket *packet) { session_of(packet->userData)->source.outstanding--; }

static void source_start(struct session *s, const ENetPacket *request)
{
    const uint8_t *at = request->data;
    if (request->dataLength < SOURCE_REQUEST || memcmp(at, "SRC1", 4)) return;
    s->source.left = (int)get_u32(at + 4);
    s->source.size = (int)get_u32(at + 8);
    s->source.window = (int)get_u32(at + 12);
    s->source.reliable = get_u32(at + 16) != 0;
}

static void source_refill(struct session *s)
{
    for (; s->source.left > 0 && s->source.outstanding < s->source.window; s->source.left--) {
        ENetPacket *packet = enet_packet_create(NULL, (size_t)s->source.size, s->source.reliable ? ENET_PACKET_FLAG_RELIABLE : 0);
        if (!packet) die("no memory for a packet of %d bytes", s->source.size);
        memset(packet->data, 0x5a, packet->dataLength);
        if (enet_peer_send(s->peer, 0, packet) < 0) { enet_packet_destroy(packet); return; }
        packet->userData = s->peer;
        packet->freeCallback = source_freed;
        s->source.outstanding++;
        total.sent++;
    }
}

/* Says whether anything is still to be sent. */
static bool source_refill_all(void)
{
    bool more = false;
    for (int i = 0; i < live_count; i++) {
        source_refill(live[i]);
        more = more || live[i]->source.left > 0;
    }
    return more;
}

/* ---- events ---- */

static void on_connect(ENetPeer *peer, uint32_t data)
{
    if (!godot3) { session_open(peer, 0); return; }
    if (data < 2 || data > INT32_MAX || *bucket_link(data)) {
        total.refused++;
        enet_peer_reset(peer);
        return;
    }
    struct session *joined = session_open(peer, data);
    for (int i = 0; i < live_count; i++) {
        if (live[i] == joined) continue;
        notice(joined, GODOT_ADD_PEER, live[i]->id);
        notice(live[i], GODOT_ADD_PEER, joined->id);
    }
}

static void on_disconnect(struct session *s)
{
    session_close(s);
    for (int i = 0; godot3 && i < live_count; i++) notice(live[i], GODOT_REMOVE_PEER, s->id);
}

static void relay_godot(struct session *from, uint8_t channel, ENetPacket *packet)
{
    if (packet->dataLength < GODOT_HEADER || get_u32(packet->data) != from->id) { total.refused++; return; }
    int32_t target = (int32_t)get_u32(packet->data + 4);
    if (target <= 0) {
        forward(from, channel, packet, 0u - (uint32_t)target);
    } else if (target != GODOT_SERVER) {
        struct session *to = *bucket_link((uint32_t)target);
        if (to) send_to(to, channel, packet);
    }
}

static void on_receive(struct session *from, uint8_t channel, ENetPacket *packet)
{
    total.received++;
    switch (mode) {
    case RELAY:
        if (godot3) relay_godot(from, channel, packet);
        else forward(from, channel, packet, 0);
        break;
    case ECHO: send_to(from, channel, packet); break;
    case SOURCE: source_start(from, packet); break;
    case TICK:
    case SINK: break;
    }
}

static void handle(const ENetEvent *event)
{
    struct session *s = session_of(event->peer);
    switch (event->type) {
    case ENET_EVENT_TYPE_CONNECT: on_connect(event->peer, event->data); break;
    case ENET_EVENT_TYPE_DISCONNECT: if (s->peer) on_disconnect(s); break;
    case ENET_EVENT_TYPE_RECEIVE:
        if (s->peer) on_receive(s, event->channelID, event->packet);
        drop_unused(event->packet);
        break;
    case ENET_EVENT_TYPE_NONE: break;
    }
}

/* ---- the two ways to serve ---- */

static void serve_events(uint32_t wait_ms)
{
    ENetEvent event;
    if (enet_host_service(host, &event, wait_ms) <= 0) return;
    do handle(&event); while (enet_host_check_events(host, &event) > 0);
}

/* As a game does it: everything that is there once per frame, then sleep. */
static void serve_frame(uint64_t *frame_end, uint64_t frame)
{
    ENetEvent event;
    while (enet_host_service(host, &event, 0) > 0) handle(&event);
    enet_host_flush(host);
    uint64_t now = now_ns();
    *frame_end += frame;
    if (*frame_end <= now) { *frame_end = now; return; }
    struct timespec rest = { (time_t)((*frame_end - now) / SECOND), (long)((*frame_end - now) % SECOND) };
    nanosleep(&rest, NULL);
}

static void serve(void)
{
    uint64_t start = now_ns(), deadline = start + (uint64_t)(secs * SECOND);
    uint64_t frame = poll_hz > 0 ? (uint64_t)(SECOND / poll_hz) : 0, frame_end = start;
    uint64_t period = (uint64_t)(SECOND / tick_hz), next_tick = start + period, tick = 0;
    while (!stopped) {
        uint64_t now = now_ns();
        if (now >= deadline) break;
        uint64_t wait = 100 * MS; /* also the longest time to notice a signal */
        if (mode == TICK) {
            if (now >= next_tick) {
                send_snapshot(++tick);
                next_tick += period;
            }
            if (next_tick <= now) wait = 0;
            else if (next_tick - now < wait) wait = next_tick - now;
        }
        /* An acknowledgement frees packets but raises no event, so look again soon. */
        if (mode == SOURCE && source_refill_all()) wait = MS;
        if (frame) serve_frame(&frame_end, frame);
        else serve_events((uint32_t)((wait + MS - 1) / MS));
    }
}

static void open_host(void)
{
    ENetAddress address = { .port = (enet_uint16)port };
    if (enet_initialize()) die("cannot start libenet");
    if (enet_address_set_host_ip(&address, bind_ip)) die("--bind %s: not an IPv4 address", bind_ip);
    host = enet_host_create(&address, (size_t)max_peers, (size_t)channels, 0, 0);
    if (!host) die("cannot listen on %s:%d with %d peers: %s", bind_ip, port, max_peers, strerror(errno));
    if (checksum) host->checksum = enet_crc32;
    if (range_coder && enet_host_compress_with_range_coder(host)) die("cannot start the range coder");
}

static void report(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    fprintf(stderr,
        "{\"server\":\"enetrelay\",\"mode\":\"%s\",\"user_s\":%ld.%06ld,\"system_s\":%ld.%06ld,\"received\":%llu,\"sent\":%llu,"
        "\"connects\":%llu,\"disconnects\":%llu,\"refused\":%llu,\"datagrams_sent\":%u,\"datagrams_received\":%u}\n",
        mode_names[mode], (long)use.ru_utime.tv_sec, (long)use.ru_utime.tv_usec, (long)use.ru_stime.tv_sec, (long)use.ru_stime.tv_usec,
        (unsigned long long)total.received, (unsigned long long)total.sent, (unsigned long long)total.connects,
        (unsigned long long)total.disconnects, (unsigned long long)total.refused, host->totalSentPackets, host->totalReceivedPackets);
}

int main(int argc, char **argv)
{
    parse_options(argc, argv, options);
    mode = (enum mode)choose("mode", mode_name, mode_names);
    if (max_peers < 1 || max_peers > ENET_PROTOCOL_MAXIMUM_PEER_ID) die("--max-peers %d: want 1 to %d", max_peers, ENET_PROTOCOL_MAXIMUM_PEER_ID);
    if (!(tick_hz > 0)) die("--tick-hz: want more than 0");
    int least = MSG_SIZE + (godot3 ? GODOT_HEADER : 0);
    if (snapshot < least) snapshot = least;

    struct sigaction action = { .sa_handler = stop };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    open_host();
    sessions = calloc((size_t)max_peers, sizeof *sessions);
    live = calloc((size_t)max_peers, sizeof *live);
    if (!sessions || !live) die("no memory for %d peers", max_peers);
    serve();
    report();
    return 0;
}
