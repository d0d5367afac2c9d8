// What the tests have in every page.
"use strict";

/** Waits until check gives something true. */
globalThis.until = (what, check) =>
	new Promise((resolve, reject) => {
		const end = performance.now() + 30_000;
		const look = () => {
			const value = check();
			if (value) {
				resolve(true);
			} else if (performance.now() > end) {
				reject(new Error(`waited in vain until ${what}`));
			} else {
				setTimeout(look, 20);
			}
		};
		look();
	});

/** Joins a session with the module and keeps what happens in globalThis.log. */
globalThis.member = async (url, options) => {
	const crosspeer = await import("/play/crosspeer.js");
	const peer = crosspeer.connect(url, options);
	globalThis.log = [];
	globalThis.packets = [];
	for (const type of ["connected", "peerConnected", "peerDisconnected", "disconnected"]) {
		peer.on(type, (event) => log.push({ type, ...event }));
	}
	peer.on("failed", (error) => log.push({ type: "failed", code: error.code, message: error.message, hint: error.hint }));
	peer.on("packet", ({ from, to, mode, data }) => packets.push({ from, to, mode, data: String.fromCharCode(...data.subarray(0, 64)), size: data.length }));
	globalThis.peer = peer;
	globalThis.crosspeer = crosspeer;
};
