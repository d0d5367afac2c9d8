// Remote calls of Godot 3.2 for a page: as much of them as this game needs.
// Numbers are little-endian.

const CALL = 0, SIMPLIFY = 2, CONFIRM = 3;
const PATH_IN_FULL = 0x80000000;
const NIL = 0, BOOL = 1, INT = 2, REAL = 3, STRING = 4, VECTOR2 = 5, ARRAY = 19;
const WIDE = 1 << 16;

const encoder = new TextEncoder(), decoder = new TextDecoder();

// A node: methods are what peers call, in an object by name, with the sender
// as their first argument.
export class Node {
	constructor(connection, path, methods) {
		this.connection = connection;
		this.path = path;
		this.methods = methods;
		this.paths = new Map(); // by sender and number
		connection.on("packet", ({ from, data }) => this.receive(from, data));
	}

	// Calls a method of the node at a peer. Numbers are sent as floats, other
	// arguments are strings. The path is always in full, which needs no agreement.
	call(to, mode, method, ...args) {
		const parts = [Uint8Array.of(CALL), new Uint8Array(4), text(method), Uint8Array.of(args.length), ...args.map(encode)];
		const length = parts.reduce((sum, part) => sum + part.length, 0);
		new DataView(parts[1].buffer).setUint32(0, PATH_IN_FULL + length, true);
		this.connection.send({ to, mode, data: concat([...parts, text(this.path)]) });
	}

	receive(from, data) {
		const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
		if (data[0] === SIMPLIFY) {
			const path = cstring(data, 5);
			this.paths.set(`${from} ${view.getUint32(1, true)}`, path);
			this.connection.send({ to: from, mode: "reliable", data: concat([Uint8Array.of(CONFIRM), text(path)]) });
		}
		if (data[0] !== CALL) return;
		const node = view.getUint32(1, true);
		const path = node >= PATH_IN_FULL ? cstring(data, node - PATH_IN_FULL) : this.paths.get(`${from} ${node}`);
		const name = cstring(data, 5);
		const method = path === this.path && Object.hasOwn(this.methods, name) && this.methods[name];
		if (!method) return;
		const reader = { data, view, at: 5 + encoder.encode(name).length + 1 };
		const args = [];
		for (let n = view.getUint8(reader.at++); n > 0; n--) args.push(decode(reader));
		method(from, ...args);
	}
}

const text = (s) => encoder.encode(s + "\0");

const cstring = (data, at) => decoder.decode(data.subarray(at, data.indexOf(0, at) < 0 ? data.length : data.indexOf(0, at)));

function concat(parts) {
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

function encode(value) {
	if (typeof value === "number") {
		const view = new DataView(new ArrayBuffer(12));
		view.setUint32(0, REAL + WIDE, true);
		view.setFloat64(4, value, true);
		return new Uint8Array(view.buffer);
	}
	const bytes = encoder.encode(String(value));
	const view = new DataView(new ArrayBuffer(8 + (bytes.length + 3 & ~3)));
	view.setUint32(0, STRING, true);
	view.setUint32(4, bytes.length, true);
	new Uint8Array(view.buffer).set(bytes, 8);
	return new Uint8Array(view.buffer);
}

function decode(r) {
	const header = r.view.getUint32(r.at, true);
	const wide = (header & WIDE) !== 0;
	const skip = (n) => (r.at += n, r.at - n);
	skip(4);
	switch (header & 0xff) {
	case NIL: return null;
	case BOOL: return r.view.getUint32(skip(4), true) !== 0;
	case INT: return wide ? Number(r.view.getBigInt64(skip(8), true)) : r.view.getInt32(skip(4), true);
	case REAL: return wide ? r.view.getFloat64(skip(8), true) : r.view.getFloat32(skip(4), true);
	case STRING: {
		const length = r.view.getUint32(skip(4), true);
		const at = skip(length + 3 & ~3);
		return decoder.decode(r.data.subarray(at, at + length));
	}
	case VECTOR2: return { x: r.view.getFloat32(skip(4), true), y: r.view.getFloat32(skip(4), true) };
	case ARRAY: return Array.from({ length: r.view.getUint32(skip(4), true) & 0x7fffffff }, () => decode(r));
	}
	throw new TypeError(`a value of type ${header & 0xff}, which this page does not know`);
}
