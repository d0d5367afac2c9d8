// Package browser tests the browser client and the play page in a real
// Chromium, against Crosspeer's server.
//
// A [Browser] is the one process that the tests share, with a profile of its
// own; a [Tab] is a page in it, of one test. A [Member] is a tab that has joined a session with the module, as a
// game's page would; a [Play] is one that shows the play page and is driven
// through what a visitor sees. Whatever goes wrong in a page, an exception
// that nobody caught or something that its policy forbids, fails the test.
//
// The methods are for the goroutine of the test.
package browser
