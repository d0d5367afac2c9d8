import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Carrier, Sink } from "../src/carrier.js";
import { Connection } from "../src/connection.js";
import { ConnectError, SendError } from "../src/errors.js";
import { dataFrame, Kind, noticeFrame, parseFrame } from "../src/frame.js";
import { allExcept } from "../src/targets.js";
import type { Events, Mode, Options, Transport } from "../src/types.js";

/** A carrier that the test plays the server of. */
class Fake implements Carrier {
	bufferedAmount = 0;
	readonly maxMessageBytes = 1009;
	readonly sent: { mode: Mode; message: Uint8Array }[] = [];
	readonly goodbyes: string[] = [];

	constructor(
		readonly transport: Transport,
		readonly sink: Sink,
	) {}

	send(mode: Mode, message: Uint8Array<ArrayBuffer>): void {
		this.sent.push({ mode, message });
	}

	close(reason: string): void {
		this.goodbyes.push(reason);
		queueMicrotask(() => this.end(1000, reason, "local"));
	}

	end(code: number, reason: string, by: "local" | "remote" | "network"): void {
		this.sink.ended({ code, reason, by }, new ConnectError("refused", reason, "", code, reason));
	}

	waitsFor() {
		return { what: "the server did not answer", hint: "check it" };
	}

	rtt = async (): Promise<number | undefined> => 12.5;

	notice(kind: number, id: number): void {
		this.sink.message(noticeFrame(kind, id), "reliable");
	}

	join(...others: number[]): void {
		this.notice(Kind.id, 77);
		this.notice(Kind.add, 1);
		for (const id of others) {
			this.notice(Kind.add, id);
		}
	}
}

function open(options: Options = {}, transport: Transport = "websocket") {
	let fake: Fake | undefined;
	const connection = new Connection("ws://h/ws", transport, (sink) => (fake = new Fake(transport, sink)), options);
	const events: unknown[] = [];
	for (const type of ["connected", "peerConnected", "peerDisconnected", "packet", "disconnected", "failed"] as const) {
		connection.on(type, (event: Events[typeof type]) => {
			events.push(event instanceof ConnectError ? [type, event.code, event.message] : [type, event]);
		});
	}
	return { connection, fake: fake!, events };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("joining tells of the server, the session, and the others, in the engine's order", async () => {
	const { connection, fake, events } = open();
	assert.equal(connection.status, "connecting");
	fake.join(9, 3);
	assert.deepEqual(events, [
		["peerConnected", { id: 1 }],
		["connected", { id: 77 }],
		["peerConnected", { id: 9 }],
		["peerConnected", { id: 3 }],
	]);
	assert.deepEqual([connection.status, connection.id, connection.peers], ["connected", 77, [1, 3, 9]]);
	assert.equal(await connection.ready, connection);
	fake.notice(Kind.remove, 9);
	assert.deepEqual(events.at(-1), ["peerDisconnected", { id: 9 }]);
	assert.deepEqual(connection.peers, [1, 3]);
	connection.close();
	await settled();
});

test("a packet goes out as a frame with this page's id", async () => {
	const { connection, fake } = open();
	fake.join(3);
	for (const [to, mode] of [[0, "reliable"], [1, "ordered"], [-1, "unreliable"], [3, "reliable"], [allExcept(3), "reliable"]] as const) {
		connection.send({ to, mode, data: new Uint8Array([1, 2]) });
		const { mode: sent, message } = fake.sent.at(-1)!;
		assert.equal(sent, mode);
		assert.deepEqual(parseFrame(message), { kind: 0, source: 77, target: to, payload: new Uint8Array([1, 2]) });
	}
	connection.send({ data: "ä" });
	assert.deepEqual(fake.sent.at(-1), { mode: "reliable", message: dataFrame(77, 0, new TextEncoder().encode("ä")) });
	connection.send({ data: new Uint8Array() });
	assert.equal(fake.sent.at(-1)!.message.length, 9);
	const buffer = new Uint8Array([1, 2, 3, 4]).buffer;
	for (const [data, want] of [
		[buffer, [1, 2, 3, 4]],
		[new DataView(buffer, 1, 2), [2, 3]],
		[new Uint8Array(buffer, 3), [4]],
	] as const) {
		connection.send({ data });
		assert.deepEqual([...fake.sent.pop()!.message.subarray(9)], want);
	}
	for (const data of [undefined, null, 5, [1, 2], {}]) {
		assert.throws(() => connection.send({ data: data as unknown as string }), TypeError);
	}
	const stats = await connection.stats();
	assert.deepEqual([stats.packetsSent, stats.bytesSent, stats.rtt], [10, 19, 12.5]);
	connection.close();
	await settled();
});

test("a packet that cannot go says why", async () => {
	const { connection, fake } = open({ maxBufferedBytes: 100 });
	const refuses = (code: string, packet: Parameters<Connection["send"]>[0]) =>
		assert.throws(() => connection.send(packet), (error) => error instanceof SendError && error.code === code, code);
	const data = new Uint8Array(60);
	refuses("not-connected", { data });
	fake.join(3);
	refuses("unknown-peer", { to: 4, data });
	refuses("unknown-peer", { to: -4, data });
	refuses("unknown-peer", { to: 77, data });
	refuses("unknown-peer", { to: -0x80000000, data });
	refuses("bad-target", { to: 2.5, data });
	refuses("bad-target", { to: NaN, data });
	refuses("bad-target", { to: 2 ** 31, data });
	refuses("bad-mode", { mode: "sometimes" as Mode, data });
	refuses("too-large", { data: new Uint8Array(1001) });
	fake.bufferedAmount = 50;
	refuses("queue-full", { data });
	refuses("queue-full", { mode: "unreliable", data }); // a WebSocket has no other way
	connection.send({ data: new Uint8Array(40) });
	assert.equal(fake.sent.length, 1);
	fake.bufferedAmount = 0;
	connection.send({ data: new Uint8Array(1000) }); // one always goes
	connection.close();
	refuses("not-connected", { data });
	await settled();
});

test("over WebRTC an unreliable packet is dropped where a reliable one is refused", async () => {
	const { connection, fake } = open({ maxBufferedBytes: 100 }, "webrtc");
	fake.join();
	fake.bufferedAmount = 100;
	connection.send({ mode: "unreliable", data: "x" });
	connection.send({ mode: "ordered", data: "x" });
	assert.throws(() => connection.send({ mode: "reliable", data: "x" }), SendError);
	assert.equal(fake.sent.length, 0);
	assert.equal((await connection.stats()).dropped, 2);
	connection.close();
	await settled();
});

test("a packet from a peer is an event; its sender is always one of the peers", async () => {
	const { connection, fake, events } = open({}, "webrtc");
	fake.sink.message(dataFrame(1, 0, new Uint8Array([1])), "unreliable", 3); // before the session is joined
	fake.join(3);
	events.length = 0;
	fake.sink.message(dataFrame(4, 0, new Uint8Array([1])), "unreliable", 3); // overtook its sender's notice
	fake.sink.message(dataFrame(3, -9, new Uint8Array([5])), "ordered", 2);
	fake.sink.message(dataFrame(1, 77, new Uint8Array()), "reliable");
	assert.deepEqual(events, [
		["packet", { from: 3, to: -9, mode: "ordered", channel: 2, data: new Uint8Array([5]) }],
		["packet", { from: 1, to: 77, mode: "reliable", data: new Uint8Array() }],
	]);
	const stats = await connection.stats();
	assert.deepEqual([stats.packetsReceived, stats.bytesReceived, stats.ignored], [2, 1, 2]);
	connection.close();
	await settled();
});

test("what has no place in the protocol is counted and changes nothing", async () => {
	const { connection, fake, events } = open();
	const hostile: (() => void)[] = [
		() => fake.notice(Kind.id, 0),
		() => fake.notice(Kind.id, 1),
		() => fake.notice(Kind.id, -3),
		() => fake.notice(Kind.add, 1), // before the id
		() => fake.notice(Kind.add, 5),
		() => fake.sink.message(new Uint8Array(), "reliable"),
		() => fake.sink.message(new Uint8Array(8), "reliable"),
		() => fake.sink.message(dataFrame(1, 0, new Uint8Array(3)).fill(1, 0, 1), "reliable"), // a notice cut short
		() => fake.sink.ignored(),
	];
	hostile.forEach((send) => send());
	assert.deepEqual(events, []);
	fake.join(3);
	events.length = 0;
	const later: (() => void)[] = [
		() => fake.notice(Kind.id, 78),
		() => fake.notice(Kind.add, 1),
		() => fake.notice(Kind.add, 3),
		() => fake.notice(Kind.add, 77),
		() => fake.notice(Kind.add, 0),
		() => fake.notice(Kind.add, -3),
		() => fake.notice(Kind.remove, 1),
		() => fake.notice(Kind.remove, 4),
		() => fake.notice(Kind.remove, 77),
		() => fake.notice(4, 3),
		() => fake.notice(255, 3),
	];
	later.forEach((send) => send());
	assert.deepEqual(events, []);
	assert.deepEqual([connection.id, connection.peers], [77, [1, 3]]);
	assert.equal((await connection.stats()).ignored, hostile.length + later.length);
	connection.close();
	await settled();
});

test("random messages never throw", async () => {
	const { connection, fake } = open();
	fake.join(3);
	let seed = 12345;
	const random = (n: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % n;
	for (let i = 0; i < 20_000; i++) {
		const message = Uint8Array.from({ length: random(24) }, () => (random(3) ? random(5) : random(256)));
		fake.sink.message(message, "reliable");
	}
	assert.equal(connection.id, 77);
	assert.ok(!connection.peers.includes(77) && connection.peers.every((id) => id > 0));
	connection.close();
	await settled();
});

test("the peers that a server can announce are bounded", async () => {
	const { connection, fake } = open();
	fake.join();
	for (let id = 100; id < 100 + 70_000; id++) {
		fake.notice(Kind.add, id);
	}
	assert.equal(connection.peers.length, 65_536);
	connection.close();
	await settled();
});

test("an end is the last event, with code, words and who", async () => {
	const { connection, fake, events } = open();
	fake.join(3);
	events.length = 0;
	fake.end(4000, "kicked", "remote");
	fake.end(1006, "again", "network");
	fake.notice(Kind.add, 9);
	connection.close();
	await settled();
	assert.deepEqual(events, [["disconnected", { code: 4000, reason: "kicked", by: "remote" }]]);
	assert.deepEqual([connection.status, connection.peers, connection.id], ["closed", [], 77]);
});

test("closing says goodbye once and takes no more packets", async () => {
	const { connection, fake, events } = open();
	fake.join(3);
	events.length = 0;
	connection.close("home");
	connection.close("again");
	fake.sink.message(dataFrame(3, 0, new Uint8Array([1])), "reliable");
	await settled();
	assert.deepEqual(fake.goodbyes, ["home"]);
	assert.deepEqual(events, [["disconnected", { code: 1000, reason: "home", by: "local" }]]);
});

test("an end before the session is joined is a failure", async () => {
	const { connection, fake, events } = open();
	fake.end(1013, "the session is full", "remote");
	assert.deepEqual(events, [["failed", "refused", "the session is full"]]);
	await assert.rejects(connection.ready, (error) => error instanceof ConnectError && error.closeCode === 1013);
});

test("giving up while connecting is a failure of its own", async () => {
	const { connection, events } = open();
	connection.close("changed my mind");
	await settled();
	assert.deepEqual(events, [["failed", "aborted", "this page gave up: changed my mind"]]);
});

test("an abort signal gives up, and later ends the connection", async () => {
	const early = new AbortController();
	const { events } = open({ signal: early.signal });
	early.abort();
	await settled();
	assert.deepEqual(events, [["failed", "aborted", "this page gave up: given up"]]);

	const late = new AbortController();
	const second = open({ signal: late.signal });
	second.fake.join();
	late.abort();
	await settled();
	assert.deepEqual(second.events.at(-1), ["disconnected", { code: 1000, reason: "given up", by: "local" }]);

	const before = open({ signal: AbortSignal.abort() });
	await settled();
	assert.equal(before.connection.status, "closed");
	await assert.rejects(before.connection.ready);
});

test("joining takes as long as it may, and no longer", async () => {
	mock.timers.enable({ apis: ["setTimeout"] });
	try {
		const { connection, events } = open({ timeout: 5000 });
		const joined = open({ timeout: 5000 });
		joined.fake.join();
		mock.timers.tick(4999);
		assert.deepEqual(events, []);
		mock.timers.tick(1);
		await settled();
		assert.deepEqual(events, [["failed", "timeout", "the server did not answer within 5 s"]]);
		await assert.rejects(connection.ready, (error) => error instanceof ConnectError && error.hint === "check it");
		assert.equal(joined.connection.status, "connected");
		joined.connection.close();
		await settled();
	} finally {
		mock.timers.reset();
	}
});

test("a handler that throws is reported and stops no other", async () => {
	const { connection, fake } = open();
	const reported: unknown[] = [];
	const before = process.listeners("uncaughtException");
	process.removeAllListeners("uncaughtException");
	process.on("uncaughtException", (error) => reported.push(error));
	try {
		const seen: number[] = [];
		connection.on("peerConnected", () => {
			throw new Error("mine");
		});
		const remove = connection.on("peerConnected", ({ id }) => seen.push(id));
		fake.join(3);
		remove();
		fake.notice(Kind.add, 4);
		await settled();
		assert.deepEqual(seen, [1, 3]);
		assert.equal(reported.length, 3);
		assert.deepEqual(connection.peers, [1, 3, 4]);
	} finally {
		process.removeAllListeners("uncaughtException");
		before.forEach((listener) => process.on("uncaughtException", listener));
	}
	connection.close();
	await settled();
});
