package cenet

import "errors"

// refusal gives a command and returns why it was refused, or nil.
func (p *Peer) refusal(command string) error {
	_, err := p.process.call(command, p.patience)
	var refused refusedError
	if err != nil && !errors.As(err, &refused) {
		p.t.Fatal(err)
	}
	return err
}
