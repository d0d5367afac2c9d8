// Bench measures two ENet servers against each other, in one run and with the
// same real C clients.
//
//	make -C bench/c
//	go run ./bench -suite relay -reps 5 \
//	    -a "c=bench/bin/enetrelay --port {port} --mode {mode} --max-peers {max} {extra}" \
//	    -b "go=bench/bin/gorelay --port {port} --mode {mode} --max-peers {max} {extra}"
//
// A suite is a list of cases. Each case is one run of the load generator
// bench/bin/enetload against a fresh server. Server and load are bound to a
// processor each. Within a repeat both servers run a case one after the other,
// and who is first changes with every repeat, so that a ratio compares
// neighbours in time: the absolute figures of a shared machine drift, the
// ratios much less.
//
// The table has one line per case and figure, with the median and the range of
// each server and the median of the pairwise ratios b/a. All runs are written
// as lines of JSON to bench/results as well.
//
// With -base there is a third server, an older version of the second: it runs
// in turn with both, and another column has the second one's ratio to it. What
// it cannot run is noted, and no failure.
//
// The suite goals prints a second table: what each kind of work must cost
// beside the reference or at all, what it is meant to cost, and whether it
// does. A goal that is a ratio is held against the median of the pairwise
// ratios.
//
// # A server under test
//
// It is given as name=command. The command is split at spaces and run without
// a shell, with these fields filled in: {port} to listen on at 127.0.0.1,
// {mode}, {max} peers, and {extra} options, of which there may be none. It
// ends with SIGTERM. The modes:
//
//   - relay: each packet goes to every other connected peer, on the same
//     channel, of the same kind and with the same bytes.
//   - echo: each packet goes back to its sender.
//   - sink: packets are dropped.
//   - tick: packets are dropped; --tick-hz times a second every peer gets an
//     unreliable packet of --snapshot bytes on channel 0: u32 0x4b434954,
//     u32 0, u64 time of CLOCK_MONOTONIC in ns, u64 number of the tick from 1,
//     all little endian, then anything.
//   - source: a reliable packet "SRC1", u32 count, u32 size, u32 window,
//     u32 reliable asks for count packets of size bytes on channel 0, of which
//     at most window are not acknowledged.
//
// The extra options are --poll-hz, to serve once per frame at that rate
// instead of at once, --flush-delay, how long the second server and the third
// may let what is to be sent wait for more, and --godot3. With the latter the connect data is the id
// of the peer, 2 to 2^31-1 and unique, packets start with u32 source and
// i32 target, and target 0 means all others, -x all others but x, 1 the server
// and any other x the peer x. When a peer comes, it is told of all others and
// they of it, by reliable packets of 8 bytes on channel 0: u32 0 and u32 id;
// when one goes, the others get u32 1 and u32 id. Snapshots then have an
// 8 byte header from source 1 and come on channel 2.
package main
