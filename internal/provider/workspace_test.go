package provider

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheWorkspaceIsFoundWhereTerraformFindsIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "environment"), []byte("staging\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"nowhere", nil, "default"},
		{"no data directory", map[string]string{"TF_DATA_DIR": filepath.Join(dir, "none")}, "default"},
		{"the selected one", map[string]string{"TF_DATA_DIR": dir}, "staging"},
		{"HCP Terraform's", map[string]string{"TF_DATA_DIR": dir, "TFC_WORKSPACE_NAME": "hcp"}, "hcp"},
		{"the variable's", map[string]string{"TF_DATA_DIR": dir, "TFC_WORKSPACE_NAME": "hcp", "TF_WORKSPACE": "own"}, "own"},
	} {
		if got := workspace(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
