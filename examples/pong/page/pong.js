import { connect } from "./crosspeer.js";
import { Node } from "./rpc.js";

const WIDTH = 640, HEIGHT = 360, PADDLE = { x: [20, 620], width: 8, height: 80 }, RADIUS = 6;
const SPEED = 400; // of the arrow keys, in pixels a second

const field = document.getElementById("field");
const pen = field.getContext("2d");
const show = (id, words) => { document.getElementById(id).textContent = words; };

const game = { seat: -1, ball: { x: WIDTH / 2, y: HEIGHT / 2 }, paddles: [HEIGHT / 2, HEIGHT / 2], wanted: HEIGHT / 2, joined: false };
const keys = new Set();

const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const peer = connect(new URLSearchParams(location.search).get("join") ?? `${scheme}//${location.host}/ws`);
const node = new Node(peer, "Pong", {
	state(_, ball, left, right) { Object.assign(game, { ball, paddles: [left, right] }); },
	score(_, left, right) { show("score", `${left} : ${right}`); },
	seat(_, number) {
		game.seat = number;
		if (number < 0) show("message", "watching");
	},
	message(_, words) { show("message", words); },
});
peer.on("connected", () => { game.joined = true; show("message", ""); });
peer.on("failed", (error) => show("message", `${error.message}. ${error.hint}`));
peer.on("disconnected", ({ reason }) => { game.joined = false; show("message", `The connection is lost: ${reason || "the server has gone"}`); });
window.game = game;

field.addEventListener("pointermove", (event) => {
	const box = field.getBoundingClientRect();
	game.wanted = (event.clientY - box.top) / box.height * HEIGHT;
});
window.addEventListener("keydown", (event) => {
	if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
	event.preventDefault();
	keys.add(event.key);
});
window.addEventListener("keyup", (event) => keys.delete(event.key));

let last = performance.now();
function frame(now) {
	const seconds = Math.min((now - last) / 1000, 0.1);
	last = now;
	game.wanted += SPEED * seconds * (keys.has("ArrowDown") - keys.has("ArrowUp"));
	game.wanted = Math.min(Math.max(game.wanted, 0), HEIGHT);
	if (game.joined && game.seat >= 0) node.call(1, "unreliable", "move", game.wanted);
	draw();
	requestAnimationFrame(frame);
}
requestAnimationFrame(frame);

function draw() {
	pen.clearRect(0, 0, WIDTH, HEIGHT);
	pen.fillStyle = "#ffffff40";
	for (let y = 0; y < HEIGHT; y += 24) pen.fillRect(WIDTH / 2 - 1, y, 2, 12);
	for (const side of [0, 1]) {
		pen.fillStyle = side === game.seat ? "#7fd4ff" : "#fff";
		pen.fillRect(PADDLE.x[side] - PADDLE.width / 2, game.paddles[side] - PADDLE.height / 2, PADDLE.width, PADDLE.height);
	}
	pen.fillStyle = "#fff";
	pen.beginPath();
	pen.arc(game.ball.x, game.ball.y, RADIUS, 0, 2 * Math.PI);
	pen.fill();
}
