// Package token makes and checks connect tokens: small signed texts with which
// somebody else, as a login or matchmaking service, says that a player may join
// a session. The service holds a secret key, the game server the public one,
// so a game server can check tokens and make none.
//
//	key, err := token.NewKey(rand.Reader)
//	b, err := key.Sign(token.Claims{
//		Audience: "arena-3",
//		Subject:  "ann",
//		Expires:  time.Now().Add(time.Minute),
//	})
//	text := token.Text(b) // the player's
//
//	v, err := token.NewVerifier(token.Config{Audience: "arena-3", Keys: token.NewKeyRing(key.Public())})
//	claims, err := v.Verify(b, time.Now(), remote)
//
// A token is not encrypted: whoever has it can read it, and join with it until
// it expires. Over ENet it travels in the clear. See Claims.SingleUse and
// Claims.Sources for what makes a copied one worthless.
//
// Keys are Ed25519 (RFC 8032) in PEM files, as openssl genpkey -algorithm
// ed25519 makes them (RFC 8410). There is one algorithm and no field that names
// one, so nobody can talk a verifier into a weaker one. There is no shared
// secret either: with one, every game server could make tokens for all others.
//
// Nothing that a token says is looked at before its signature is found good.
//
// Nothing here reads a clock: the time is an argument.
package token
