import assert from "node:assert/strict";
import { test } from "node:test";
import { dataFrame, HEADER_SIZE, Kind, noticeFrame, noticeId, parseFrame } from "../src/frame.js";

const hex = (b: Uint8Array) => Buffer.from(b).toString("hex");
const bytes = (h: string) => new Uint8Array(Buffer.from(h.replaceAll(" ", ""), "hex"));

test("frames have the bytes of the engine's", () => {
	assert.equal(hex(dataFrame(0x01020304, 0, bytes("aa bb"))), "0004030201" + "00000000" + "aabb");
	assert.equal(hex(dataFrame(2, -1, bytes(""))), "0002000000" + "ffffffff");
	assert.equal(hex(dataFrame(2, -0x7fffffff, bytes("00"))), "0002000000" + "01000080" + "00");
	assert.equal(hex(noticeFrame(Kind.id, 0x7fffffff)), "03" + "01000000" + "00000000" + "ffffff7f");
	assert.equal(hex(noticeFrame(Kind.add, 1)), "01" + "01000000" + "00000000" + "01000000");
});

test("a frame is read as it was written", () => {
	for (const source of [1, 2, 0x7fffffff, 0, -5]) {
		for (const target of [0, 1, -1, 0x7fffffff, -0x80000000]) {
			const frame = parseFrame(dataFrame(source, target, bytes("00 ff 7f")));
			assert.deepEqual(frame, { kind: Kind.data, source, target, payload: bytes("00 ff 7f") });
		}
	}
});

test("a frame is read from the middle of a buffer", () => {
	const whole = new Uint8Array(40);
	whole.set(dataFrame(7, -3, bytes("01 02")), 5);
	const frame = parseFrame(whole.subarray(5, 5 + HEADER_SIZE + 2));
	assert.deepEqual(frame, { kind: 0, source: 7, target: -3, payload: bytes("01 02") });
});

test("what is shorter than a header is no frame", () => {
	for (let n = 0; n < HEADER_SIZE; n++) {
		assert.equal(parseFrame(new Uint8Array(n)), null);
	}
	assert.equal(parseFrame(new Uint8Array(HEADER_SIZE))?.payload.length, 0);
});

test("a notice's id is its first four bytes", () => {
	assert.equal(noticeId(bytes("01 00 00")), null);
	assert.equal(noticeId(bytes("ff ff ff 7f")), 0x7fffffff);
	assert.equal(noticeId(bytes("02 00 00 00 99")), 2);
	assert.equal(noticeId(bytes("ff ff ff ff")), -1);
});
