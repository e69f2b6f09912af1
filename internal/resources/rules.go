package resources

import "github.com/hashicorp/terraform-plugin-framework/schema/validator"

// The rules that data sources have in common with resources.

// ValidRepository checks the URL of a repository.
func ValidRepository() validator.String { return validRepository() }

// ValidCommitName checks the name of a commit: a branch, a tag, a full ref or an id.
func ValidCommitName() validator.String { return validCommitName() }

// ValidGlob checks a pattern for paths.
func ValidGlob() validator.String { return validGlob() }

// Sentence makes an error's text begin with a capital letter and end in a full stop.
func Sentence(s string) string { return sentence(s) }
