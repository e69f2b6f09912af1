package gitread

import "github.com/nanogit/terraform-provider-nanogit/internal/gitobj"

// Entry is a file, symbolic link, submodule or directory at a path of a branch. A Mode of 0 says
// that the path does not exist.
type Entry struct {
	Path string
	Mode gitobj.Mode
	ID   gitobj.ID
}

// Exists reports whether the branch has the path.
func (e Entry) Exists() bool { return e.Mode != 0 }

// IsDir reports whether the path is a directory.
func (e Entry) IsDir() bool { return e.Mode != 0 && e.Mode.IsTree() }

// Describe names the kind and the id of the object, for diagnostics: "file 3b18e5…".
func (e Entry) Describe() string {
	if !e.Exists() {
		return "nothing"
	}
	return e.Mode.Describe() + " " + e.ID.String()
}
