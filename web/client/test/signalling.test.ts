import assert from "node:assert/strict";
import { test } from "node:test";
import { candidateSignal, joinSignal, offerSignal, parseSignal, signallingURL } from "../src/signalling.js";

test("a page asks for the framing of WebSocket peers, and keeps what else is asked", () => {
	assert.equal(signallingURL(new URL("ws://h:8080/rtc")).href, "ws://h:8080/rtc?framing=websocket");
	assert.equal(signallingURL(new URL("wss://h/rtc?room=a&framing=x")).href, "wss://h/rtc?room=a&framing=websocket");
});

test("a page's messages are those of the demo", () => {
	assert.equal(joinSignal(), `{"type":0,"id":1,"data":"session"}`);
	assert.equal(offerSignal("v=0\r\n"), `{"type":4,"id":1,"data":"v=0\\r\\n"}`);
	assert.equal(
		candidateSignal({ sdpMid: "0", sdpMLineIndex: 0, candidate: "candidate:1 1 udp 1 10.0.0.1 9 typ host" }),
		`{"type":6,"id":1,"data":"\\n0\\n0\\ncandidate:1 1 udp 1 10.0.0.1 9 typ host"}`,
	);
});

test("the server's messages are read", () => {
	for (const [message, want] of [
		[`{"type":1,"id":77,"data":""}`, { type: "welcome", iceServers: [] }],
		[`{"type":2,"id":1,"data":""}`, { type: "server" }],
		[`{"type":2,"id":5,"data":""}`, { type: "other" }],
		[`{"type":0,"id":0,"data":"session"}`, { type: "other" }],
		[`{"type":5,"id":1,"data":"v=0"}`, { type: "answer", sdp: "v=0" }],
		[
			`{"type":6,"id":1,"data":"\\n0\\n1\\ncandidate:x"}`,
			{ type: "candidate", candidate: { candidate: "candidate:x", sdpMid: "0", sdpMLineIndex: 1 } },
		],
		[`{"type":6,"id":1,"data":"\\n0\\n0\\n"}`, { type: "other" }],
	] as const) {
		assert.deepEqual(parseSignal(message), want, message);
	}
});

test("servers to find a way are taken as far as they make sense", () => {
	const iceServers = [
		{ urls: "stun:a:3478" },
		{ urls: ["turn:b", "http://c", 5], username: "u", credential: "p", credentialType: "x" },
		{ urls: "javascript:alert(1)" },
		{ urls: [] },
		null,
		"stun:d",
		{},
	];
	assert.deepEqual(parseSignal(JSON.stringify({ type: 1, id: 2, data: "", iceServers })), {
		type: "welcome",
		iceServers: [{ urls: ["stun:a:3478"] }, { urls: ["turn:b"], username: "u", credential: "p" }],
	});
	for (const bad of [5, "x", {}, null]) {
		assert.deepEqual(parseSignal(JSON.stringify({ type: 1, iceServers: bad })), { type: "welcome", iceServers: [] });
	}
});

test("what is no message is none", () => {
	for (const message of [
		"",
		"{",
		"null",
		"[]",
		"5",
		`"x"`,
		"{}",
		`{"type":99}`,
		`{"type":"1"}`,
		`{"type":6,"data":"x"}`,
		`{"type":6,"data":"\\n0\\n-1\\nc"}`,
		`{"type":6,"data":"\\n0\\nx\\nc"}`,
		`{"type":6,"data":5}`,
		`{"type":5,"data":"${"x".repeat(65_536)}"}`,
		new ArrayBuffer(4),
		undefined,
	]) {
		assert.equal(parseSignal(message), null, String(message).slice(0, 40));
	}
});
