//go:build !unix

package packstage

// On other systems a slab is part of the garbage collector's heap.
func mapSlab() ([]byte, error) { return make([]byte, slabSize), nil }

func unmapSlab([]byte) error { return nil }
