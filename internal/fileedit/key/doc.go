// Package key names values in structured files and describes edits of them, for every format alike.
//
//	"spec.containers[name=web].image" ─► ParsePath ─► Path ─┐
//	a value of Terraform ─► Value ──────────────────────────┴─► Edit ─► yamledit, jsonedit, … ─► bytes
//
// A format is a package with two functions, pure and safe for concurrent use:
//
//	func Get(file []byte, doc key.Selector, paths []key.Path) ([]key.Found, error)
//	func Set(file []byte, doc key.Selector, edits []key.Edit, options key.Options) ([]byte, error)
//
// Get finds values. Set applies edits in their order and returns the whole new file; bytes that
// belong to no changed value are those of the file. An edit whose value is Equal to the present
// value changes nothing. Errors are *Error, and no bytes come with them.
package key
