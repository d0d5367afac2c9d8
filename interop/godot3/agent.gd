extends SceneTree

# The engine's end of the control connection: it runs what the test sends and
# reports what the multiplayer peer does. One JSON object per line each way.
#
#   test to engine   {"id": 7, "source": "return peer.get_unique_id()", "bytes": "<base64, optional>"}
#   engine to test   {"id": 7, "result": 1}  or  {"id": 7, "error": "..."}
#                    {"event": "peer_connected", "peer": 5}
#                    {"event": "packet", "peer": 5, "channel": 1, "size": 3, "hex": "616263"}
#                    {"event": "packet", "peer": 5, "channel": 1, "size": 70000, "sha256": "..."}
#                    {"ready": "3.2.3-stable (custom_build)"}   once, at the start

# The peer that is polled and reported, see adopt().
var peer = null

# Whether packets are fetched and reported as they come. A test that looks at
# the queue itself turns this off.
var draining = true

# Objects whose turn() is called every frame.
var chores = []

var _control = StreamPeerTCP.new()
var _received = PoolByteArray()
var _ready = false
var _inline_limit = int(OS.get_environment("CROSSPEER_INLINE_LIMIT"))


func _init():
	# A headless engine otherwise sleeps about 7 ms per frame.
	OS.low_processor_usage_mode_sleep_usec = 1
	Engine.target_fps = 1000
	_control.connect_to_host("127.0.0.1", int(OS.get_environment("CROSSPEER_CONTROL_PORT")))


func _idle(_delta):
	match _control.get_status():
		StreamPeerTCP.STATUS_CONNECTING:
			return
		StreamPeerTCP.STATUS_CONNECTED:
			if not _ready:
				_ready = true
				_control.set_no_delay(true)
				_tell({"ready": Engine.get_version_info().string})
			_obey()
			turn()
		_:
			# Nobody is left to end this process, so it ends by itself.
			quit()


# Makes new_peer, any NetworkedMultiplayerPeer or null, the one that is polled
# and reported. The previous one is let go.
func adopt(new_peer):
	if new_peer == peer:
		return
	peer = new_peer
	if peer == null:
		return
	for name in ["peer_connected", "peer_disconnected"]:
		peer.connect(name, self, "_on_peer_signal", [name])
	for name in ["connection_succeeded", "connection_failed", "server_disconnected"]:
		peer.connect(name, self, "_on_signal", [name])
	if peer is WebSocketClient:
		peer.connect("server_close_request", self, "_on_close_request", [1])
	if peer is WebSocketServer:
		peer.connect("client_close_request", self, "_on_client_close_request")


# What happens every frame; a script may ask for an extra turn.
func turn():
	for chore in chores:
		chore.turn()
	# A peer without a connection answers poll with an error message.
	if peer != null and peer.get_connection_status() != NetworkedMultiplayerPeer.CONNECTION_DISCONNECTED:
		peer.poll()
	# Asked again: the peer may be gone, and fetching from an empty WebSocket
	# queue ends the process.
	while draining and peer != null and peer.get_available_packet_count() > 0:
		_report_packet()


# The bytes that the Go function Pattern makes of the same arguments.
func pattern(length, seed_value):
	var block = PoolByteArray()
	block.resize(1021)
	var state = seed_value
	for i in range(block.size()):
		state = (state * 1103515245 + 12345) & 0x7fffffff
		block[i] = (state >> 16) & 255
	var bytes = PoolByteArray()
	bytes.append_array(block)
	# Doubling leaves the work to the engine: a loop over a mebibyte takes
	# 100 ms here.
	while bytes.size() < length:
		bytes.append_array(bytes)
	bytes.resize(length)
	return bytes


func _on_peer_signal(id, name):
	_tell({"event": name, "peer": id})


func _on_signal(name):
	_tell({"event": name})


func _on_client_close_request(id, code, reason):
	_on_close_request(code, reason, id)


# A function of a node that was called, with its arguments as text.
func on_call(node, method, arguments):
	_tell({"event": "call", "peer": multiplayer.get_rpc_sender_id(), "text": "%s.%s %s" % [node, method, var2str(arguments)]})


func on_raw(id, bytes):
	_tell({"event": "raw", "peer": id, "text": bytes.hex_encode()})


func _on_close_request(code, reason, id):
	_tell({"event": "close_request", "peer": id, "size": code, "hex": reason.to_utf8().hex_encode()})


func _report_packet():
	# Both describe the head of the queue, so they come before get_packet.
	var from = peer.get_packet_peer()
	var channel = -1
	if peer.has_method("get_packet_channel"):
		channel = peer.get_packet_channel()
	var bytes = peer.get_packet()
	var report = {"event": "packet", "peer": from, "channel": channel, "size": bytes.size()}
	if bytes.size() <= _inline_limit:
		report["hex"] = bytes.hex_encode()
	else:
		var digest = HashingContext.new()
		digest.start(HashingContext.HASH_SHA256)
		digest.update(bytes)
		report["sha256"] = digest.finish().hex_encode()
	_tell(report)


# Reads what has come and runs the requests in it. The test waits for each
# answer before it asks again, so a request is complete when a line end is the
# last byte; no search is needed.
func _obey():
	var available = _control.get_available_bytes()
	if available <= 0:
		return
	var chunk = _control.get_partial_data(available)
	if chunk[0] != OK:
		return
	_received.append_array(chunk[1])
	if _received[_received.size() - 1] != 10:
		return
	var line = _received.get_string_from_utf8()
	_received = PoolByteArray()
	_tell(_run(JSON.parse(line).result))


func _run(request):
	var id = int(request.id)
	var script = GDScript.new()
	script.source_code = "func run(agent, peer, bytes):\n\t" + request.source.replace("\n", "\n\t") + "\n"
	if script.reload() != OK:
		return {"id": id, "error": "the script does not compile"}
	var bytes = PoolByteArray()
	if request.has("bytes"):
		bytes = Marshalls.base64_to_raw(request.bytes)
	var result = script.new().run(self, peer, bytes)
	if result is GDScriptFunctionState:
		return {"id": id, "error": "the script yields; it must return"}
	return {"id": id, "result": _plain(result)}


# JSON has no bytes: they become hexadecimal text.
func _plain(value):
	match typeof(value):
		TYPE_RAW_ARRAY:
			return value.hex_encode()
		TYPE_ARRAY:
			var list = []
			for element in value:
				list.append(_plain(element))
			return list
		TYPE_DICTIONARY:
			var copy = {}
			for key in value:
				copy[key] = _plain(value[key])
			return copy
	return value


func _tell(message):
	_control.put_data((JSON.print(message) + "\n").to_utf8())
