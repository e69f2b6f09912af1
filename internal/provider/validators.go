package provider

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
)

func sibling(name string) path.Expression { return path.MatchRelative().AtParent().AtName(name) }

func validURL() validator.String {
	return resources.Check{Summary: "Invalid repository URL", Meaning: "the URL of a repository", Rule: checkURL, Secret: giturl.MayHoldSecret}
}

func validSize() validator.String {
	return resources.Check{Summary: "Invalid size", Meaning: "a positive number of bytes, or one with a unit such as `64MiB`", Rule: func(s string) error {
		n, err := parseSize(s)
		if err == nil && n <= 0 {
			err = errors.New("a size has to be at least one byte")
		}
		return err
	}}
}

func validDuration() validator.String {
	return resources.Check{Summary: "Invalid duration", Meaning: "a positive Go duration such as `30s`", Rule: func(s string) error {
		_, err := parseDuration(s)
		return err
	}}
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, fmt.Errorf(`%.40q is not a duration: write a number with ms, s, m or h, such as "30s"`, s)
	case d <= 0:
		return 0, fmt.Errorf("a duration has to be positive, and %s is not", d)
	}
	return d, nil
}

func oneLine(name string) validator.String {
	return resources.Check{Summary: "Invalid " + name, Meaning: "one line without control characters", Rule: func(s string) error {
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("a %s is one line without control characters", name)
		}
		return nil
	}}
}

// checkURL checks that a text is the address of a repository. Whether http:// is allowed for the
// host is decided with allow_insecure_http, when the repository is opened.
func checkURL(raw string) error {
	if raw == "" {
		return errors.New("the URL is empty: leave the attribute out, or name a repository")
	}
	_, err := giturl.Read(raw)
	return err
}
