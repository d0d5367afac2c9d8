import assert from "node:assert/strict";
import { test } from "node:test";
import { ownAddress, transportOf } from "../src/addresses.js";
import { describe, hex, size, withRawCommand } from "../src/bytes.js";

const utf8 = (s: string) => new TextEncoder().encode(s);

test("text is shown as text, the rest as hex", () => {
	for (const [data, view, text, note] of [
		[utf8("hello\n\tyou"), "auto", "hello\n\tyou", ""],
		[utf8("grüße 👋"), "auto", "grüße 👋", ""],
		[Uint8Array.of(0, 255, 16), "auto", "00 ff 10", "hex"],
		[Uint8Array.of(0x68, 0), "auto", "68 00", "hex"],
		[utf8("\u0085"), "auto", "c2 85", "hex"],
		[utf8("hi"), "hex", "68 69", "hex"],
		[withRawCommand(utf8("hi")), "auto", "hi", "send_bytes"],
		[withRawCommand(utf8("hi")), "hex", "04 68 69", "hex"],
		[Uint8Array.of(4), "auto", "04", "hex"],
		[Uint8Array.of(4, 0), "auto", "04 00", "hex"],
		[Uint8Array.of(0x68, 255), "text", "h\ufffd", ""],
		[new Uint8Array(), "auto", "", ""],
		[new Uint8Array(), "hex", "", ""],
	] as const) {
		assert.deepEqual(describe(data, view), { text, note }, `${hex(data)} as ${view}`);
	}
});

test("a long packet is cut, not inside a character", () => {
	const shown = describe(utf8("x" + "€".repeat(1000)), "auto");
	assert.equal(shown.text, "x" + "€".repeat(341) + " …");
	assert.equal(describe(new Uint8Array(5000).fill(255), "auto").text.length, 1024 * 3 - 1 + 2);
});

test("sizes", () => {
	assert.deepEqual([0, 1, 9999, 10_240, 3 << 20].map(size), ["0 bytes", "1 byte", "9999 bytes", "10.0 KiB", "3.0 MiB"]);
});

test("the address is the page's own server's", () => {
	const http = { protocol: "http:", host: "game.example:8080" };
	const https = { protocol: "https:", host: "game.example" };
	assert.equal(ownAddress("websocket", http), "ws://game.example:8080/ws");
	assert.equal(ownAddress("webrtc", http), "rtc+ws://game.example:8080/rtc");
	assert.equal(ownAddress("websocket", https), "wss://game.example/ws");
	assert.equal(ownAddress("webrtc", https), "rtc+wss://game.example/rtc");
	assert.equal(ownAddress("websocket", { protocol: "file:", host: "" }), "ws://localhost:8080/ws");
	for (const transport of ["websocket", "webrtc"] as const) {
		assert.equal(transportOf(ownAddress(transport, http)), transport);
	}
});
