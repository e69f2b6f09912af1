// Package gitpatch writes patches in the format of git diff.
//
//	path, modes, ids and contents of a changed file ──► Append ──► "diff --git a/… b/…", hunks
//
// The format is that of `git diff --full-index --no-renames`, which git apply takes. The hunks are
// those of a library (go-udiff, the differ of Go's own tools): each patch turns the one content
// into the other, but where several choices of lines do, git may choose others.
package gitpatch
