import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Kind, dataFrame, noticeFrame, parseFrame } from "../src/frame.js";
import { connect, ConnectError, type Connection, type Events, type Options } from "../src/index.js";
import { FakePeerConnection, FakeSocket, install } from "./fakes.js";

install();

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Connects, and keeps how it ends. */
function open(url: string, options: Options = {}) {
	const connection = connect(url, options);
	const ends: (Events["disconnected"] | ConnectError)[] = [];
	connection.on("disconnected", (end) => ends.push(end));
	connection.on("failed", (error) => ends.push(error));
	return { connection, ends, socket: FakeSocket.all.at(-1)! };
}

const notices = () => [noticeFrame(Kind.id, 77), noticeFrame(Kind.add, 1)];

function code(end: unknown): string {
	assert.ok(end instanceof ConnectError);
	return end.code;
}

test("a WebSocket carries frames as bytes, and text is no frame", async () => {
	const { connection, socket } = open("ws://h/ws", { protocols: ["a"] });
	assert.deepEqual([socket.url, socket.protocols, socket.binaryType], ["ws://h/ws", ["a"], "arraybuffer"]);
	socket.opened();
	socket.says("text");
	socket.says(null);
	notices().forEach((n) => socket.says(n.buffer));
	assert.equal(connection.status, "connected");
	connection.send({ data: "x", mode: "unreliable" });
	assert.deepEqual(socket.sent, [dataFrame(77, 0, new Uint8Array([120]))]);
	assert.equal((await connection.stats()).ignored, 2);
	assert.ok(connection.reliableOnly);
	connection.close("bye");
	assert.deepEqual(socket.closes, [{ code: 1000, reason: "bye" }]);
	socket.says(noticeFrame(Kind.add, 5).buffer);
	socket.closed(1000, "");
	socket.says(noticeFrame(Kind.add, 5).buffer);
	assert.deepEqual(connection.peers, []);
});

test("the end of a WebSocket is told with code, words and who", () => {
	for (const [closed, reason, want] of [
		[1006, "", { code: 1006, reason: "the connection was lost", by: "network" }],
		[1000, "kicked\0", { code: 1000, reason: "kicked", by: "remote" }],
		[4321, "", { code: 4321, reason: "the server closed the connection with code 4321", by: "remote" }],
		[1009, "", { code: 1009, reason: "a packet was larger than the server takes", by: "remote" }],
	] as const) {
		const { ends, socket } = open("ws://h/ws");
		socket.opened();
		notices().forEach((n) => socket.says(n.buffer));
		socket.closed(closed, reason);
		socket.closed(1000, "again");
		assert.deepEqual(ends, [want]);
	}
});

test("a WebSocket that does not come about, or is closed before the id, fails", () => {
	const never = open("wss://h:1/ws");
	never.socket.closed(1006);
	assert.equal(code(never.ends[0]), "unreachable");
	assert.match((never.ends[0] as ConnectError).hint, /certificate/);
	const full = open("ws://h/ws");
	full.socket.opened();
	full.socket.closed(1013, "the session is full");
	const error = full.ends[0] as ConnectError;
	assert.deepEqual([error.code, error.closeCode, error.closeReason], ["refused", 1013, "the session is full"]);
});

test("a goodbye that the server does not answer ends after a while", () => {
	mock.timers.enable({ apis: ["setTimeout"] });
	try {
		const { connection, ends, socket } = open("ws://h/ws");
		socket.opened();
		notices().forEach((n) => socket.says(n.buffer));
		connection.close("bye");
		mock.timers.tick(1999);
		assert.deepEqual(ends, []);
		mock.timers.tick(1);
		assert.deepEqual(ends, [{ code: 1000, reason: "bye", by: "local" }]);
	} finally {
		mock.timers.reset();
	}
});

/** What the signalling has sent so far. */
const said = (socket: FakeSocket) => socket.sent.map((m) => JSON.parse(String(m)) as { type: number; id: number; data: string });
const signal = (type: number, data = "", id = 1, more = {}) => JSON.stringify({ type, id, data, ...more });

/** A WebRTC connection, as far as the answer. */
async function negotiate(options: Options = {}) {
	const at = open("rtc+ws://h/rtc", options);
	at.socket.opened();
	at.socket.says(signal(1, "", 77, { iceServers: [{ urls: "stun:s" }] }));
	at.socket.says(signal(2));
	at.socket.says(signal(0, "session", 0));
	await settled();
	return { ...at, pc: FakePeerConnection.all.at(-1)! };
}

/** A WebRTC connection that has joined. */
async function joined(options: Options = {}) {
	const at = await negotiate(options);
	at.socket.says(signal(5, "the answer"));
	await settled();
	at.pc.channels.forEach((channel) => channel.opened());
	const reliable = at.pc.channels[0]!;
	notices().forEach((n) => reliable.onmessage?.({ data: n.buffer }));
	assert.equal(at.connection.status, "connected");
	return { ...at, reliable };
}

async function leave(connection: Connection, pc: FakePeerConnection): Promise<void> {
	connection.close();
	pc.channels.forEach((channel) => channel.onclose?.());
	await settled();
}

test("WebRTC is introduced as docs/webrtc.md says", async () => {
	const { connection, socket, pc, ends } = await negotiate({ iceServers: [{ urls: "stun:mine" }], iceTransportPolicy: "relay" });
	assert.equal(socket.url, "ws://h/rtc?framing=websocket");
	assert.deepEqual(socket.protocols, []);
	assert.deepEqual(said(socket), [
		{ type: 0, id: 1, data: "session" },
		{ type: 4, id: 1, data: "the offer" },
		{ type: 6, id: 1, data: "\n0\n0\ncandidate:mine" },
	]);
	assert.deepEqual(pc.configuration, { iceServers: [{ urls: ["stun:s"] }, { urls: "stun:mine" }], iceTransportPolicy: "relay" });
	assert.deepEqual(
		pc.channels.map(({ label, init }) => [label, init]),
		[
			["reliable", { id: 1, ordered: true, negotiated: true }],
			["ordered", { id: 2, ordered: true, maxRetransmits: 0, negotiated: true }],
			["unreliable", { id: 3, ordered: false, maxRetransmits: 0, negotiated: true }],
		],
	);
	socket.says(signal(6, "\n0\n0\ncandidate:early"));
	assert.equal(pc.candidates.length, 0);
	socket.says(signal(5, "the answer"));
	await settled();
	socket.says(signal(6, "\n0\n0\ncandidate:late"));
	socket.says(signal(6, "\n0\n0\nnonsense"));
	await settled();
	assert.deepEqual(pc.candidates.map((c) => c.candidate), ["candidate:early", "candidate:late"]);
	pc.channels[0]!.opened();
	pc.channels[1]!.opened();
	assert.deepEqual(socket.closes, []);
	pc.channels[2]!.opened();
	assert.deepEqual(socket.closes, [{ code: 1000, reason: undefined }]);
	socket.closed(1000);
	assert.deepEqual(ends, []);
	await leave(connection, pc);
});

test("each mode has its channel, both ways", async () => {
	const { connection, pc } = await joined();
	const got: unknown[] = [];
	connection.on("packet", ({ mode, channel }) => got.push([mode, channel]));
	for (const [i, mode] of (["reliable", "ordered", "unreliable"] as const).entries()) {
		connection.send({ mode, data: mode });
		assert.deepEqual(pc.channels[i]!.sent.map((m) => new TextDecoder().decode(parseFrame(m)!.payload)), [mode]);
		pc.channels[i]!.onmessage?.({ data: dataFrame(1, 0, new Uint8Array(1)).buffer });
		pc.channels[i]!.onmessage?.({ data: "text" });
	}
	assert.deepEqual(got, [["reliable", 1], ["ordered", 2], ["unreliable", 3]]);
	pc.channels.forEach((channel, i) => (channel.bufferedAmount = 10 ** i));
	assert.equal(connection.bufferedAmount, 111);
	const stats = await connection.stats();
	assert.deepEqual([stats.rtt, stats.ignored], [12.5, 3]);
	for (const [size, want] of [[65_536, 65_527], [0, 65_527], [Infinity, 262_135]] as const) {
		pc.sctp!.maxMessageSize = size;
		assert.equal(connection.maxPacketBytes, want);
	}
	pc.channels[0]!.readyState = "closing";
	assert.throws(() => connection.send({ data: "x" }), { name: "SendError", code: "not-connected" });
	await leave(connection, pc);
});

test("who leaves says goodbye on the reliable channel", async () => {
	const mine = await joined();
	mine.connection.close("off to bed");
	assert.deepEqual(mine.reliable.sent, [Uint8Array.of(4, 77, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode("off to bed"))]);
	assert.deepEqual(mine.ends, []);
	mine.reliable.onclose?.();
	assert.deepEqual(mine.ends, [{ code: 1000, reason: "off to bed", by: "local" }]);
	assert.ok(mine.pc.isClosed);

	const servers = await joined();
	servers.reliable.onmessage?.({ data: Uint8Array.of(4, 1, 0, 0, 0, 0, 0, 0, 0, 0x62, 0x79, 0x65).buffer });
	servers.reliable.onclose?.();
	assert.deepEqual(servers.ends, [{ code: 1000, reason: "bye", by: "remote" }]);
});

test("a WebRTC connection that is lost says so, and one without a path too", async () => {
	const lost = await joined();
	lost.pc.becomes("disconnected"); // may come back
	assert.deepEqual(lost.ends, []);
	lost.pc.becomes("failed");
	assert.deepEqual(lost.ends, [{ code: 1006, reason: "the WebRTC connection was lost", by: "network" }]);

	const none = await negotiate();
	none.socket.says(signal(5, "the answer"));
	await settled();
	none.pc.becomes("failed");
	assert.equal(code(none.ends[0]), "ice");
	assert.match((none.ends[0] as ConnectError).hint, /TURN/);
});

test("signalling that refuses, breaks off or makes no sense is told", async () => {
	const unreachable = open("rtc+ws://h/rtc");
	unreachable.socket.closed(1006);
	assert.equal(code(unreachable.ends[0]), "unreachable");
	const refused = open("rtc+ws://h/rtc");
	refused.socket.opened();
	refused.socket.closed(4000, "no room");
	assert.deepEqual([code(refused.ends[0]), (refused.ends[0] as ConnectError).closeReason], ["refused", "no room"]);
	const broken = await negotiate();
	broken.socket.says(signal(5, "nonsense"));
	await settled();
	assert.equal(code(broken.ends[0]), "protocol");
	assert.ok(broken.pc.isClosed);
});

test("hostile signalling changes nothing and is counted", async () => {
	const { connection, socket, pc, ends } = await negotiate();
	for (const message of ["", "{", "[]", signal(99), signal(1), signal(2), signal(6, "x"), new ArrayBuffer(3)]) {
		socket.says(message);
	}
	for (let i = 0; i < 1000; i++) {
		socket.says(signal(6, `\n0\n0\ncandidate:${i}`));
	}
	socket.says(signal(5, "the answer"));
	socket.says(signal(5, "another answer"));
	await settled();
	assert.equal(pc.remoteDescription?.sdp, "the answer");
	assert.equal(pc.candidates.length, 64);
	assert.equal((await connection.stats()).ignored, 8 + (1000 - 64) + 1);
	assert.equal(FakePeerConnection.all.at(-1), pc);
	assert.deepEqual(ends, []);
	connection.close();
	await settled();
	assert.equal(code(ends[0]), "aborted");
	assert.ok(pc.isClosed);
});

test("a time-out says what was waited for", async () => {
	for (const [reach, want, words] of [
		[(s: FakeSocket) => void s, "timeout", /h did not answer/],
		[(s: FakeSocket) => s.opened(), "timeout", /no signalling/],
		[
			(s: FakeSocket) => {
				s.opened();
				s.says(signal(1));
				s.says(signal(2));
			},
			"timeout",
			/did not answer this page's offer/,
		],
	] as const) {
		mock.timers.enable({ apis: ["setTimeout"] });
		const { ends, socket } = open("rtc+ws://h/rtc", { timeout: 100 });
		reach(socket);
		mock.timers.tick(100);
		mock.timers.reset();
		await settled();
		assert.equal(code(ends[0]), want);
		assert.match((ends[0] as ConnectError).message, words);
	}
});
