// A game made with Godot 3's WebRTCMultiplayer and the signalling client of its demo, as the engine exports it for
// browsers: text messages, a connection to every member, three negotiated channels on each, bare bytes.
"use strict";

/** Joins the session's lobby; gives the id when the server is connected. What it keeps has the form of member's. */
globalThis.stock = (url) => {
	const game = { id: 0, connections: new Map() };
	const modes = ["reliable", "ordered", "unreliable"];
	globalThis.log = [];
	globalThis.packets = [];
	const socket = new WebSocket(url);
	const send = (letter, id, payload) => socket.send(`${letter}: ${id}\n${payload}`);

	const add = (id, joined) => {
		const pc = new RTCPeerConnection();
		const channels = {};
		let waits = modes.length;
		modes.forEach((mode, i) => {
			// The engine spells maxPacketLifetime so, and browsers do not know it.
			const options = { negotiated: true, id: i + 1, ordered: mode !== "unreliable", maxPacketLifetime: 1 };
			const channel = pc.createDataChannel(mode, options);
			channel.binaryType = "arraybuffer";
			channel.onmessage = ({ data }) => {
				const bytes = new Uint8Array(data);
				packets.push({ from: id, to: game.id, mode, data: String.fromCharCode(...bytes.subarray(0, 64)), size: bytes.length });
			};
			channel.onopen = () => {
				if (--waits === 0) {
					game.connections.get(id).open = true;
					log.push({ type: "peerConnected", id });
					if (id === 1) joined(game.id);
				}
			};
			channel.onclose = () => remove(id, pc);
			channels[mode] = channel;
		});
		pc.onicecandidate = ({ candidate }) => {
			if (candidate?.candidate && socket.readyState === WebSocket.OPEN) {
				send("C", id, `\n${candidate.sdpMid}\n${candidate.sdpMLineIndex}\n${candidate.candidate}`);
			}
		};
		game.connections.set(id, { pc, channels, open: false });
		return pc;
	};
	const remove = (id, pc) => {
		const it = game.connections.get(id);
		if (it && (!pc || it.pc === pc)) {
			game.connections.delete(id);
			it.pc.close();
			log.push({ type: "peerDisconnected", id });
		}
	};

	const take = async (text, joined) => {
		const end = text.indexOf("\n");
		const letter = text[0];
		const payload = text.slice(end + 1);
		const id = Number(text.slice(3, end));
		const pc = game.connections.get(id)?.pc;
		switch (letter) {
			case "I":
				game.id = id;
				break;
			case "N": {
				const fresh = add(id, joined);
				if (id > game.id) {
					await fresh.setLocalDescription(await fresh.createOffer());
					send("O", id, fresh.localDescription.sdp);
				}
				break;
			}
			case "O":
				await pc.setRemoteDescription({ type: "offer", sdp: payload });
				await pc.setLocalDescription(await pc.createAnswer());
				send("A", id, pc.localDescription.sdp);
				break;
			case "A":
				await pc.setRemoteDescription({ type: "answer", sdp: payload });
				break;
			case "C": {
				const [sdpMid, sdpMLineIndex, candidate] = payload.split("\n").filter((part) => part);
				await pc.addIceCandidate({ sdpMid, sdpMLineIndex: Number(sdpMLineIndex), candidate });
				break;
			}
			case "D":
				remove(id);
		}
	};

	globalThis.peer = {
		get peers() {
			return [...game.connections].filter(([, it]) => it.open).map(([id]) => id);
		},
		/** put_packet: a copy on each connection that the target means. */
		send: ({ to, mode, data }) => {
			for (const [id, it] of game.connections) {
				if (it.open && (to > 0 ? id === to : id !== -to)) it.channels[mode].send(new TextEncoder().encode(data));
			}
		},
		close: () => socket.close(),
	};
	return new Promise((resolve, reject) => {
		let turn = Promise.resolve();
		socket.onopen = () => socket.send("J: session\n");
		socket.onmessage = ({ data }) => {
			turn = turn.then(() => take(data, resolve));
		};
		socket.onclose = ({ code, reason }) => {
			log.push({ type: "closed", code, reason });
			for (const id of [...game.connections.keys()]) remove(id);
			reject(new Error(`closed: ${code} ${reason}`));
		};
	});
};
