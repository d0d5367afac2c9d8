#define _GNU_SOURCE
#include "clients.h"
#include "common.h"
#include <sys/epoll.h>
#include <sys/resource.h>

struct client *clients;
int client_count;
struct client_events client_events;

static int epoll_fd;

/* ENet resends and pings only while its host is served, also when nothing arrives. A sweep serves all hosts once per
 * period, evenly spread, so that the pings of idle clients do not come in bursts. */
static struct { uint64_t period, start, served; } sweep;

static uint64_t sweep_period(int count)
{
    if (count <= 16) return 2 * MS;
    if (count <= 256) return 10 * MS;
    if (count <= 1024) return 40 * MS;
    return 100 * MS;
}

void clients_open(int count, int channels, bool checksum, bool range_coder)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    client_count = count;
    clients = calloc((size_t)count, sizeof *clients);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || epoll_fd < 0) die("cannot prepare %d clients: %s", count, strerror(errno));
    for (int i = 0; i < count; i++) {
        struct client *c = &clients[i];
        c->index = i;
        c->host = enet_host_create(NULL, 1, (size_t)channels, 0, 0);
        if (!c->host) die("cannot open socket %d of %d: %s", i + 1, count, strerror(errno));
        if (checksum) c->host->checksum = enet_crc32;
        if (range_coder && enet_host_compress_with_range_coder(c->host)) die("cannot start the range coder");
        struct epoll_event interest = { .events = EPOLLIN, .data.ptr = c };
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->host->socket, &interest)) die("epoll: %s", strerror(errno));
    }
    sweep.period = sweep_period(count);
    sweep.start = now_ns();
}

void client_connect(struct client *c, const char *ip, int port, int channels)
{
    ENetAddress address = { .port = (enet_uint16)port };
    if (enet_address_set_host_ip(&address, ip)) die("%s: not an IPv4 address", ip);
    c->connect_at = now_ns();
    c->peer = enet_host_connect(c->host, &address, (size_t)channels, c->id);
    if (!c->peer) die("client %d cannot begin a connection", c->index);
    enet_host_flush(c->host);
}

static void dispatch(struct client *c, const ENetEvent *event)
{
    uint64_t now = now_ns();
    switch (event->type) {
    case ENET_EVENT_TYPE_CONNECT:
        c->up = true;
        client_events.connected(c, now);
        break;
    case ENET_EVENT_TYPE_DISCONNECT:
        c->up = false;
        client_events.disconnected(c, now);
        break;
    case ENET_EVENT_TYPE_RECEIVE:
        client_events.received(c, event, now);
        enet_packet_destroy(event->packet);
        break;
    case ENET_EVENT_TYPE_NONE: break;
    }
}

static void serve(struct client *c)
{
    ENetEvent event;
    if (enet_host_service(c->host, &event, 0) <= 0) return;
    do dispatch(c, &event); while (enet_host_check_events(c->host, &event) > 0);
}

static void sweep_on(uint64_t now)
{
    uint64_t target = (now - sweep.start) * (uint64_t)client_count / sweep.period;
    /* After a long stop one full round is enough. */
    if (target > sweep.served + (uint64_t)client_count) sweep.served = target - (uint64_t)client_count;
    for (; sweep.served < target; sweep.served++) serve(&clients[sweep.served % (uint64_t)client_count]);
}

void clients_wait(uint64_t until)
{
    struct epoll_event ready[256];
    uint64_t now = now_ns();
    sweep_on(now);
    uint64_t left = until > now ? until - now : 0;
    if (left > MS) left = MS;
    struct timespec timeout = { 0, (long)left };
    int n = epoll_pwait2(epoll_fd, ready, 256, &timeout, NULL);
    for (int i = 0; i < n; i++) serve(ready[i].data.ptr);
}

uint64_t clients_datagrams_in(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < client_count; i++) sum += clients[i].host->totalReceivedPackets;
    return sum;
}

uint64_t clients_datagrams_out(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < client_count; i++) sum += clients[i].host->totalSentPackets;
    return sum;
}

void clients_close(void)
{
    for (int i = 0; i < client_count; i++)
        if (clients[i].up) enet_peer_disconnect_now(clients[i].peer, 0);
}
