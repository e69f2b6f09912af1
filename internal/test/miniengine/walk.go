package miniengine

import (
	"fmt"
	"maps"
	"slices"
)

// node is something that an engine does with a resource.
type node struct {
	alias string      // of the process that it asks
	after []string    // the names of those that must have succeeded before
	run   func() bool // false: it failed, and the nodes after it are skipped
}

// walk runs the nodes, at most parallelism at a time, each after the nodes that it waits for. A
// node that waits for a failed node is skipped. Once stop is closed no further node begins. order
// picks the next of n nodes that are ready.
func walk(nodes map[string]*node, parallelism int, order func(n int) int, stop <-chan struct{}) {
	w := &walker{nodes: nodes, ended: make(chan ended), order: order, waits: make(map[string]int), wanted: make(map[string][]string)}
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		for _, other := range nodes[name].after {
			if nodes[other] != nil {
				w.waits[name]++
				w.wanted[other] = append(w.wanted[other], name)
			}
		}
		if w.waits[name] == 0 {
			w.ready = append(w.ready, name)
		}
	}
	busy := 0
	for {
		for len(w.ready) > 0 && busy < parallelism && !closed(stop) {
			name := w.next()
			busy++
			go func() { w.ended <- ended{name, nodes[name].run()} }()
		}
		if busy == 0 {
			w.mustBeDone(stop)
			return
		}
		w.finish(<-w.ended)
		busy--
	}
}

type ended struct {
	name string
	ok   bool
}

type walker struct {
	nodes  map[string]*node
	ready  []string
	ended  chan ended
	order  func(n int) int
	waits  map[string]int      // how many nodes each node waits for
	done   int                 // how many have succeeded
	failed bool                // a node has failed
	wanted map[string][]string // who waits for it
}

func (w *walker) next() string {
	i := w.order(len(w.ready))
	name := w.ready[i]
	w.ready = slices.Delete(w.ready, i, i+1)
	return name
}

// finish marks the nodes ready that now wait for no other node. Nodes after a failed node never
// become ready.
func (w *walker) finish(e ended) {
	if !e.ok {
		w.failed = true
		return
	}
	w.done++
	for _, name := range w.wanted[e.name] {
		if w.waits[name]--; w.waits[name] == 0 {
			w.ready = append(w.ready, name)
		}
	}
}

// mustBeDone panics when nodes wait for each other.
func (w *walker) mustBeDone(stop <-chan struct{}) {
	if w.done == len(w.nodes) || w.failed || closed(stop) {
		return
	}
	maps.DeleteFunc(w.waits, func(_ string, n int) bool { return n == 0 })
	panic(fmt.Sprintf("miniengine: the order has a cycle: %v", w.waits))
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
