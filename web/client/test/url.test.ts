import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectError } from "../src/errors.js";
import { allExcept, isClientId } from "../src/targets.js";
import { closeReason, receivedReason } from "../src/text.js";
import { parseURL } from "../src/url.js";

const page = (href: string) => ({ href, protocol: new URL(href).protocol });
const http = page("http://game.example:8080/play/");
const https = page("https://game.example/play/");

test("the scheme chooses the transport", () => {
	for (const [url, where, transport, want] of [
		["ws://h:1/ws", http, "websocket", "ws://h:1/ws"],
		["wss://h/ws?a=b", https, "websocket", "wss://h/ws?a=b"],
		["rtc+ws://h:8080/rtc", http, "webrtc", "ws://h:8080/rtc"],
		["RTC+WSS://h/rtc", https, "webrtc", "wss://h/rtc"],
		["/ws", http, "websocket", "ws://game.example:8080/ws"],
		["../ws", https, "websocket", "wss://game.example/ws"],
		["http://h/ws", http, "websocket", "ws://h/ws"],
		["  ws://h/ws#part ", http, "websocket", "ws://h/ws"],
		["ws://h/ws", undefined, "websocket", "ws://h/ws"],
		["ws://[::1]:8080/ws", https, "websocket", "ws://[::1]:8080/ws"],
		["ws://127.0.0.1/ws", https, "websocket", "ws://127.0.0.1/ws"],
		["ws://localhost/ws", https, "websocket", "ws://localhost/ws"],
	] as const) {
		const address = parseURL(url, where);
		assert.deepEqual([address.transport, address.url.href], [transport, want], url);
	}
});

test("a URL that cannot be used says so", () => {
	for (const [url, where, code] of [
		["enet://h:4242", http, "bad-url"],
		["", undefined, "bad-url"],
		["ws://", http, "bad-url"],
		["rtc+http://h/", http, "bad-url"],
		["rtc+enet://h/", http, "bad-url"],
		["ws://h:99999/", http, "bad-url"],
		["javascript:alert(1)", http, "bad-url"],
		["ws://h/ws", https, "insecure"],
		["rtc+ws://h/rtc", https, "insecure"],
		["ws://127.0.0.1.example/ws", https, "insecure"],
	] as const) {
		assert.throws(
			() => parseURL(url, where),
			(error) => error instanceof ConnectError && error.code === code && error.hint !== "",
			`${url} is ${code}`,
		);
	}
});

test("a reason is cut to what a close frame takes, between characters", () => {
	assert.equal(closeReason("bye"), "bye");
	assert.equal(closeReason("x".repeat(123)).length, 123);
	assert.equal(closeReason("x".repeat(200)).length, 123);
	for (const char of ["ä", "€", "👋"]) {
		for (let shift = 0; shift < 4; shift++) {
			const cut = closeReason("x".repeat(shift) + char.repeat(100));
			const size = new TextEncoder().encode(cut).length;
			assert.ok(size <= 123 && size > 119, `${size} bytes`);
			assert.ok(!cut.includes("\ufffd"));
		}
	}
});

test("the zero byte behind a Godot server's reason is taken off", () => {
	assert.equal(receivedReason("bye bye\0"), "bye bye");
	assert.equal(receivedReason(""), "");
});

test("targets", () => {
	assert.equal(allExcept(5), -5);
	assert.equal(allExcept(-5), -5);
	assert.deepEqual([0, 1, 2, 0x7fffffff, 0x80000000, -2, 2.5, NaN].map(isClientId), [
		false, false, true, true, false, false, false, false,
	]);
});
