package gitwriter

import (
	"errors"
	"fmt"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// A server decides how many bytes its answers become: a delta of ten bytes makes an object of any
// size, and a kilobyte inflates to a megabyte. So each place where objects are held has a bound in
// bytes, whatever a server sends:
//
//	Reader (inFlight) ──► batch (putBytes) ──► recent (recentSize), object cache (its max_size)
//	                 └──► round (mostGathered) ──► a level of directories, contents ──► caller
//
// An object that does not fit is read over, asked for alone, or refused with a LargeError that
// names the object.
const (
	// inFlight is how much a pack that is read holds, in bytes: an object, or a delta with its base
	// and its result, and former objects where there is room. Larger files are known by their id
	// and size alone.
	inFlight = 32 << 20
	// putCount and putBytes are how many arriving objects are handed to the store at once.
	putCount, putBytes = 256, 2 << 20
	// mostGathered is how much a request, or a level of directories, may gather, in bytes. A level
	// that takes more is read in parts.
	mostGathered = 24 << 20
	// mostWalked bounds the directories that one look-up reads, in bytes: so many are ten million
	// entries.
	mostWalked = 512 << 20
	// mostEdited bounds the directories that one commit changes, in bytes as they were; rebuilt
	// they are there once more.
	mostEdited = 32 << 20
	// mostListed bounds the paths of List, in bytes.
	mostListed = 32 << 20
	// mostSeen bounds the directories that are looked for in memory to be asked for ahead of time.
	mostSeen = 100_000
)

// errCrowded says that objects take more than mostGathered together, and each of them does not. It
// never leaves this package.
var errCrowded = errors.New("too much at once")

// LargeError says that an object cannot be held; the error around it names the object. It is an
// ErrTooLarge.
type LargeError struct {
	ID gitobj.ID
	// Size is the object's, in bytes; -1 if the server sends a delta that is too large to be
	// applied.
	Size int64
	// Limit is how many bytes are held.
	Limit int64
}

func (e *LargeError) Error() string {
	if e.Size < 0 {
		return fmt.Sprintf("%v: the server sends it as a delta, and the %d bytes that are held in memory do not suffice to apply it",
			ErrTooLarge, e.Limit)
	}
	return fmt.Sprintf("%v: it has %d bytes, and at most %d are held in memory", ErrTooLarge, e.Size, e.Limit)
}

// Unwrap makes the error an ErrTooLarge.
func (e *LargeError) Unwrap() error { return ErrTooLarge }
