package gitread

import "errors"

// A server decides how many bytes its answers become: a delta of ten bytes makes an object of any
// size, and a kilobyte inflates to a megabyte. So each place where objects are held has a bound in
// bytes:
//
//	Reader (inFlight) ──► batch (putBytes) ──► recent (objstore.FrontSize), object cache (its max_size)
//	                 └──► coalesced fetch (mostGathered) ──► a level of directories, contents ──► caller
//
// An object that does not fit is read over, asked for alone, or refused with a LargeError that
// names the object.
const (
	// inFlight bounds the bytes that the reader of a pack holds: an object, or a delta with its
	// base and its result, and former objects where there is room. Larger files are known by their
	// id and size alone.
	inFlight = 32 << 20
	// putCount and putBytes bound the arriving objects that are handed to the store at once.
	putCount, putBytes = 256, 2 << 20
	// mostGathered bounds the bytes that a fetch, or a level of directories, may gather. A level
	// that takes more is read in parts.
	mostGathered = 24 << 20
	// mostWalked bounds the directories that a look-up reads, in bytes: so many are ten million
	// entries.
	mostWalked = 512 << 20
	// mostListed bounds the paths of List, in bytes.
	mostListed = 32 << 20
	// mostVisited bounds the directories that are searched in memory for unread subdirectories.
	mostVisited = 100_000
)

// errTogether says that objects take more than mostGathered together, and each of them less. It
// never leaves this package.
var errTogether = errors.New("too much at once")
