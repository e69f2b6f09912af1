package gitremote

import (
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/exchange"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/httpwire"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitremote/pipewire"
)

// Pool shares connections between the remotes of a process: those with the same TLS options use the
// same HTTP transport, and those of the same user on a host the same SSH client, so that the
// repositories of a host use the same connection. It is safe for concurrent use.
type Pool struct {
	*httpwire.Pool
	ssh  *pipewire.Pool
	told *exchange.Told
}

// NewPool returns an empty pool. Nothing is opened before the first request.
func NewPool() *Pool {
	return &Pool{Pool: httpwire.NewPool(), ssh: pipewire.NewPool(), told: new(exchange.Told)}
}

// Close closes the idle connections, and all over SSH. Remotes that still use the pool open new
// connections over HTTP, and fail over SSH.
func (p *Pool) Close() error {
	p.Pool.Close()
	return p.ssh.Close()
}
