package provider

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"

	"github.com/nanogit/terraform-provider-nanogit/internal/objstore"
)

// etcd is a backend that does not exist.
var etcd = objstore.Backend{
	Type: "etcd", Where: "in etcd", Example: "etcds://host:2379?ttl=1h", Schemes: []string{"etcd", "etcds"},
	Settings: []objstore.Setting{
		{Name: "url", Of: "`etcd://`", Text: "the server, with user name and password.", Required: true, Secret: true, Address: true},
		{Name: "lease", Text: "the lease of the keys."},
	},
	Open: func(_ context.Context, c objstore.Config) (objstore.Store, error) {
		return objstore.NewMemory(objstore.MemoryOptions{MaxObjectSize: c.MaxObjectSize}), nil
	},
}

// TestABackendIsALineInTheList adds a backend to the list of types, and nothing else.
func TestABackendIsALineInTheList(t *testing.T) {
	t.Parallel()
	types := append(slices.Clone(cacheTypes), etcd)
	attributes := types.schema().Attributes
	lease, ok := attributes["lease"].(schema.StringAttribute)
	if !ok || lease.MarkdownDescription != "`etcd`: the lease of the keys." || lease.Sensitive || !lease.Optional {
		t.Errorf("the attribute lease is %+v", lease)
	}
	want := "`redis` (`redis://`, `rediss://` for TLS), `postgres` (`postgres://`) and `etcd` (`etcd://`): the server, with user name and password. Required there."
	if got := attributes["url"].GetMarkdownDescription(); got != want || !attributes["url"].IsSensitive() {
		t.Errorf("url is described as\n%s, want\n%s", got, want)
	}
	o, err := types.parseURL("etcd://u:s3cret@h:1/x?lease=7&dial=1s&ttl=1h")
	if err != nil || o.kind != "etcd" || o.config.Settings["lease"] != "7" || o.config.Settings["url"] != "etcd://u:s3cret@h:1/x?dial=1s" {
		t.Errorf("parseURL: %+v, %v", o, err)
	}
	c, err := types.open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.store.Put(t.Context(), []objstore.Object{blob("a")}); err != nil {
		t.Error(err)
	}
	if c.guarded == nil || c.trouble.redact("u:s3cret@h") != "u:[redacted]@h" {
		t.Error("the store has no guard, or the password is not a secret")
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
}

// TestBackendsDescribeThemselves holds each description against the rest of the list.
func TestBackendsDescribeThemselves(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for _, b := range cacheTypes {
		o, err := cacheTypes.parseURL(b.Example)
		if err != nil || o.kind != b.Type {
			t.Errorf("%s: the example is read as %+v, %v", b.Type, o, err)
		}
		if b.Where == "" || b.Open == nil || b.Schemes != nil && b.Locate != nil {
			t.Errorf("%s: %+v", b.Type, b)
		}
		for _, scheme := range append([]string{b.Type}, b.Schemes...) {
			if of, _ := cacheTypes.ofScheme(scheme); of.Type != b.Type {
				t.Errorf("%s: a URL of scheme %s is of type %s", b.Type, scheme, of.Type)
			}
		}
		for _, s := range b.Settings {
			if !strings.HasSuffix(s.Text, ".") || texts[s.Name] != "" && texts[s.Name] != s.Text {
				t.Errorf("%s: %s is described as %q, elsewhere as %q", b.Type, s.Name, s.Text, texts[s.Name])
			}
			texts[s.Name] = s.Text
		}
	}
}
