package provider

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
)

// workspace is the name of Terraform's workspace, for messages. Terraform does not tell providers;
// it finds the name in the same places: a variable, or a file that `terraform workspace select`
// writes. In runs of HCP Terraform a variable of its own has it.
func workspace(env func(string) string) string {
	name := cmp.Or(env("TF_WORKSPACE"), env("TFC_WORKSPACE_NAME"))
	if name == "" {
		// Without the file, or if it cannot be read, Terraform takes the default, too.
		selected, _ := os.ReadFile(filepath.Join(cmp.Or(env("TF_DATA_DIR"), ".terraform"), "environment"))
		name = strings.TrimSpace(string(selected))
	}
	return cmp.Or(name, "default")
}
