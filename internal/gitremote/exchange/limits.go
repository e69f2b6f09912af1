package exchange

import "time"

// Limits bound the bytes and the time that a server can make this process spend. A zero field takes
// its default.
type Limits struct {
	MaxResponse int64         // bytes of a response, decompressed; default 2 GiB
	MaxRefs     int64         // bytes of a list of references; default 1 MiB
	Stall       time.Duration // the longest time without a byte in either direction; default 2 min
	Attempts    int           // of an idempotent request, the first included; default 5
	Connect     time.Duration // how long a connection that cannot be made is tried again; default 30 s
	Linger      time.Duration // how long more is waited for once the report of a push is there; default 2 s
	Backoff     time.Duration // wait before the second attempt, doubling after it, ±50 %; default 250 ms
}

// WithDefaults returns the limits with each zero field replaced by its default.
func (l Limits) WithDefaults() Limits {
	if l.MaxResponse <= 0 {
		l.MaxResponse = 2 << 30
	}
	if l.MaxRefs <= 0 {
		l.MaxRefs = 1 << 20
	}
	if l.Stall <= 0 {
		l.Stall = 2 * time.Minute
	}
	if l.Attempts <= 0 {
		l.Attempts = 5
	}
	if l.Connect <= 0 {
		l.Connect = 30 * time.Second
	}
	if l.Linger <= 0 {
		l.Linger = 2 * time.Second
	}
	if l.Backoff <= 0 {
		l.Backoff = 250 * time.Millisecond
	}
	return l
}
