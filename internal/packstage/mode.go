package packstage

import "fmt"

// Mode says where staged objects are kept.
type Mode uint8

// The modes.
const (
	// Auto is memory for a few small objects, and disk from then on.
	Auto Mode = iota
	// Memory holds everything in memory, without a bound.
	Memory
	// Disk holds everything in a temporary file.
	Disk
)

// ParseMode reads a mode as configurations hold it: "auto", "memory" or "disk".
func ParseMode(name string) (Mode, error) {
	for m := Auto; m <= Disk; m++ {
		if m.String() == name {
			return m, nil
		}
	}
	return 0, fmt.Errorf("staging mode %.80q is none of auto, memory, disk", name)
}

// String is the mode as ParseMode reads it.
func (m Mode) String() string {
	switch m {
	case Auto:
		return "auto"
	case Memory:
		return "memory"
	case Disk:
		return "disk"
	}
	return "unknown"
}
