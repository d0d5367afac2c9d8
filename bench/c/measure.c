#define _GNU_SOURCE
#include "measure.h"
#include "common.h"
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

/* Values below 64 have a bucket each; above, every power of two is cut into 64 equal steps. */
static int bucket_of(uint64_t ns)
{
    if (ns < HISTOGRAM_STEPS) return (int)ns;
    int shift = 63 - __builtin_clzll(ns) - 6;
    return (shift + 1) * HISTOGRAM_STEPS + (int)((ns >> shift) - HISTOGRAM_STEPS);
}

static uint64_t bucket_middle(int bucket)
{
    if (bucket < HISTOGRAM_STEPS) return (uint64_t)bucket;
    int shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t low = (uint64_t)(HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS) << shift;
    return low + ((1ull << shift) >> 1);
}

void histogram_add(struct histogram *h, uint64_t ns)
{
    h->bucket[bucket_of(ns)]++;
    h->count++;
    h->sum += ns;
    if (ns > h->max) h->max = ns;
}

double histogram_percentile_us(const struct histogram *h, double percent)
{
    uint64_t rank = (uint64_t)((double)h->count * percent / 100), passed = 0;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        passed += h->bucket[i];
        if (passed > rank) return (double)bucket_middle(i) / 1000;
    }
    return (double)h->max / 1000;
}

static bool read_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    if (!file) return false;
    size_t n = fread(text, 1, size - 1, file);
    fclose(file);
    text[n] = 0;
    return n > 0;
}

/* The first number of a thread's schedstat is its run time in ns. */
static void add_thread(struct usage *u, int pid, const char *tid)
{
    char path[96], text[96];
    snprintf(path, sizeof path, "/proc/%d/task/%.24s/schedstat", pid, tid);
    if (!read_file(path, text, sizeof text)) return;
    u->cpu_ns += strtoull(text, NULL, 10);
    u->threads++;
}

struct usage usage_of(int pid)
{
    struct usage u = { 0, 0 };
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) return u;
    for (struct dirent *entry; (entry = readdir(tasks));)
        if (entry->d_name[0] != '.') add_thread(&u, pid, entry->d_name);
    closedir(tasks);
    return u;
}

struct usage usage_of_self(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (struct usage){ (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec, 1 };
}

uint64_t machine_busy_ns(void)
{
    /* cpu user nice system idle iowait irq softirq steal: idle and iowait are not work. */
    char text[256];
    if (!read_file("/proc/stat", text, sizeof text) || strncmp(text, "cpu ", 4)) return 0;
    char *at = text + 4;
    uint64_t ticks = 0;
    for (int field = 0; field < 8; field++) {
        uint64_t v = strtoull(at, &at, 10);
        if (field != 3 && field != 4) ticks += v;
    }
    return ticks * (SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

long memory_kb(int pid, const char *field)
{
    char path[32], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    if (pid <= 0 || !read_file(path, text, sizeof text)) return 0;
    char *at = strstr(text, field);
    return at ? strtol(at + strlen(field) + 1, NULL, 10) : 0;
}
