package filecontent

import (
	"strconv"
	"strings"
)

// LFSPointer is the content that a Git LFS pointer stands for.
type LFSPointer struct {
	OID  string // SHA-256, 64 hexadecimal digits
	Size int64  // in bytes
}

// ParseLFSPointer reads a Git LFS pointer (git-lfs, docs/spec.md); ok is false if the blob is none,
// or is named by another hash than SHA-256.
func ParseLFSPointer(blob []byte) (p LFSPointer, ok bool) {
	if !IsLFSPointer(blob) {
		return p, false
	}
	sized := false
	for line := range strings.Lines(string(blob)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch key {
		case "oid":
			oid, sha256 := strings.CutPrefix(value, "sha256:")
			if !sha256 || len(oid) != 64 || strings.Trim(oid, "0123456789abcdef") != "" {
				return p, false
			}
			p.OID = oid
		case "size":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || n < 0 {
				return p, false
			}
			p.Size, sized = n, true
		}
	}
	return p, p.OID != "" && sized
}
