import assert from "node:assert/strict";
import { test } from "node:test";
import { Echo, INTERVAL } from "../src/echo.js";

/** Pages that reach each other, in the test's time. */
class Pages {
	now = 0;
	readonly echoes = new Map<number, Echo>();
	readonly wire: { from: number; to: number; data: Uint8Array }[] = [];

	add(id: number): Echo {
		const echo = new Echo(
			(to, data) => void this.wire.push({ from: id, to, data }),
			() => this.now,
		);
		this.echoes.set(id, echo);
		return echo;
	}

	/** Delivers what is under way, and what that causes, each hop taking some time. */
	deliver(hop: number): number {
		let delivered = 0;
		while (this.wire.length > 0) {
			this.now += hop;
			for (const { from, to, data } of this.wire.splice(0)) {
				assert.ok(this.echoes.get(to)?.take(from, data) ?? true);
				delivered++;
			}
		}
		return delivered;
	}
}

test("a page measures another, and smooths what it measures", () => {
	const pages = new Pages();
	const [a, b] = [pages.add(2), pages.add(3)];
	a.add(3);
	b.add(2);
	assert.equal(a.rtt(3), undefined);
	a.ask();
	assert.equal(pages.deliver(10), 2);
	assert.equal(a.rtt(3), 20);
	assert.equal(b.rtt(2), undefined);
	pages.now += INTERVAL;
	a.ask();
	pages.deliver(30);
	assert.equal(a.rtt(3), 20 + (60 - 20) / 4);
});

test("a peer that never answers is asked three times", () => {
	const pages = new Pages();
	const a = pages.add(2);
	a.add(9);
	let asked = 0;
	for (let i = 0; i < 30; i++) {
		a.ask();
		asked += pages.wire.splice(0).length;
		pages.now += INTERVAL;
	}
	assert.equal(asked, 3);
	assert.equal(a.rtt(9), undefined);
});

test("a peer that asks is a page, and is asked again", () => {
	const pages = new Pages();
	const [a, b] = [pages.add(2), pages.add(3)];
	a.add(3);
	b.add(2);
	for (let i = 0; i < 30; i++) {
		a.ask();
		pages.wire.splice(0);
		pages.now += INTERVAL;
	}
	b.ask();
	pages.deliver(5);
	a.ask();
	pages.deliver(5);
	assert.equal(a.rtt(3), 10);
});

test("a page that stops answering loses its figure", () => {
	const pages = new Pages();
	const [a, b] = [pages.add(2), pages.add(3)];
	a.add(3);
	b.add(2);
	a.ask();
	pages.deliver(5);
	assert.equal(a.rtt(3), 10);
	for (let i = 0; i < 30; i++) {
		pages.now += INTERVAL;
		a.ask();
		pages.wire.splice(0);
	}
	assert.equal(a.rtt(3), undefined);
});

test("a flood of questions is not echoed", () => {
	const pages = new Pages();
	const [a, b] = [pages.add(2), pages.add(3)];
	a.add(3);
	b.add(2);
	a.ask();
	const { data } = pages.wire.splice(0)[0]!;
	for (let i = 0; i < 1000; i++) {
		assert.ok(b.take(2, data));
	}
	assert.equal(pages.wire.length, 1);
});

test("answers nobody asked for, of strangers, and a second time change nothing", () => {
	const pages = new Pages();
	const a = pages.add(2);
	a.add(3);
	a.add(4);
	a.ask();
	const question = pages.wire.find(({ to }) => to === 3)!.data;
	const answer = question.slice();
	answer[5] = "!".charCodeAt(0);
	pages.wire.splice(0);
	const forged = answer.slice();
	forged[9]! ^= 1;
	pages.now = 7;
	assert.ok(a.take(3, forged) && a.take(99, answer) && a.take(99, question));
	assert.equal(a.rtt(3), undefined);
	a.take(3, answer);
	pages.now = 500;
	a.take(3, answer);
	a.take(4, answer);
	assert.deepEqual([a.rtt(3), a.rtt(4), a.rtt(99)], [7, undefined, undefined]);
	assert.equal(pages.wire.length, 0);
});

test("other packets are left to the log", () => {
	const a = new Pages().add(2);
	a.add(3);
	for (const data of ["", "hello", "\xffplay?12345", "\xffplay?123", "\xffplay.1234", "\xfeplay?1234"]) {
		assert.ok(!a.take(3, Uint8Array.from(data, (c) => c.charCodeAt(0))), data);
	}
});

test("a send that throws is left for the next time", () => {
	let throws = true;
	let now = 0;
	const a = new Echo(
		() => {
			if (throws) {
				throw new Error("gone");
			}
		},
		() => now,
	);
	a.add(3);
	a.ask();
	throws = false;
	now += 10_000;
	a.ask();
	assert.equal(a.rtt(3), undefined);
});
