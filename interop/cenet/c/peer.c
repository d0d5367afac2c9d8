/* An ENet peer on the system libenet, driven by lines on standard input.
 *
 * A command is a word and its arguments, separated by spaces. Every command is answered by one line: "=" and values, or
 * "!" and the reason why it was refused. Events come as lines of their own, before the answer to a command that was
 * read after they happened:
 *
 *   connect <peer> <data> <address>
 *   receive <peer> <channel> <flags> <length> <hash> <bytes>
 *   disconnect <peer> <data>
 *
 * Connections are numbered from 0 in the order in which they begin: an outgoing one with its command, an incoming one
 * with its event. A number is never used again. The end of the input ends the program. */
#define _GNU_SOURCE
#include <enet/enet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LINE = 1 << 18, MAX_ARGUMENTS = 9, MAX_CONNECTIONS = 1 << 20, SHOWN_BYTES = 64 };

static ENetHost **hosts; /* one, or for a client one per socket */
static int host_count, next_host;
static struct pollfd *waiting; /* standard input, then the sockets */
static bool range_coder, paused;

static ENetPeer *connections[MAX_CONNECTIONS]; /* NULL when over */
static int connection_count;

/* ---- payloads: the same pattern and hash as on the Go side ---- */

static uint64_t pattern_word(uint64_t seed, uint64_t index)
{
    uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15u + index * 0xd1342543de82ef95u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return x;
}

static void fill_pattern(uint8_t *to, size_t length, uint64_t seed)
{
    for (size_t i = 0; i < length; i++) to[i] = (uint8_t)(pattern_word(seed, i / 8) >> (i % 8 * 8));
}

static uint64_t hash(const uint8_t *data, size_t length) /* FNV-1a */
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++) h = (h ^ data[i]) * 0x100000001b3u;
    return h;
}

/* ---- connections ---- */

/* The number of a connection is kept in the peer, plus one: no number yet is NULL there. */
static int number_of(const ENetPeer *peer) { return (int)(intptr_t)peer->data - 1; }

static int begin_connection(ENetPeer *peer)
{
    if (connection_count == MAX_CONNECTIONS) { puts("! too many connections"); exit(1); }
    connections[connection_count] = peer;
    peer->data = (void *)(intptr_t)(connection_count + 1);
    return connection_count++;
}

static void end_connection(ENetPeer *peer)
{
    if (peer->data) connections[number_of(peer)] = NULL;
    peer->data = NULL;
}

/* ---- events ---- */

static void show_bytes(const uint8_t *data, size_t length)
{
    putchar(' ');
    if (length == 0 || length > SHOWN_BYTES) putchar('-');
    else for (size_t i = 0; i < length; i++) printf("%02x", data[i]);
    putchar('\n');
}

static void show(const ENetEvent *event)
{
    ENetPeer *peer = event->peer;
    switch (event->type) {
    case ENET_EVENT_TYPE_CONNECT: {
        char ip[64] = "?";
        enet_address_get_host_ip(&peer->address, ip, sizeof ip);
        int number = peer->data ? number_of(peer) : begin_connection(peer);
        printf("connect %d %" PRIu32 " %s:%u\n", number, event->data, ip, peer->address.port);
        break;
    }
    case ENET_EVENT_TYPE_RECEIVE: {
        const ENetPacket *packet = event->packet;
        printf("receive %d %u %" PRIu32 " %zu %016" PRIx64, number_of(peer), event->channelID, packet->flags,
            packet->dataLength, hash(packet->data, packet->dataLength));
        show_bytes(packet->data, packet->dataLength);
        enet_packet_destroy(event->packet);
        break;
    }
    case ENET_EVENT_TYPE_DISCONNECT:
        printf("disconnect %d %" PRIu32 "\n", number_of(peer), event->data);
        end_connection(peer);
        break;
    case ENET_EVENT_TYPE_NONE: break;
    }
}

static void serve(ENetHost *host)
{
    ENetEvent event;
    int result;
    /* Serving again after the events sends what they have caused, such as acknowledgements. */
    while ((result = enet_host_service(host, &event, 0)) > 0) {
        do show(&event); while (enet_host_check_events(host, &event) > 0);
    }
    if (result < 0) printf("error %s\n", strerror(errno));
}

/* ---- answers ---- */

static void ok(void) { puts("="); }

__attribute__((format(printf, 1, 2)))
static void refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("! ", stdout);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

/* ---- commands ----
 * The arguments of a command are described by one letter each: s text, n number, p connection. They are checked before
 * the command runs. */

static union { const char *text; uint64_t number; ENetPeer *peer; } arg[MAX_ARGUMENTS];

static enet_uint32 n32(int i) { return (enet_uint32)arg[i].number; }

/* The peers of a host took its MTU over when it was created. */
static void set_mtu(ENetHost *host, enet_uint32 mtu)
{
    host->mtu = mtu;
    for (size_t i = 0; i < host->peerCount; i++) host->peers[i].mtu = mtu;
}

/* host server|client ip port peers channels incoming outgoing mtu sockets */
static void do_host(void)
{
    bool server = !strcmp(arg[0].text, "server");
    ENetAddress address = { .port = (enet_uint16)arg[2].number };
    size_t sockets = arg[8].number;
    if (host_count) return refuse("there is a host already");
    if (enet_address_set_host_ip(&address, arg[1].text)) return refuse("%s is no IPv4 address", arg[1].text);
    if (sockets < 1 || sockets > 4096 || (server && sockets != 1)) return refuse("%zu sockets", sockets);
    hosts = calloc(sockets, sizeof *hosts);
    waiting = calloc(sockets + 1, sizeof *waiting);
    waiting[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
    for (size_t i = 0; i < sockets; i++) {
        ENetHost *host = enet_host_create(server ? &address : NULL, arg[3].number, arg[4].number, n32(5), n32(6));
        if (!host) return refuse("no host: %s", strerror(errno));
        /* Tests look at the protocol, not at the buffer. The system may give less. */
        enet_socket_set_option(host->socket, ENET_SOCKOPT_RCVBUF, 4 << 20);
        if (arg[7].number) set_mtu(host, n32(7));
        hosts[host_count++] = host;
        waiting[host_count] = (struct pollfd){ .fd = host->socket, .events = POLLIN };
    }
    printf("= %u\n", hosts[0]->address.port);
}

static void do_compress(void)
{
    for (int i = 0; i < host_count; i++)
        if (enet_host_compress_with_range_coder(hosts[i])) return refuse("no range coder");
    range_coder = true;
    ok();
}

static void do_checksum(void)
{
    for (int i = 0; i < host_count; i++) hosts[i]->checksum = enet_crc32;
    ok();
}

/* limits duplicate-peers packet-size waiting-data, 0 for unchanged */
static void do_limits(void)
{
    for (int i = 0; i < host_count; i++) {
        if (arg[0].number) hosts[i]->duplicatePeers = arg[0].number;
        if (arg[1].number) hosts[i]->maximumPacketSize = arg[1].number;
        if (arg[2].number) hosts[i]->maximumWaitingData = arg[2].number;
    }
    ok();
}

/* connect ip port channels data count: the data counts up */
static void do_connect(void)
{
    ENetAddress address = { .port = (enet_uint16)arg[1].number };
    int first = connection_count;
    if (enet_address_set_host_ip(&address, arg[0].text)) return refuse("%s is no IPv4 address", arg[0].text);
    for (uint64_t i = 0; i < arg[4].number; i++) {
        ENetPeer *peer = enet_host_connect(hosts[next_host], &address, arg[2].number, n32(3) + (enet_uint32)i);
        if (!peer) return refuse("no free peer for connection %" PRIu64 " of %" PRIu64, i + 1, arg[4].number);
        begin_connection(peer);
        next_host = (next_host + 1) % host_count;
    }
    printf("= %d\n", first);
}

/* Makes a packet of the pattern, or refuses the command. libenet 1.3.17 reads past its buffers when it compresses a
 * datagram with an empty packet. Other flags than these would hand it the payload without a copy. */
static ENetPacket *make_packet(uint64_t length, uint64_t flags)
{
    const uint64_t known = ENET_PACKET_FLAG_RELIABLE | ENET_PACKET_FLAG_UNSEQUENCED | ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT;
    if (length == 0 && range_coder) {
        refuse("an empty packet with the range coder crashes libenet 1.3.17");
        return NULL;
    }
    ENetPacket *packet = flags & ~known ? NULL : enet_packet_create(NULL, length, (enet_uint32)flags);
    if (!packet) refuse("no packet of %" PRIu64 " bytes with flags %" PRIu64, length, flags);
    return packet;
}

static bool send_packet(ENetPeer *peer, uint64_t channel, ENetPacket *packet)
{
    if (channel <= UINT8_MAX && enet_peer_send(peer, (enet_uint8)channel, packet) == 0) return true;
    refuse("connection %d does not take %zu bytes on channel %" PRIu64, number_of(peer), packet->dataLength, channel);
    enet_packet_destroy(packet);
    return false;
}

/* send peer channel flags length seed count: the seed counts up */
static void do_send(void)
{
    for (uint64_t i = 0; i < arg[5].number; i++) {
        ENetPacket *packet = make_packet(arg[3].number, arg[2].number);
        if (!packet) return;
        fill_pattern(packet->data, packet->dataLength, arg[4].number + i);
        if (!send_packet(arg[0].peer, arg[1].number, packet)) return;
    }
    ok();
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

/* bytes peer channel flags hex, where - is no byte */
static void do_bytes(void)
{
    const char *hex = strcmp(arg[3].text, "-") ? arg[3].text : "";
    if (strlen(hex) % 2 || strspn(hex, "0123456789abcdef") != strlen(hex)) return refuse("not hexadecimal");
    ENetPacket *packet = make_packet(strlen(hex) / 2, arg[2].number);
    if (!packet) return;
    for (size_t i = 0; i < packet->dataLength; i++)
        packet->data[i] = (enet_uint8)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
    if (send_packet(arg[0].peer, arg[1].number, packet)) ok();
}

/* broadcast channel flags length seed count */
static void do_broadcast(void)
{
    for (uint64_t i = 0; i < arg[4].number; i++) {
        for (int h = 0; h < host_count; h++) {
            ENetPacket *packet = make_packet(arg[2].number, arg[1].number);
            if (!packet) return;
            fill_pattern(packet->data, packet->dataLength, arg[3].number + i);
            enet_host_broadcast(hosts[h], (enet_uint8)arg[0].number, packet);
        }
    }
    ok();
}

/* The end of a connection raises an event here only if it was up and the other side is asked to agree. */
static void after_disconnect(ENetPeer *peer)
{
    if (peer->state == ENET_PEER_STATE_DISCONNECTED) end_connection(peer);
    ok();
}

static void do_disconnect(void) { enet_peer_disconnect(arg[0].peer, n32(1)); after_disconnect(arg[0].peer); }
static void do_disconnect_later(void) { enet_peer_disconnect_later(arg[0].peer, n32(1)); after_disconnect(arg[0].peer); }
static void do_disconnect_now(void) { enet_peer_disconnect_now(arg[0].peer, n32(1)); after_disconnect(arg[0].peer); }
static void do_reset(void) { enet_peer_reset(arg[0].peer); after_disconnect(arg[0].peer); }

static void do_ping(void) { enet_peer_ping(arg[0].peer); ok(); }
static void do_ping_interval(void) { enet_peer_ping_interval(arg[0].peer, n32(1)); ok(); }
static void do_timeout(void) { enet_peer_timeout(arg[0].peer, n32(1), n32(2), n32(3)); ok(); }
static void do_throttle(void) { enet_peer_throttle_configure(arg[0].peer, n32(1), n32(2), n32(3)); ok(); }

static void do_bandwidth(void)
{
    for (int i = 0; i < host_count; i++) enet_host_bandwidth_limit(hosts[i], n32(0), n32(1));
    ok();
}

static void do_channel_limit(void)
{
    for (int i = 0; i < host_count; i++) enet_host_channel_limit(hosts[i], arg[0].number);
    ok();
}

static void do_flush(void)
{
    for (int i = 0; i < host_count; i++) enet_host_flush(hosts[i]);
    ok();
}

static void do_pause(void) { paused = true; ok(); }
static void do_resume(void) { paused = false; ok(); }

/* The order of the values is the order of the fields of Stats on the Go side. */
static void do_stats(void)
{
    const ENetPeer *p = arg[0].peer;
    const uint32_t values[] = {
        p->state, p->mtu, (uint32_t)p->channelCount, p->windowSize, p->incomingBandwidth, p->outgoingBandwidth,
        p->roundTripTime, p->roundTripTimeVariance, p->packetLoss, p->packetThrottle, p->packetThrottleLimit,
        p->packetThrottleInterval, p->packetThrottleAcceleration, p->packetThrottleDeceleration, p->reliableDataInTransit,
        p->incomingPeerID, p->outgoingPeerID,
    };
    putchar('=');
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) printf(" %" PRIu32, values[i]);
    putchar('\n');
}

static void do_totals(void)
{
    uint64_t connected = 0, out = 0, out_bytes = 0, in = 0, in_bytes = 0;
    for (int i = 0; i < host_count; i++) {
        connected += hosts[i]->connectedPeers;
        out += hosts[i]->totalSentPackets;
        out_bytes += hosts[i]->totalSentData;
        in += hosts[i]->totalReceivedPackets;
        in_bytes += hosts[i]->totalReceivedData;
    }
    printf("= %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", connected, out, out_bytes, in, in_bytes);
}

static void do_version(void)
{
    ENetVersion v = enet_linked_version();
    printf("= %u.%u.%u\n", ENET_VERSION_GET_MAJOR(v), ENET_VERSION_GET_MINOR(v), ENET_VERSION_GET_PATCH(v));
}

static void do_quit(void)
{
    ok();
    fflush(stdout);
    exit(0);
}

static const struct command { const char *name, *arguments; void (*run)(void); } commands[] = {
    { "version", "", do_version }, { "host", "ssnnnnnnn", do_host }, { "quit", "", do_quit },
    { "compress", "", do_compress }, { "checksum", "", do_checksum }, { "limits", "nnn", do_limits },
    { "bandwidth", "nn", do_bandwidth }, { "channel_limit", "n", do_channel_limit },
    { "connect", "snnnn", do_connect }, { "send", "pnnnnn", do_send }, { "bytes", "pnns", do_bytes },
    { "broadcast", "nnnnn", do_broadcast }, { "flush", "", do_flush }, { "pause", "", do_pause }, { "resume", "", do_resume },
    { "disconnect", "pn", do_disconnect }, { "disconnect_later", "pn", do_disconnect_later },
    { "disconnect_now", "pn", do_disconnect_now }, { "reset", "p", do_reset },
    { "ping", "p", do_ping }, { "ping_interval", "pn", do_ping_interval }, { "timeout", "pnnn", do_timeout },
    { "throttle", "pnnn", do_throttle }, { "stats", "p", do_stats }, { "totals", "", do_totals },
};

static bool parse_argument(int i, char kind, const char *word)
{
    if (!word) { refuse("argument %d is missing", i + 1); return false; }
    if (kind == 's') { arg[i].text = word; return true; }
    char *end;
    errno = 0;
    uint64_t v = strtoull(word, &end, 10);
    if (errno || *word < '0' || *word > '9' || *end) { refuse("argument %d: %s is no number", i + 1, word); return false; }
    if (kind == 'n') { arg[i].number = v; return true; }
    arg[i].peer = v < (uint64_t)connection_count ? connections[v] : NULL;
    if (!arg[i].peer) refuse("connection %s is not there any more", word);
    return arg[i].peer != NULL;
}

static void obey(char *line)
{
    char *rest, *name = strtok_r(line, " ", &rest);
    const struct command *c = commands, *end = commands + sizeof commands / sizeof *commands;
    while (c < end && (!name || strcmp(c->name, name))) c++;
    if (c == end) return refuse("no such command");
    if (!host_count && c->run != do_version && c->run != do_host && c->run != do_quit) return refuse("there is no host yet");
    for (int i = 0; c->arguments[i]; i++)
        if (!parse_argument(i, c->arguments[i], strtok_r(NULL, " ", &rest))) return;
    if (strtok_r(NULL, " ", &rest)) return refuse("too many arguments");
    c->run();
}

/* ---- the loop ---- */

static void read_commands(void)
{
    static char input[MAX_LINE];
    static size_t held;
    ssize_t n = read(STDIN_FILENO, input + held, sizeof input - held);
    if (n <= 0) exit(0);
    held += (size_t)n;
    char *line = input, *end;
    while ((end = memchr(line, '\n', held - (size_t)(line - input)))) {
        *end = 0;
        obey(line);
        line = end + 1;
    }
    held -= (size_t)(line - input);
    memmove(input, line, held);
    if (held == sizeof input) {
        refuse("line too long");
        held = 0;
    }
}

int main(void)
{
    if (enet_initialize()) return 1;
    static char output[1 << 16];
    setvbuf(stdout, output, _IOFBF, sizeof output);
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    /* ENet keeps its timers in milliseconds and does not tell when the next one ends. Many hosts are looked after less
     * often, as each look is a system call. */
    enet_uint32 last_round = enet_time_get();
    for (;;) {
        fflush(stdout);
        bool serving = host_count > 0 && !paused;
        struct pollfd *fds = serving ? waiting : &input;
        int interval = host_count <= 8 ? 2 : 20;
        if (poll(fds, serving ? (nfds_t)host_count + 1 : 1, serving ? interval : -1) < 0 && errno != EINTR) return 1;
        bool commanded = fds[0].revents != 0;
        if (commanded) read_commands();
        if (!host_count || paused) continue;
        enet_uint32 now = enet_time_get();
        bool round = commanded || now - last_round >= (enet_uint32)interval;
        if (round) last_round = now;
        for (int i = 0; i < host_count; i++)
            if (round || waiting[i + 1].revents) serve(hosts[i]);
    }
}
