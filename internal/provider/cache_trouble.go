package provider

import (
	"context"
	"fmt"
	"log"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
	"github.com/nanogit/terraform-provider-nanogit/internal/secret"
)

// troubleSummary never changes, so that Terraform folds the warnings of several provider blocks.
const troubleSummary = "The object cache does not work as it should"

// trouble is the first failure of a cache. It is reported once, with the next answer to Terraform,
// and once in the log.
type trouble struct {
	kind    string
	secrets []string

	mu   sync.Mutex // guards the fields below
	text string
	told bool
}

func newTrouble(b objstore.Backend, c objstore.Config) *trouble {
	t := &trouble{kind: b.Type}
	for _, s := range b.Settings {
		if s.Secret {
			t.secrets = append(t.secrets, secretsOf(c.Settings[s.Name])...)
		}
	}
	return t
}

// add records a failure, if it is the first.
func (t *trouble) add(_ context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text == "" {
		t.text = t.redact(err.Error())
		log.Printf("[WARN] object cache (%s): %s", t.kind, t.text)
	}
}

// known reports whether there was a failure.
func (t *trouble) known() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text != ""
}

// warnings returns the warning about the failure, and nil if it was returned before.
func (t *trouble) warnings() diag.Diagnostics {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.text == "" || t.told {
		return nil
	}
	t.told = true
	return diag.Diagnostics{diag.NewWarningDiagnostic(troubleSummary, fmt.Sprintf(
		"%s.\n\nWhat the cache cannot give is read from the repository: the result is the same, and takes longer. "+
			"See to the cache of type %s, or choose another one (object_cache, NANOGIT_OBJECT_CACHE). More that goes wrong with it is not told.",
		strings.TrimSuffix(t.text, "."), t.kind))}
}

// redact takes credentials out of a text.
func (t *trouble) redact(text string) string {
	return secret.Scrub(text, t.secrets...)
}

// secretsOf returns the secret parts of a store's URL, plain and as they are escaped in URLs,
// longest first.
func secretsOf(raw string) []string {
	u, err := url.Parse(raw)
	if err != nil {
		return []string{raw}
	}
	var all []string
	add := func(s string) {
		if s != "" {
			all = append(all, s, url.QueryEscape(s), url.PathEscape(s))
		}
	}
	if password, ok := u.User.Password(); ok {
		add(password)
		_, escaped, _ := strings.Cut(u.User.String(), ":")
		add(escaped)
	}
	for key, values := range u.Query() {
		if strings.Contains(strings.ToLower(key), "pass") {
			for _, v := range values {
				add(v)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(all)
}
