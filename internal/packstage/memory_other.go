//go:build !unix

package packstage

// mapSlab allocates a slab in the garbage collector's heap, on systems other than Unix.
func mapSlab() ([]byte, error) { return make([]byte, slabSize), nil }

func unmapSlab([]byte) error { return nil }
