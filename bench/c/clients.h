/* Many ENet clients in one process, each with a host and a UDP socket of its own, as clients on machines of their own
 * would have. */
#ifndef CROSSPEER_BENCH_CLIENTS_H
#define CROSSPEER_BENCH_CLIENTS_H

#include <enet/enet.h>
#include <stdbool.h>
#include <stdint.h>

struct client {
    ENetHost *host;
    ENetPeer *peer;
    int index;
    uint32_t id;          /* connect data; Godot's id of the peer */
    bool up;
    uint64_t connect_at;  /* when the handshake began */
    uint64_t sent, seen;  /* messages sent, highest sequence number received */
    uint64_t settled;     /* as seen, but a closed loop may count lost messages in */
    uint64_t due;         /* time of the next message of a paced sender */
};

struct client_events {
    void (*connected)(struct client *, uint64_t now);
    void (*disconnected)(struct client *, uint64_t now);
    void (*received)(struct client *, const ENetEvent *, uint64_t now); /* the packet is freed afterwards */
};

extern struct client *clients;
extern int client_count;
extern struct client_events client_events;

void clients_open(int count, int channels, bool checksum, bool range_coder);
void client_connect(struct client *, const char *ip, int port, int channels);
void clients_wait(uint64_t until);          /* serves what arrives until then; returns after one batch */
uint64_t clients_datagrams_in(void), clients_datagrams_out(void);
void clients_close(void);

#endif
