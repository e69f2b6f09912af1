//go:build unix

package packstage

import (
	"os"

	"golang.org/x/sys/unix"
)

func mapSlab() ([]byte, error) {
	slab, err := unix.Mmap(-1, 0, slabSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	return slab, os.NewSyscallError("mmap", err)
}

func unmapSlab(slab []byte) error { return os.NewSyscallError("munmap", unix.Munmap(slab)) }
