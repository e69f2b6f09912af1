package packstage

import (
	"fmt"
	"os"

	"github.com/nanogit/terraform-provider-nanogit/internal/gitobj"
)

// Defaults of Options.
const (
	DefaultAutoObjects   = 10
	DefaultAutoBytes     = 8 << 20
	DefaultLevel         = 1
	DefaultMaxObjectSize = 256 << 20
)

// Options configure a stage. The zero value gives the defaults.
type Options struct {
	Mode Mode
	// Directory is the directory of the temporary file; empty is the system's directory for such
	// files. It is not touched before the first object is held on disk.
	Directory string
	// AutoObjects is the largest number of objects that Auto holds in memory; 0 is
	// DefaultAutoObjects.
	AutoObjects int
	// AutoBytes is the largest number of bytes, as deflated, that Auto holds in memory; 0 is
	// DefaultAutoBytes.
	AutoBytes int64
	// Level is the deflate level, 0 (stored) to 9; nil is DefaultLevel.
	Level *int
	// Format is the object format of the repository; 0 leaves it to SetFormat, before which nothing
	// can be put.
	Format gitobj.Format
	// MaxObjectSize is the size of the largest object that Put accepts, in bytes before deflation;
	// 0 is DefaultMaxObjectSize.
	MaxObjectSize int64
}

// withDefaults sets the missing options and refuses invalid options.
func (o Options) withDefaults() (Options, error) {
	if o.Mode > Disk {
		return o, fmt.Errorf("staging mode %d is unknown", o.Mode)
	}
	if o.Directory == "" {
		o.Directory = os.TempDir()
	}
	if o.AutoObjects == 0 {
		o.AutoObjects = DefaultAutoObjects
	}
	if o.AutoBytes == 0 {
		o.AutoBytes = DefaultAutoBytes
	}
	if o.Level == nil {
		o.Level = new(DefaultLevel)
	}
	if o.MaxObjectSize == 0 {
		o.MaxObjectSize = DefaultMaxObjectSize
	}
	switch {
	case o.AutoObjects < 0:
		return o, fmt.Errorf("staging: %d objects in memory: want at least 1", o.AutoObjects)
	case o.AutoBytes < 0:
		return o, fmt.Errorf("staging: %d bytes in memory: want at least 1", o.AutoBytes)
	case *o.Level < 0 || *o.Level > 9:
		return o, fmt.Errorf("staging: deflate level %d: want 0 to 9", *o.Level)
	case o.MaxObjectSize < 0:
		return o, fmt.Errorf("staging: largest object of %d bytes: want at least 1", o.MaxObjectSize)
	}
	return o, nil
}
