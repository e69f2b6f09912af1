package pipewire

import (
	"context"
	"io"
)

// dialer starts the services of a repository at the other end of a pipe: as local processes, or as
// commands over SSH. It is safe for concurrent use.
type dialer interface {
	// dial starts a service: git-upload-pack or git-receive-pack. With v2 it is asked for protocol
	// version 2, which it may not know. An *exchange.Error lacks Op and URL, which the caller
	// knows.
	dial(ctx context.Context, service string, v2 bool) (pipe, error)
}

// pipe is the standard streams of a running service. Reading and writing may happen at once.
type pipe interface {
	io.ReadWriter
	// closeWrite tells the service that no more input comes.
	closeWrite() error
	// close ends the service, if it still runs, and with it every Read and Write. It may be called
	// twice.
	close()
	// end returns how the service ended, after its output has ended. It does not wait for long.
	end() ending
}

// multiplexed is a pipe that shares a connection of limited room with other pipes.
type multiplexed interface {
	// yield allows the connection to end the pipe when it needs the room.
	yield()
	// resume takes that back. It reports false if the pipe was ended.
	resume() bool
}

// ending tells how a service ended.
type ending struct {
	words  string // the text that it printed as errors, uncleaned
	failed bool   // it ended by itself, with a status for a failure
}
