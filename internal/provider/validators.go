package provider

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/nanogit/terraform-provider-nanogit/internal/giturl"
	"github.com/nanogit/terraform-provider-nanogit/internal/resources"
)

func sibling(name string) path.Expression { return path.MatchRelative().AtParent().AtName(name) }

func validURL() validator.String {
	return resources.Check{Summary: "Invalid repository URL", Meaning: "the URL of a repository", Rule: checkURL}
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

func oneLine(what string) validator.String {
	return resources.Check{Summary: "Invalid " + what, Meaning: "one line without control characters", Rule: func(s string) error {
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("a %s is one line without control characters", what)
		}
		return nil
	}}
}

// checkURL tells a URL that can be used from others that Git takes. Whether http:// is allowed for the host is decided
// with allow_insecure_http, when the repository is opened.
func checkURL(raw string) error {
	if raw == "" {
		return errors.New("the URL is empty: leave the attribute out, or name a repository")
	}
	if filepath.IsAbs(raw) {
		return nil
	}
	if _, ok, err := giturl.ParseSSH(raw); ok {
		return err
	}
	scheme, _, hasScheme := strings.Cut(raw, "://")
	switch scheme = strings.ToLower(scheme); {
	case scheme == "file" && hasScheme:
		if u, err := url.Parse(raw); err != nil || u.Host != "" && u.Host != "localhost" || strings.Trim(u.Path, "/") == "" {
			return errors.New("the URL names no directory of this machine: write file:///path")
		}
		return nil
	case !hasScheme, scheme != "https" && scheme != "http":
		return errors.New("the value is not the URL of a repository: write https://host/path, ssh://user@host/path or user@host:path, or file:///path for one on this machine")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		// The error of net/url quotes the whole URL, which may hold a password.
		return errors.New("the value cannot be read as a URL: write https://host/path, with special characters in user name and password percent-encoded")
	}
	if strings.Trim(u.Path, "/") == "" {
		return fmt.Errorf("the URL names the host %s, but no repository on it: write https://host/path", u.Host)
	}
	return nil
}
