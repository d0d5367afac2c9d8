extends Node2D

# A player of examples/pong. The server, a Go program, decides everything: it
# calls state, score, seat and message of this node, and this node calls its
# move. Nothing here knows that it is not a Godot server.
#
# From a shell, with a bot that follows the ball or stands still:
#   godot3-server --path examples/pong/godot --join=enet://127.0.0.1:4242 --bot=follow

const SIZE = Vector2(640, 360)
const PADDLE = Vector2(8, 80)
const PADDLE_X = [20, 620]
const BALL_RADIUS = 6

var side = -1  # 0 is left, 1 is right, -1 watches
var ball = SIZE / 2
var paddles = [SIZE.y / 2, SIZE.y / 2]
var wanted = SIZE.y / 2  # where the own paddle should be
var bot = ""


func _ready():
	get_tree().connect("connected_to_server", self, "_on_connected")
	get_tree().connect("connection_failed", self, "_on_failed")
	get_tree().connect("server_disconnected", self, "_on_lost")
	$Join/Button.connect("pressed", self, "_on_join_pressed")
	for argument in OS.get_cmdline_args():
		if argument.begins_with("--bot="):
			bot = argument.substr(6)
		if argument.begins_with("--join="):
			join(argument.substr(7))


# Joins a server: enet://HOST:PORT, or ws://HOST:PORT/ws, which is all that a
# game in a browser can use.
func join(url):
	var peer
	var error
	if url.begins_with("ws://") or url.begins_with("wss://"):
		peer = WebSocketClient.new()
		error = peer.connect_to_url(url, PoolStringArray(), true)
	else:
		var address = url.trim_prefix("enet://").rsplit(":", true, 1)
		peer = NetworkedMultiplayerENet.new()
		error = peer.create_client(address[0], int(address[1]) if address.size() > 1 else 4242)
	if error != OK:
		message("%s cannot be joined: error %d" % [url, error])
		return
	get_tree().network_peer = peer
	$Join.hide()
	message("joining %s" % url)


func _on_join_pressed():
	join($Join/Address.text)


func _on_connected():
	message("")


func _on_failed():
	_leave("nobody answers there")


func _on_lost():
	_leave("the server has gone")


func _leave(why):
	side = -1
	message(why)
	$Join.show()
	get_tree().set_deferred("network_peer", null)


func _input(event):
	if event is InputEventMouseMotion:
		wanted = event.position.y


func _physics_process(delta):
	if Input.is_action_pressed("ui_up"):
		wanted -= 400 * delta
	if Input.is_action_pressed("ui_down"):
		wanted += 400 * delta
	match bot:
		"follow":
			wanted = ball.y
		"still":
			wanted = 0
	wanted = clamp(wanted, 0, SIZE.y)
	if side >= 0 and get_tree().network_peer != null:
		rpc_unreliable_id(1, "move", wanted)


func _draw():
	for y in range(0, int(SIZE.y), 24):
		draw_rect(Rect2(SIZE.x / 2 - 1, y, 2, 12), Color(1, 1, 1, 0.25))
	for i in 2:
		var color = Color("#7fd4ff") if i == side else Color.white
		draw_rect(Rect2(Vector2(PADDLE_X[i], paddles[i]) - PADDLE / 2, PADDLE), color)
	draw_circle(ball, BALL_RADIUS, Color.white)


# What the server calls. It is the master of this node, so that puppet functions
# are for it alone.


puppet func seat(number):
	side = number
	print("seat ", number)
	if number < 0:
		message("watching")


puppet func state(ball_now, left, right):
	ball = ball_now
	paddles = [left, right]
	update()


puppet func score(left, right):
	$Score.text = "%d : %d" % [left, right]
	print("score %d:%d" % [left, right])


puppet func message(text):
	$Message.text = text
	if text != "":
		print(text)
	if bot != "" and " wins " in text:
		get_tree().quit()
