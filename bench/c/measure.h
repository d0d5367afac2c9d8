/* What is measured: latencies, and the processor time and memory of the server as the kernel counts them. */
#ifndef CROSSPEER_BENCH_MEASURE_H
#define CROSSPEER_BENCH_MEASURE_H

#include <stdint.h>

/* Durations in buckets no wider than 1/64 of their value, so a percentile is off by less than 2 %. */
enum { HISTOGRAM_STEPS = 64, HISTOGRAM_BUCKETS = (64 - 5) * HISTOGRAM_STEPS };
struct histogram { uint64_t count, sum, max, bucket[HISTOGRAM_BUCKETS]; };

void histogram_add(struct histogram *h, uint64_t ns);
double histogram_percentile_us(const struct histogram *h, double percent);

/* Processor time of all threads of a process so far. A thread that ends takes its time along, which would make the
 * next reading too small; the count of threads shows that. */
struct usage { uint64_t cpu_ns; int threads; };

struct usage usage_of(int pid);   /* threads is 0 when there is no such process */
struct usage usage_of_self(void);
uint64_t machine_busy_ns(void);   /* all processors, everything but idle */
long memory_kb(int pid, const char *field); /* a field of /proc/PID/status such as VmRSS, 0 when unknown */

#endif
