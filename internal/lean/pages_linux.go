package lean

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Pages gives back the program's own pages that only its start needed: initialisation touches most
// of a large program once. The pages are clean, so the kernel maps again from its cache those that
// are needed later. Measured: 2 to 3 MiB less resident memory of the provider, of the 64 MiB that
// it is documented to need at most, and 1 MiB of a client of benchmarks.
func Pages() {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return // a matter of memory only
	}
	defer f.Close()
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var from, to uintptr
		var mode string
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); n != 3 || !strings.HasSuffix(lines.Text(), " "+self) {
			continue
		}
		if mode == "r-xp" || mode == "r--p" {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
		}
	}
}
