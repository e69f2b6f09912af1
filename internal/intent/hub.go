package intent

import "sync"

// Hub links the providers of a single program, such as a test.
type Hub struct {
	mu    sync.Mutex // guards the fields below
	links []*hubLink
}

type hubLink struct {
	hub   *Hub
	inbox []Message
	busy  bool
}

// Link returns the link of a further provider.
func (h *Hub) Link() Link {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &hubLink{hub: h}
	h.links = append(h.links, l)
	return l
}

// Post implements Link.
func (l *hubLink) Post(messages []Message) {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	for _, m := range messages {
		switch m.Kind {
		case begun, idle:
			l.busy = m.Kind == begun
			continue
		}
		for _, other := range l.hub.links {
			if other != l {
				other.inbox = append(other.inbox, m)
			}
		}
	}
}

// Alone implements Link.
func (l *hubLink) Alone() bool {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	return len(l.hub.links) == 1
}

// Receive implements Link.
func (l *hubLink) Receive() (messages []Message, busy bool) {
	l.hub.mu.Lock()
	defer l.hub.mu.Unlock()
	for _, other := range l.hub.links {
		busy = busy || other != l && other.busy
	}
	messages, l.inbox = l.inbox, nil
	return messages, busy
}
