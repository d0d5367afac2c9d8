/* Drives a server with ENet clients on the system libenet, watches the server's process from outside and prints one
 * line of JSON. A run has five phases: connect, settle, warm-up, the measured window, and a drain in which messages
 * sent in the window may still arrive. Each is bounded in time. */
#define _GNU_SOURCE
#include "common.h"
#include "load.h"
#include <signal.h>
#include <sys/prctl.h>

static const char *const kind_names[] = { "unreliable", "unsequenced", "reliable", NULL };

struct load_options opt = {
    .ip = "127.0.0.1", .scenario = "relay", .mode = "unreliable", .port = 23100, .n = 1, .payload = 64, .channels = 3,
    .channel = -1, .parallel = 64, .rate = 100, .secs = 5, .warmup = 0.4, .settle = 0.3, .drain = 1, .connect_timeout = 5,
};

static const struct option options[] = {
    { "addr", OPT_TEXT, &opt.ip, "address of the server" },
    { "port", OPT_INT, &opt.port, "port of the server" },
    { "rx-port", OPT_INT, &opt.rx_port, "port for the receivers of a relay, when a proxy stands before the server" },
    { "scenario", OPT_TEXT, &opt.scenario, "relay, mesh, echo, tick, idle, bulk-up, bulk-down or handshake" },
    { "mode", OPT_TEXT, &opt.mode, "unreliable, unsequenced or reliable" },
    { "n", OPT_INT, &opt.n, "receivers of a relay, else clients" },
    { "idle-peers", OPT_INT, &opt.idle_peers, "clients that only stay connected, for echo" },
    { "payload", OPT_INT, &opt.payload, "bytes of a message, with the Godot header" },
    { "rate", OPT_REAL, &opt.rate, "messages per second and sender; 0: closed loop, or all at once" },
    { "inflight", OPT_INT, &opt.inflight, "window of a closed loop; 0: all of --count at once" },
    { "count", OPT_INT, &opt.count, "messages per sender, then stop" },
    { "secs", OPT_REAL, &opt.secs, "measured window, or its limit" },
    { "warmup", OPT_REAL, &opt.warmup, "seconds before the window" },
    { "settle", OPT_REAL, &opt.settle, "seconds between the last connect and the first message" },
    { "drain", OPT_REAL, &opt.drain, "longest wait for messages after the window" },
    { "connect-timeout", OPT_REAL, &opt.connect_timeout, "seconds without any new connection" },
    { "parallel", OPT_INT, &opt.parallel, "handshakes under way at once" },
    { "channels", OPT_INT, &opt.channels, "channels of a connection" },
    { "channel", OPT_INT, &opt.channel, "channel to send on (0; godot3: 1 reliable, 2 else)" },
    { "godot3", OPT_ON, &opt.godot3, "connect with ids, send the 8 byte header" },
    { "checksum", OPT_ON, &opt.checksum, "CRC32" },
    { "range-coder", OPT_ON, &opt.range_coder, "compression" },
    { "throttle", OPT_ON, &opt.throttle, "leave ENet's packet throttle on" },
    { "server-pid", OPT_INT, &opt.server_pid, "process to measure" },
    { NULL, OPT_ON, NULL, NULL },
};

static const struct scenario *scenario;
static volatile sig_atomic_t stopped;
static void stop(int signal_number) { (void)signal_number; stopped = 1; }

static uint64_t seconds(double s) { return (uint64_t)(s * SECOND); }

static void check_options(void)
{
    scenario = find_scenario(opt.scenario);
    if (!scenario) die("unknown scenario %s (see --help)", opt.scenario);
    opt.kind = (enum kind)choose("mode", opt.mode, kind_names);
    if (scenario->to_completion) opt.kind = RELIABLE;
    if (opt.n < 1 || opt.idle_peers < 0) die("--n %d --idle-peers %d: no clients", opt.n, opt.idle_peers);
    if (opt.idle_peers && strcmp(opt.scenario, "echo")) die("--idle-peers belongs to echo");
    int least = MSG_SIZE + 1 + (opt.godot3 ? GODOT_HEADER : 0);
    if (opt.payload < least) die("--payload %d: want %d or more", opt.payload, least);
    if (opt.rate < 0 || opt.inflight < 0 || opt.count < 0) die("--rate, --inflight and --count cannot be negative");
    bool loop = !strcmp(opt.scenario, "relay") || !strcmp(opt.scenario, "echo");
    if (loop && opt.rate == 0 && opt.inflight == 0 && (opt.count == 0 || !strcmp(opt.scenario, "echo")))
        die("without --rate give --inflight, or --count for a relay");
    if (opt.channel < 0) opt.channel = !opt.godot3 ? 0 : opt.kind == RELIABLE ? GODOT_CHANNEL_RELIABLE : GODOT_CHANNEL_UNRELIABLE;
    if (opt.channel >= opt.channels) die("--channel %d with --channels %d", opt.channel, opt.channels);
    if (opt.rx_port == 0) opt.rx_port = opt.port;
}

/* ---- connect ---- */

static int joined;

static void on_join(struct client *c, uint64_t now)
{
    (void)now;
    joined++;
    /* A deceleration of 0 keeps the share of unreliable packets at all. The other end obeys this too. */
    if (!opt.throttle)
        enet_peer_throttle_configure(c->peer, ENET_PEER_PACKET_THROTTLE_INTERVAL, ENET_PEER_PACKET_THROTTLE_ACCELERATION, 0);
}

static void on_refused(struct client *c, uint64_t now)
{
    (void)now;
    die("server %s:%d ended connection %d of %d during the handshakes", opt.ip, opt.port, c->index + 1, client_count);
}

static void on_early(struct client *c, const ENetEvent *event, uint64_t now)
{
    (void)c;
    (void)now;
    if (opt.godot3 && event->channelID == GODOT_CHANNEL_SYSTEM) counters.notices++;
}

static void connect_all(void)
{
    /* Ids one apart from a start drawn from the clock: different in every run, never the same twice in one. */
    uint32_t first_id = opt.godot3 ? 2 + (uint32_t)(now_ns() % 0x70000000u) : 0;
    int started = 0, before = 0;
    uint64_t progress = now_ns();
    client_events = (struct client_events){ on_join, on_refused, on_early };
    while (joined < client_count && !stopped) {
        for (; started < client_count && started - joined < opt.parallel; started++) {
            struct client *c = &clients[started];
            c->id = opt.godot3 ? first_id + (uint32_t)started : 0;
            bool receiver = scenario->extra_clients > 0 && started >= scenario->extra_clients;
            client_connect(c, opt.ip, receiver ? opt.rx_port : opt.port, opt.channels);
        }
        uint64_t now = now_ns();
        clients_wait(now + MS);
        if (joined > before) { before = joined; progress = now; }
        if (now > progress + seconds(opt.connect_timeout))
            die("no answer from %s:%d for %.1f s (%d of %d connected)", opt.ip, opt.port, opt.connect_timeout, joined, client_count);
    }
}

static void wait_until(uint64_t until)
{
    while (now_ns() < until && !stopped) clients_wait(until);
}

/* ---- the window ---- */

struct reading { uint64_t at, busy, in, out; struct usage server, self; };

static struct reading read_all(void)
{
    struct reading r = { 0 };
    r.busy = machine_busy_ns();
    r.in = clients_datagrams_in();
    r.out = clients_datagrams_out();
    r.server = usage_of(opt.server_pid);
    r.self = usage_of_self();
    r.at = now_ns();
    return r;
}

static void check_alive(void)
{
    if (counters.lost_peers && !opt.count)
        die("%llu of %d connections were lost during the run", (unsigned long long)counters.lost_peers, client_count);
}

static void no_connect(struct client *c, uint64_t now) { (void)c; (void)now; }

static void open_window(struct reading *first)
{
    *first = read_all();
    window = (struct window){ first->at, UINT64_MAX };
}

/* Returns whether the scenario came to its end by itself. */
static bool run_window(struct reading *first, struct reading *last)
{
    uint64_t begin = now_ns(), open_at = begin + seconds(opt.warmup), end = open_at + seconds(opt.secs);
    bool done = false;
    client_events = (struct client_events){ scenario->connected ? scenario->connected : no_connect, scenario->disconnected, scenario->received };
    *first = read_all();
    if (opt.count) { /* work to completion has no steady state to wait for */
        open_window(first);
        end = begin + seconds(opt.secs);
    }
    scenario->start(begin);
    while (!done && !stopped) {
        uint64_t now = now_ns(), wake = now + MS;
        if (!window.from && now >= open_at) open_window(first);
        if (now >= end || (opt.count && counters.lost_peers)) break;
        done = scenario->step(now, &wake);
        if (!done) clients_wait(wake);
        check_alive();
    }
    *last = read_all();
    window.to = last->at;
    return done;
}

static void drain(void)
{
    uint64_t end = now_ns() + seconds(opt.drain), want = counters.sent * (uint64_t)deliveries_per_message(scenario);
    while (counters.arrived < want && now_ns() < end && !stopped) clients_wait(end);
}

/* ---- the line ---- */

static const char *comma = "{";
static void text(const char *name, const char *v) { printf("%s\"%s\":\"%s\"", comma, name, v); comma = ","; }
static void whole(const char *name, uint64_t v) { printf("%s\"%s\":%llu", comma, name, (unsigned long long)v); comma = ","; }
static void real(const char *name, double v) { printf("%s\"%s\":%.6g", comma, name, v); comma = ","; }
static double per(double a, double b) { return b > 0 ? a / b : 0; }

static void report_latency(void)
{
    static const struct { const char *name; double percent; } shown[] = { { "p50_us", 50 }, { "p90_us", 90 }, { "p99_us", 99 }, { "p999_us", 99.9 } };
    if (!latency.count) return;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) real(shown[i].name, histogram_percentile_us(&latency, shown[i].percent));
    real("max_us", (double)latency.max / 1000);
    real("mean_us", per((double)latency.sum, (double)latency.count) / 1000);
}

static void report(const struct reading *first, const struct reading *last, bool done, double connect_secs)
{
    double wall = (double)(last->at - first->at) / SECOND;
    double cpu = (double)(last->server.cpu_ns - first->server.cpu_ns) / SECOND, self = (double)(last->self.cpu_ns - first->self.cpu_ns) / SECOND;
    double in = (double)(last->in - first->in), out = (double)(last->out - first->out);
    int fanout = deliveries_per_message(scenario);
    double average = 0;
    if (getloadavg(&average, 1) < 1) average = -1;

    text("scenario", opt.scenario);
    text("mode", kind_names[opt.kind]);
    whole("n", (uint64_t)opt.n);
    whole("idle_peers", (uint64_t)opt.idle_peers);
    whole("payload", (uint64_t)opt.payload);
    real("rate", opt.rate);
    whole("inflight", (uint64_t)opt.inflight);
    whole("count", (uint64_t)opt.count);
    whole("godot3", opt.godot3);
    real("connect_s", connect_secs);
    real("window_s", wall);
    whole("finished", done);
    whole("sent", counters.sent);
    whole("delivered", counters.delivered);
    real("delivered_per_s", per((double)counters.delivered, wall));
    if (fanout && counters.sent) real("delivered_share", per((double)counters.arrived, (double)counters.sent * fanout));
    real("mb_per_s", per((double)counters.bytes / 1e6, wall));
    whole("wrong", wrong_messages());
    whole("upgraded", counters.upgraded);
    whole("stalls", counters.stalls);
    whole("notices", counters.notices);
    whole("missed", counters.missed);
    whole("lost_peers", counters.lost_peers);
    whole("handshakes", counters.handshakes);
    real("handshakes_per_s", per((double)counters.handshakes, wall));
    real("datagrams_in_per_s", per(in, wall));
    real("datagrams_out_per_s", per(out, wall));
    real("messages_per_datagram", per((double)counters.delivered, in));
    real("server_cpu_s", cpu);
    real("server_util", per(cpu, wall));
    whole("server_threads", (uint64_t)last->server.threads);
    real("cpu_us_per_delivery", per(cpu * 1e6, (double)counters.delivered));
    real("cpu_us_per_datagram", per(cpu * 1e6, in + out));
    real("cpu_us_per_handshake", per(cpu * 1e6, (double)counters.handshakes));
    real("cpu_s_per_gb", per(cpu, (double)counters.bytes / 1e9));
    real("load_util", per(self, wall));
    real("other_util", per((double)(last->busy - first->busy) / SECOND - cpu - self, wall));
    real("load_average", average);
    report_latency();
}

int main(int argc, char **argv)
{
    parse_options(argc, argv, options);
    check_options();
    struct sigaction action = { .sa_handler = stop };
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    prctl(PR_SET_TIMERSLACK, 1000);
    if (enet_initialize()) die("cannot start libenet");

    clients_open(opt.n + opt.idle_peers + scenario->extra_clients, opt.channels, opt.checksum, opt.range_coder);
    long rss_before = memory_kb(opt.server_pid, "VmRSS");
    uint64_t connect_at = now_ns();
    connect_all();
    double connect_secs = (double)(now_ns() - connect_at) / SECOND;
    wait_until(now_ns() + seconds(opt.settle));
    long rss_connected = memory_kb(opt.server_pid, "VmRSS");

    struct reading first, last;
    bool done = run_window(&first, &last);
    if (opt.server_pid && last.server.threads == 0) die("server process %d is gone", opt.server_pid);
    if (opt.server_pid && last.server.threads < first.server.threads) die("server threads ended in the window, so its time is not known");
    long rss_end = memory_kb(opt.server_pid, "VmRSS");
    drain();
    if (counters.sent && deliveries_per_message(scenario) && !counters.arrived)
        die("none of %llu messages came back from the server", (unsigned long long)counters.sent);
    if (!strcmp(opt.scenario, "tick") && !counters.delivered) die("no snapshots from the server");

    report(&first, &last, done, connect_secs);
    whole("rss_before_kb", (uint64_t)rss_before);
    whole("rss_connected_kb", (uint64_t)rss_connected);
    whole("rss_end_kb", (uint64_t)rss_end);
    whole("rss_peak_kb", (uint64_t)memory_kb(opt.server_pid, "VmHWM"));
    real("rss_kb_per_peer", per((double)(rss_connected - rss_before), client_count));
    puts("}");
    clients_close();
    return 0;
}
