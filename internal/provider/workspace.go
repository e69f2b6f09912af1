package provider

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
)

// workspace returns the name of Terraform's workspace, for messages. Terraform does not pass it to
// providers, so this looks into the same places: a variable, or a file that `terraform workspace
// select` writes. Runs of HCP Terraform have a variable of their own.
func workspace(env func(string) string) string {
	name := cmp.Or(env("TF_WORKSPACE"), env("TFC_WORKSPACE_NAME"))
	if name == "" {
		// Without the file, or if it cannot be read, Terraform takes the default, too.
		selected, _ := os.ReadFile(filepath.Join(cmp.Or(env("TF_DATA_DIR"), ".terraform"), "environment"))
		name = strings.TrimSpace(string(selected))
	}
	return cmp.Or(name, "default")
}
