package packstage

import (
	"context"
	"runtime"
	"sync"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
	"github.com/nanogit/terraform-provider-nanogit/internal/gitpack"
)

// encoder is an entry encoder with the buffer it fills.
type encoder struct {
	*gitpack.Encoder
	buf []byte
}

// encoders lends at most GOMAXPROCS encoders at the same time. They are made when first needed. The
// encoder used last is lent first, so that a caller that stages its objects in sequence needs only
// a single encoder.
type encoders struct {
	level int
	slots chan struct{}

	mu   sync.Mutex
	idle []*encoder
}

func newEncoders(level int) *encoders {
	return &encoders{level: level, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
}

// take waits for an encoder, or for ctx to end. The format is the same in every call.
func (p *encoders) take(ctx context.Context, f gitobj.Format) (*encoder, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	if last := len(p.idle) - 1; last >= 0 {
		e := p.idle[last]
		p.idle = p.idle[:last]
		p.mu.Unlock()
		return e, nil
	}
	p.mu.Unlock()
	e, err := gitpack.NewEncoder(f, p.level)
	if err != nil {
		<-p.slots
		return nil, err
	}
	return &encoder{Encoder: e}, nil
}

// give takes an encoder back.
func (p *encoders) give(e *encoder) {
	p.mu.Lock()
	p.idle = append(p.idle, e)
	p.mu.Unlock()
	<-p.slots
}
