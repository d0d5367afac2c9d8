// Package admit lets players into a session who have a token: it finds the
// token in what a client sends, has it checked, and makes a
// crosspeer.Grant of what it says.
//
//	v, err := token.NewVerifier(token.Config{Audience: "arena-3", Keys: keys})
//	srv, err := crosspeer.Listen(ctx, &crosspeer.Config{
//		Admit: admit.With(admit.Tokens(v, admit.Options{})),
//	}, …)
//
// Clients over HTTP (WebSocket, WebRTC's signalling) put the token in their
// request, and are refused at once without one. The first of these counts:
//
//	Authorization: Bearer TOKEN
//	ws://host/ws?token=TOKEN
//	Sec-WebSocket-Protocol: something, crosspeer.token.TOKEN
//	Cookie: crosspeer_token=TOKEN     (not of pages of other hosts)
//
// Other clients (ENet) send it as their first packet, to anybody, in any of the
// ways that Godot has for bytes: put_packet, put_var of a text or bytes, and
// MultiplayerAPI.send_bytes; text or binary. What they send after it waits until
// the token is checked.
package admit
