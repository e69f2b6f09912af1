//go:build unix

package packstage

import "os"

// createUnlinked opens a new file in dir, mode 0600, and removes its name: from then on it lives as
// long as its descriptor, and nothing is left of it however the process ends.
func createUnlinked(dir string) (file, error) {
	f, err := os.CreateTemp(dir, "nanogit-stage-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
